import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createHttpUpstream, type HttpUpstream } from "../../../../auth/middleware/http-upstream.ts";
import { whenPatienceEnds } from "../../../../auth/middleware/patience.ts";
import { waitFor } from "../../../support/wait-for.ts";

/** A middleware in a thread of its own, so that it goes on while this one stands still. It answers after 50 ms, or never. */
const middleware = `
  const server = require("node:http").createServer((request, response) => {
    if (request.url !== "/silent") setTimeout(() => response.end("{}"), 50);
  });
  server.listen(0, "127.0.0.1", () => require("node:worker_threads").parentPort.postMessage(server.address().port));
`;

let thread: Worker | undefined;
let upstream: HttpUpstream | undefined;

afterEach(async () => {
  await upstream?.close();
  await thread?.terminate();
});

async function upstreamWithin(timeoutMs: number): Promise<HttpUpstream> {
  thread = new Worker(middleware, { eval: true });
  const [port] = (await once(thread, "message")) as unknown[];
  upstream = createHttpUpstream({
    url: `http://127.0.0.1:${String(port)}`,
    authorities: () => undefined,
    timeoutMs,
    maxAsking: 4,
  });
  return upstream;
}

function standStill(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

test("an answer that came while this process stood still counts, whatever the clock says", async () => {
  const asked = await upstreamWithin(200);
  await asked.get({ path: "/", headers: {} }); // connected
  const answer = asked.get({ path: "/", headers: {} });
  standStill(600);
  expect((await answer).status).toBe(200);
});

test("a middleware that is silent is given up after the time that it has", async () => {
  const asked = await upstreamWithin(200);
  const startedMs = performance.now();
  await expect(asked.get({ path: "/silent", headers: {} })).rejects.toMatchObject({ problem: "timeout" });
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(190);
});

test("patience that is called off never ends", async () => {
  const ended: string[] = [];
  whenPatienceEnds(20, () => ended.push("called off"))();
  whenPatienceEnds(40, () => ended.push("waited"));
  await waitFor("the later one ends", () => ended.length > 0);
  expect(ended).toEqual(["waited"]);
});
