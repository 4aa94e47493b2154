import { expect, test } from "@jest/globals";
import express from "express";
import { Counter, Registry } from "prom-client";
import { answerFaults } from "../../../../server/http/json-body.ts";
import { createInternalApp } from "../../../../server/ops/internal-app.ts";
import type { NodeState } from "../../../../server/ops/internal-app.ts";
import { serve } from "../http/serve.ts";

const ready: NodeState = {
  phase: "ready",
  version: "1.2.3",
  package: { name: "open-xchange-websockets-grizzly", enabled: true, reason: "by default" },
  sockets: 7,
};
const cluster = { name: "ox", state: "degraded", reason: "no member answers", members: 0, nodes: 1 } as const;

async function open(state: () => NodeState, registry = new Registry()) {
  const faults: unknown[] = [];
  const { url } = await serve(
    createInternalApp(
      state,
      registry,
      express.Router().get("/admin/v1/example", (_req, res) => void res.json({ admin: true })),
      answerFaults((fault) => void faults.push(fault)),
    ),
  );
  const get = async (path: string): Promise<readonly [number, unknown]> => {
    const answer = await fetch(url + path);
    return [answer.status, await answer.json()];
  };
  return { url, get, faults };
}

test.each<{ phase: NodeState["phase"]; started: number; ready: number }>([
  { phase: "starting", started: 503, ready: 503 },
  { phase: "ready", started: 200, ready: 200 },
  { phase: "stopping", started: 200, ready: 503 },
])("a node that is $phase answers its probes", async ({ phase, started, ready: readiness }) => {
  const { get } = await open(() => ({ ...ready, phase }));
  expect(await get("/live")).toEqual([200, { live: true }]);
  expect(await get("/started")).toEqual([started, { started: started === 200 }]);
  expect(await get("/ready")).toEqual([readiness, { ready: readiness === 200, phase }]);
  expect((await get("/health"))[0]).toBe(readiness);
});

test("health tells all in words", async () => {
  const { get } = await open(() => ready);
  const { phase, version, package: status, sockets } = ready;
  expect(await get("/health")).toEqual([200, { status: "UP", phase, version, package: status, sockets }]);
});

test("a switched-off package is told with its reason, and the node is ready nevertheless", async () => {
  const off = { name: ready.package.name, enabled: false, reason: "OX_BLACKLISTED_PACKAGES" };
  const { get } = await open(() => ({ ...ready, package: off }));
  expect(await get("/health")).toEqual([200, expect.objectContaining({ package: off })]);
});

test("a node without its cluster stays ready and says degraded, and why", async () => {
  const { get } = await open(() => ({ ...ready, cluster }));
  expect(await get("/ready")).toEqual([
    200,
    { ready: true, phase: "ready", status: "degraded", reason: cluster.reason },
  ]);
  expect(await get("/health")).toEqual([200, expect.objectContaining({ status: "degraded", cluster })]);
});

test("a node whose middleware does not answer stays ready, says degraded, and at which URL what went wrong", async () => {
  const urls = [{ url: "http://mw:8009", reachable: false, lastProblem: "http://mw:8009: no answer within 3000 ms" }];
  const sessionSource = { kind: "middleware", reachable: false, urls } as const;
  const { get } = await open(() => ({ ...ready, sessionSource }));
  expect(await get("/ready")).toEqual([200, expect.objectContaining({ ready: true, status: "degraded" })]);
  expect(await get("/health")).toEqual([200, expect.objectContaining({ status: "degraded", sessionSource })]);
});

test("a node that stops is down, whatever its cluster is", async () => {
  const { get } = await open(() => ({ ...ready, phase: "stopping", cluster }));
  expect(await get("/health")).toEqual([503, expect.objectContaining({ status: "DOWN" })]);
});

test("the state is asked at each request", async () => {
  let { phase } = ready;
  const { get } = await open(() => ({ ...ready, phase }));
  expect((await get("/ready"))[0]).toBe(200);
  phase = "stopping";
  expect((await get("/ready"))[0]).toBe(503);
});

test("metrics come in the form that Prometheus reads", async () => {
  const registry = new Registry();
  new Counter({ name: "oxbow_example_total", help: "An example", registers: [registry] }).inc(2);
  const { url } = await open(() => ready, registry);
  const answer = await fetch(`${url}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await answer.text()).toContain("\noxbow_example_total 2\n");
});

test("what it does not know itself is the admin API's", async () => {
  const { get } = await open(() => ready);
  expect(await get("/admin/v1/example")).toEqual([200, { admin: true }]);
});

test.each(
  ["/live", "/ready", "/started", "/health", "/metrics"].flatMap((path) =>
    ["POST", "PUT", "DELETE", "OPTIONS"].map((method) => [method, path] as const),
  ),
)("%s %s is answered by what is allowed", async (method, path) => {
  const { url } = await open(() => ready);
  const { status, headers } = await fetch(url + path, { method });
  expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("HEAD is GET without a body", async () => {
  const { url } = await open(() => ready);
  const answer = await fetch(`${url}/live`, { method: "HEAD" });
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});

test.each(["/", "/metric", "/admin/v1/sockets", "/live/x"])("%s is not there", async (path) => {
  const { get } = await open(() => ready);
  expect(await get(path)).toEqual([404, { error: "no such path" }]);
});

test("nothing says who made it", async () => {
  const { url } = await open(() => ready);
  const { headers } = await fetch(`${url}/live`);
  expect(headers.has("x-powered-by")).toBe(false);
  expect(headers.has("etag")).toBe(false);
});

test("a state that cannot be told is a fault without a word about it, and the node lives on", async () => {
  const { get, faults } = await open(() => {
    throw new Error("secret");
  });
  expect(await get("/health")).toEqual([500, { error: "internal error" }]);
  expect(await get("/live")).toEqual([200, { live: true }]);
  expect(faults).toEqual([new Error("secret")]);
});

test("metrics that cannot be read are a fault too", async () => {
  const registry = new Registry();
  const collect = (): Promise<void> => Promise.reject(new Error("secret"));
  new Counter({ name: "oxbow_example_total", help: "An example", registers: [registry], collect });
  const { get, faults } = await open(() => ready, registry);
  expect(await get("/metrics")).toEqual([500, { error: "internal error" }]);
  expect(faults).toEqual([new Error("secret")]);
});
