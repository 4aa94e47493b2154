/** `--workers 4`: to its users and producers one node, whichever process they meet, and whichever dies. */
import { beforeAll, expect, test } from "@jest/globals";
import { eventOf, openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import type { EngineSocket } from "../../support/acceptance/engine-socket.ts";
import { ask, logIn, push, pushTo } from "../../support/acceptance/http.ts";
import type { Login } from "../../support/acceptance/http.ts";
import { balance, scrape } from "../../support/acceptance/metrics.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import { allGone, isAlive, oneWorker, socketsByWorker, startWorkers, workerPids } from "../../support/workers.ts";

let oxbow: Oxbow;

beforeAll(async () => {
  oxbow = await startWorkers(4, {
    "com.openexchange.oxbow.maxSocketsPerUser": "8",
    "com.openexchange.sessiond.maxSessionPerUser": "0",
    "com.openexchange.servlet.maxRate": "0",
  });
}, 60_000);

const open = async (login: Login, connection?: string): Promise<EngineSocket> =>
  openEngineSocket(oxbow.url, { login, protocol: 4, ...(connection === undefined ? {} : { connection }) });

/** One socket at each worker: connections are taken in turn. */
async function socketAtEach(login: Login): Promise<ReadonlyMap<string, EngineSocket>> {
  const byWorker = new Map<string, EngineSocket>();
  while (byWorker.size < 4) {
    const before = await socketsByWorker(oxbow);
    const socket = await open(login);
    const after = await waitFor("the socket is listed", async () => {
      const now = await socketsByWorker(oxbow);
      return [...now].find(([worker, count]) => count > (before.get(worker) ?? 0))?.[0];
    });
    if (byWorker.has(after)) socket.socket.close();
    else byWorker.set(after, socket);
  }
  return byWorker;
}

const got = (socket: EngineSocket, event: string): readonly unknown[] =>
  socket.frames.flatMap((frame) => {
    const [name, payload] = eventOf(frame) ?? [];
    return name === event ? [payload] : [];
  });

const closeAll = async (sockets: Iterable<EngineSocket>): Promise<void> => {
  for (const { socket } of sockets) socket.close();
  await waitFor("nobody is connected", async () => [...(await socketsByWorker(oxbow)).values()].every((n) => n === 0));
};

test("a push that one worker took reaches the sockets of all, once, and its answer counts them", async () => {
  const sockets = await socketAtEach(await logIn(oxbow.url));
  for (let number = 1; number <= 8; number += 1) {
    const answer = await pushTo(oxbow.url, 3, "x:all", { number });
    expect(answer.json["sockets"]).toBe(4);
  }
  for (const socket of sockets.values()) {
    await waitFor("all pushes", () => got(socket, "x:all").length >= 8);
    expect(got(socket, "x:all")).toEqual(Array.from({ length: 8 }, (_, index) => ({ number: index + 1 })));
  }
  const seen = await push(oxbow.url, { context: 1, user: 3, event: "x:seen", payload: {} });
  expect(seen.status).toBe(202);
  await closeAll(sockets.values());
});

test("who waits for the browsers hears of those at all workers", async () => {
  const sockets = await socketAtEach(await logIn(oxbow.url));
  const body = JSON.stringify({ context: 1, user: 3, event: "x:seen", payload: {} });
  const headers = { Authorization: `Basic ${btoa("rest:rest")}`, "Content-Type": "application/json" };
  const answer = await ask(`${oxbow.url}/preliminary/oxbow/v1/push?wait=seen`, { method: "POST", body, headers });
  expect(answer.json).toMatchObject({ sockets: 4, seen: 4 });
  await closeAll(sockets.values());
});

test("an id that came before is known to all workers", async () => {
  const body = { context: 1, user: 3, event: "x:once", payload: {}, id: "mail-7" };
  const answers = [];
  for (let number = 0; number < 8; number += 1) {
    // A connection of its own each time, so that the workers take turns.
    const answer = await push(oxbow.url, body, { Connection: "close" });
    answers.push(answer.json["repeat"] === true);
  }
  expect(answers).toEqual([false, true, true, true, true, true, true, true]);
});

test("a connection that comes back at another worker replaces the old one, silently", async () => {
  const login = await logIn(oxbow.url);
  const first = await open(login, "connection-1");
  for (let number = 0; number < 4; number += 1) {
    const before = number === 0 ? first : await open(login, "connection-1");
    const next = await open(login, "connection-1");
    expect(await before.closed()).toBe(1001);
    expect(before.frames.filter((frame) => /^4[12]/.test(frame))).toEqual([]);
    expect(next.closeCode()).toBeUndefined();
    if (number === 3) await closeAll([next]);
  }
});

test("the limit per user counts the sockets of all workers, and the oldest makes room", async () => {
  const login = await logIn(oxbow.url);
  const sockets: EngineSocket[] = [];
  for (let number = 0; number < 10; number += 1) sockets.push(await open(login));
  const oldest = sockets.slice(0, 2);
  for (const socket of oldest) {
    await socket.closed();
    expect(socket.frames).toContain("41"); // it must not come back
  }
  await waitFor("eight are left", async () => {
    const counts = [...(await socketsByWorker(oxbow)).values()];
    return counts.reduce((sum, count) => sum + count, 0) === 8;
  });
  expect(sockets.slice(2).map((socket) => socket.closeCode())).toEqual(Array.from({ length: 8 }, () => undefined));
  await closeAll(sockets);
});

test("a logout at one worker ends the sockets at all, each told first", async () => {
  const worker = oneWorker(oxbow.url);
  const login = await worker.logIn();
  const sockets = await socketAtEach(login);
  await worker.logOut(login);
  for (const socket of sockets.values()) {
    await socket.frame((frame) => frame === '42["session:invalid"]', 2_000);
    await socket.closed();
  }
});

test("failed logins count together", async () => {
  const limited = await startWorkers(2, { "com.openexchange.ajax.login.maxRate": "3" });
  const statuses = [];
  for (let number = 0; number < 6; number += 1) {
    const body = new URLSearchParams({ name: "berta", password: "wrong" });
    const answer = await ask(`${limited.url}/ajax/login?action=login`, {
      method: "POST",
      body,
      headers: { Connection: "close" },
    });
    statuses.push(answer.status);
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(3);
  await limited.stop();
});

test("metrics are those of all workers, and what was counted stays when a worker dies", async () => {
  const before = await scrape(oxbow.internalUrl);
  const sockets = await socketAtEach(await logIn(oxbow.url));
  await pushTo(oxbow.url, 3, "x:counted", {});
  const offered = before.sum("oxbow_pushes_offered_total") + 4;
  const all = await waitFor("all four are counted", async () => {
    const now = await scrape(oxbow.internalUrl);
    return now.sum("oxbow_pushes_written_total") >= before.sum("oxbow_pushes_written_total") + 4 ? now : undefined;
  });
  expect(all.sum("oxbow_connections")).toBe(4);
  expect(all.sum("oxbow_pushes_offered_total")).toBe(offered);
  expect(all.sum("oxbow_nodes")).toBe(1);
  expect(all.sum("oxbow_workers")).toBe(4);
  expect(all.sum("oxbow_registry_entries", { owner: "own" })).toBe(4);
  expect(all.sum("oxbow_registry_entries", { owner: "remote" })).toBe(0);
  const [name = "", pid = 0] = [...workerPids(oxbow)][0] ?? [];
  process.kill(pid, "SIGKILL");
  await waitFor("a new one serves", () => (workerPids(oxbow).get(name) ?? pid) !== pid, 20_000);
  const after = await scrape(oxbow.internalUrl);
  expect(after.sum("oxbow_connections")).toBe(3);
  expect(after.sum("oxbow_pushes_offered_total")).toBe(offered);
  expect(balance(after).settled).toBe(balance(after).offered);
  expect(after.sum("oxbow_worker_deaths_total")).toBe(all.sum("oxbow_worker_deaths_total") + 1);
  await closeAll(sockets.values());
});

test("a worker that is killed is started anew; the clients of the others are undisturbed and get every push", async () => {
  const login = await logIn(oxbow.url);
  const sockets = await socketAtEach(login);
  const [name = "", pid = 0] = [...workerPids(oxbow)][1] ?? [];
  const [theirs, others] = [sockets.get(name), [...sockets].filter(([worker]) => worker !== name)];
  let number = 0;
  const pushOne = async (): Promise<void> => {
    const answer = await push(oxbow.url, { context: 1, user: 3, event: "x:death", payload: { number: (number += 1) } });
    expect(answer.status).toBe(202);
  };
  for (let count = 0; count < 5; count += 1) await pushOne();
  process.kill(pid, "SIGKILL");
  await theirs?.closed();
  for (let count = 0; count < 20; count += 1) await pushOne().catch(pushOne); // a connection may have been that worker's
  await waitFor("a new one serves", () => (workerPids(oxbow).get(name) ?? pid) !== pid, 20_000);
  const back = await socketAtEach(await logIn(oxbow.url)); // each of the four can be reached again
  await pushOne();
  for (const [, socket] of others) {
    const numbers = (): readonly unknown[] => [
      ...new Set(got(socket, "x:death").map((payload) => JSON.stringify(payload))),
    ];
    await waitFor("every push", () => numbers().length >= number);
    expect(socket.closeCode()).toBeUndefined();
  }
  for (const socket of back.values()) await waitFor("the last one", () => got(socket, "x:death").length === 1);
  expect((await ask(`${oxbow.internalUrl}/health`)).json).toMatchObject({
    status: "UP",
    workers: { wanted: 4, serving: 4 },
  });
  await closeAll([...sockets.values(), ...back.values()]);
});

test("a reload reaches all workers, users and settings alike", async () => {
  const reloaded = await startWorkers(2);
  await reloaded.writeConfig("users.yaml", "contexts:\n  - id: 1\n    name: acme\n    users: []\n");
  await reloaded.writeConfig(
    "20-more.properties",
    "com.openexchange.rest.services.basic-auth.login=other\ncom.openexchange.rest.services.basic-auth.password=other\n",
  );
  reloaded.kill("SIGHUP");
  await waitFor("the end of the reload", () =>
    reloaded.logs().some(({ event, worker }) => event === "reloaded" && worker === undefined),
  );
  for (let number = 0; number < 4; number += 1) {
    const headers = { Connection: "close" };
    const body = new URLSearchParams({ name: "anton", password: "secret" });
    const login = await ask(`${reloaded.url}/ajax/login?action=login`, { method: "POST", body, headers });
    expect(login.json["session"]).toBeUndefined();
    expect((await push(reloaded.url, {}, headers)).status).toBe(401);
  }
  await reloaded.stop();
});

test("SIGTERM closes the sockets of all workers with 1012, and leaves no process", async () => {
  const sockets = await socketAtEach(await logIn(oxbow.url));
  const pids = [...workerPids(oxbow).values()];
  expect(pids.filter(isAlive)).toHaveLength(4);
  expect((await oxbow.stop()).code).toBe(0);
  for (const socket of sockets.values()) {
    expect(await socket.closed()).toBe(1012);
    expect(socket.frames.filter((frame) => /^4[12]/.test(frame))).toEqual([]);
  }
  await allGone(pids);
});
