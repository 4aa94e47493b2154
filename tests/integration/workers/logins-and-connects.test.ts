/** Sessions belong to the node: whichever worker a login met, a socket opens at any other. */
import { expect, test } from "@jest/globals";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { push, restAuthorization, whoami } from "../../support/acceptance/http.ts";
import { waitFor } from "../../support/wait-for.ts";
import { allGone, oneWorker, socketsByWorker, startWorkers, workerPids } from "../../support/workers.ts";

const wanted = 1_000;
/** Connections are taken in turn, so about a quarter meets the worker of the logins. */
const tries = wanted * 1.5;
const lanes = 8;

test("a thousand times: log in at one worker, connect at another", async () => {
  const oxbow = await startWorkers(4, {
    "com.openexchange.oxbow.maxSocketsPerUser": "2000",
    "com.openexchange.sessiond.maxSessionPerUser": "0",
    "com.openexchange.servlet.maxRate": "0",
  });
  const logins = oneWorker(oxbow.url);
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < tries) {
      begun += 1;
      const login = await logins.logIn(begun % 2 === 0 ? "anton" : "berta");
      await openEngineSocket(oxbow.url, { login, protocol: begun % 4 < 2 ? 4 : 3 });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  expect(logins.connections()).toBe(1);
  const counts = await waitFor("all are listed", async () => {
    const now = [...(await socketsByWorker(oxbow)).values()];
    return now.reduce((sum, count) => sum + count, 0) >= tries ? now : undefined;
  });
  const atOthersAtLeast = counts.reduce((sum, count) => sum + count, 0) - Math.max(...counts);
  expect(atOthersAtLeast).toBeGreaterThanOrEqual(wanted);
  const answer = await push(oxbow.url, { context: 1, user: 3, event: "x:y", payload: {} });
  expect(answer.json["sockets"]).toBeGreaterThanOrEqual(wanted / 2);
}, 120_000);

test("a primary that stands still costs no socket, refuses nobody for good, and goes on", async () => {
  const oxbow = await startWorkers(2);
  const worker = oneWorker(oxbow.url);
  const login = await worker.logIn();
  const socket = await openEngineSocket(oxbow.url, { login, protocol: 4 });
  oxbow.kill("SIGSTOP");
  try {
    const answer = await worker.whoami(login);
    expect(answer).toMatch(/"code":"SRV-0001"/); // nobody can tell; not a word about the session
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const loggingIn = await worker.send("/ajax/login?action=login", form, "name=anton&password=secret");
    expect(await loggingIn.text()).toMatch(/"code":"SRV-0001"/);
    const mail = JSON.stringify({ context: 1, user: 3, event: "x:y", payload: {}, id: "mail-1" });
    const pushed = await worker.send("/preliminary/oxbow/v1/push", { Authorization: restAuthorization }, mail);
    expect(pushed.status).toBe(503);
    for (const { headers } of [loggingIn, pushed]) expect(headers.get("Retry-After")).toBe("2");
    expect(socket.closeCode()).toBeUndefined();
  } finally {
    oxbow.kill("SIGCONT");
  }
  await waitFor("it serves again", async () => (await whoami(oxbow.url, login)).json["data"] !== undefined);
  expect(socket.closeCode()).toBeUndefined();
}, 30_000); // each question waits its two seconds

test("workers whose primary is killed end themselves", async () => {
  const oxbow = await startWorkers(2);
  const pids = [...workerPids(oxbow).values()];
  expect(pids).toHaveLength(2);
  oxbow.kill("SIGKILL");
  expect((await oxbow.exited).signal).toBe("SIGKILL");
  await allGone(pids);
});
