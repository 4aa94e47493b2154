/** Workers with polling clients: each of their requests is a connection of its own and must find the right worker. */
import { beforeAll, expect, test } from "@jest/globals";
import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { connectClient } from "../../support/acceptance/clients.ts";
import type { RecordingClient } from "../../support/acceptance/clients.ts";
import { ask, jsonObject, logIn, pushTo, restAuthorization, whoami } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import { startWorkers, workerPids } from "../../support/workers.ts";

let oxbow: Oxbow;

beforeAll(async () => {
  oxbow = await startWorkers(3, {
    "com.openexchange.oxbow.transports": "websocket,polling",
    "com.openexchange.oxbow.maxSocketsPerUser": "100",
    "com.openexchange.oxbow.pingInterval": "1000",
  });
}, 60_000);

async function pollingClients(count: number): Promise<readonly RecordingClient[]> {
  const login = await logIn(oxbow.url);
  const clients = Array.from({ length: count }, (_, index) =>
    connectClient(oxbow.url, index % 2 === 0 ? "4.8" : "2.5.0", {
      login,
      transports: ["polling"],
      reconnectionDelay: 100,
      events: ["x:poll"],
    }),
  );
  for (const client of clients) await client.connected(10_000);
  return clients;
}

const payloads = ({ received }: RecordingClient): readonly unknown[] =>
  received.filter(({ name }) => name === "x:poll").map(({ args }) => args[0]);

test("polling clients stay connected through heartbeats and get every push once", async () => {
  const clients = await pollingClients(12);
  for (let number = 1; number <= 5; number += 1)
    expect((await pushTo(oxbow.url, 3, "x:poll", { number })).json["sockets"]).toBe(12);
  const expected = Array.from({ length: 5 }, (_, index) => ({ number: index + 1 }));
  for (const client of clients) {
    await waitFor("all pushes", () => payloads(client).length >= 5);
    expect(payloads(client)).toEqual(expected);
  }
  const metrics = await scrape(oxbow.internalUrl);
  expect(metrics.sum("oxbow_connections", { transport: "polling" })).toBe(12);
  await waitFor("three heartbeats of a client", async () => pause(3_500).then(() => true), 4_000);
  for (const client of clients) {
    expect(client.life).toEqual(["connect"]);
    client.close();
  }
});

test("a client that begins with polling goes on as a web socket, at the same worker", async () => {
  const login = await logIn(oxbow.url);
  const client = connectClient(oxbow.url, "4.8", { login, transports: ["polling", "websocket"], events: ["x:poll"] });
  await client.connected();
  await waitFor("the upgrade", async () => {
    const metrics = await scrape(oxbow.internalUrl);
    return metrics.sum("oxbow_connections", { transport: "websocket" }) === 1;
  });
  await pushTo(oxbow.url, 3, "x:poll", { upgraded: true });
  await client.event("x:poll");
  expect(client.life).toEqual(["connect"]);
  client.close();
});

test("a body that comes in pieces, cut in the middle of a letter, arrives as it was sent", async () => {
  const clients = await pollingClients(3);
  const text = "Zwölf Boxkämpfer ☃ ".repeat(500);
  const body = Buffer.from(JSON.stringify({ context: 1, user: 3, event: "x:poll", payload: { text } }));
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = {
      Authorization: restAuthorization,
      "Content-Type": "application/json",
      "Content-Length": body.length,
    };
    const sent = request(`${oxbow.url}/preliminary/oxbow/v1/push`, { method: "POST", headers }, (response) => {
      let read = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (read += chunk));
      response.on("end", () => resolve(read));
    });
    sent.on("error", reject);
    void sendInPieces(body, (piece) => sent.write(piece)).then(() => sent.end());
  });
  expect(jsonObject(answer)["sockets"]).toBe(3);
  for (const client of clients) {
    await client.event("x:poll");
    expect(payloads(client)).toEqual([{ text }]);
    client.close();
  }
});

async function sendInPieces(body: Buffer, send: (piece: Buffer) => void): Promise<void> {
  for (let at = 0; at < body.length; at += 1_001) {
    send(body.subarray(at, at + 1_001));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a producer that waits longer than a request may take is answered all the same", async () => {
  const [client] = await pollingClients(1);
  const url = `${oxbow.url}/preliminary/oxbow/v1/push?wait=seen&timeout=1500`;
  const headers = { Authorization: restAuthorization, "Content-Type": "application/json" };
  const body = JSON.stringify({ context: 1, user: 3, event: "x:poll", payload: {} });
  const answer = await ask(url, { method: "POST", headers, body });
  expect([answer.status, answer.json]).toMatchObject([200, { sockets: 1, seen: 0 }]);
  client?.close();
});

test("the clients of a worker that is killed come back at another; those of the others notice nothing", async () => {
  const clients = await pollingClients(9);
  const [, pid = 0] = [...workerPids(oxbow)][0] ?? [];
  process.kill(pid, "SIGKILL");
  await waitFor(
    "the worker's clients are back",
    () => {
      const disturbed = clients.filter(({ life }) => life.length > 1);
      return disturbed.length > 0 && disturbed.every((client) => client.isConnected() && client.life.length >= 3);
    },
    20_000,
  );
  expect(clients.filter(({ life }) => life.length === 1).length).toBeGreaterThanOrEqual(3);
  await waitFor(
    "everybody is open",
    async () => {
      const metrics = await scrape(oxbow.internalUrl);
      return metrics.sum("oxbow_connections") === 9;
    },
    20_000,
  );
  await pushTo(oxbow.url, 3, "x:poll", { after: "death" });
  for (const client of clients) {
    await client.event("x:poll");
    client.close();
  }
  const login = await logIn(oxbow.url);
  for (let number = 0; number < 9; number += 1) expect((await whoami(oxbow.url, login)).json["data"]).toBeDefined();
});

test("it stops in order with connections that were handed over", async () => {
  const clients = await pollingClients(3);
  expect((await oxbow.stop()).code).toBe(0);
  for (const client of clients) {
    await waitFor("the client noticed", () => client.life.length > 1);
    expect(client.life[1]).toMatch(/^disconnect: transport/);
  }
});
