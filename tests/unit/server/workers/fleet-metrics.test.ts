import { expect, test } from "@jest/globals";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Worker } from "../../../../server/workers/fleet.ts";
import { createFleetMetrics, snapshotOf } from "../../../../server/workers/fleet-metrics.ts";
import { createPeer } from "../../../../server/workers/ipc.ts";
import { life } from "../../../../server/workers/protocol.ts";
import { channelPair } from "./channel-pair.ts";

const ignore = (): void => undefined;

/** The metrics of one worker, and the worker as its primary sees it. */
function measuredWorker(id: number) {
  const registry = new Registry();
  const registers = [registry];
  const offered = new Counter({ name: "oxbow_pushes_offered_total", help: "h", registers });
  const dropped = new Counter({ name: "oxbow_pushes_dropped_total", help: "h", labelNames: ["reason"], registers });
  const pending = new Gauge({ name: "oxbow_pushes_pending", help: "h", registers });
  const latency = new Histogram({ name: "latency_seconds", help: "h", buckets: [1], registers });
  const nodes = new Gauge({ name: "oxbow_nodes", help: "h", aggregator: "max", registers });
  const entries = new Gauge({ name: "oxbow_registry_entries", help: "h", labelNames: ["owner"], registers });
  new Gauge({ name: "nothing_yet", help: "h", registers }).set(Number.NaN);
  dropped.inc({ reason: "closed" }, 0);
  const { here, there } = channelPair();
  const inside = createPeer(there, ignore);
  inside.answer(life.metrics, () => snapshotOf(registry));
  const worker: Worker = { id, name: `worker-${id}`, peer: createPeer(here, ignore) };
  return { worker, offered, dropped, pending, latency, nodes, entries, fallSilent: () => inside.close() };
}

const valueOf = (text: string, sample: string): number | undefined => {
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};

test("counters, histograms and gauges are sums, where nothing else is declared", async () => {
  const [one, two] = [measuredWorker(1), measuredWorker(2)];
  const fleet = createFleetMetrics(new Registry(), () => [one.worker, two.worker]);
  one.offered.inc(3);
  two.offered.inc(4);
  one.pending.set(1);
  two.latency.observe(0.5);
  one.nodes.set(2);
  two.nodes.set(3);
  const text = await fleet.metrics();
  expect(valueOf(text, "oxbow_pushes_offered_total")).toBe(7);
  expect(valueOf(text, "oxbow_pushes_pending")).toBe(1);
  expect(valueOf(text, 'latency_seconds_bucket{le="1"}')).toBe(1);
  expect(valueOf(text, "oxbow_nodes")).toBe(3);
  expect(text).not.toMatch(/NaN|null/);
});

test("what a dead worker had counted stays, and what it had still to write is dropped", async () => {
  const [one, two] = [measuredWorker(1), measuredWorker(2)];
  let workers = [one.worker, two.worker];
  const fleet = createFleetMetrics(new Registry(), () => workers);
  one.offered.inc(5);
  one.pending.set(2);
  one.latency.observe(0.5);
  two.offered.inc(1);
  await fleet.metrics();
  workers = [two.worker];
  fleet.lost(1);
  for (let scrape = 0; scrape < 2; scrape += 1) {
    const text = await fleet.metrics();
    expect(valueOf(text, "oxbow_pushes_offered_total")).toBe(6);
    expect(valueOf(text, "oxbow_pushes_pending")).toBe(0);
    expect(valueOf(text, 'oxbow_pushes_dropped_total{reason="closed"}')).toBe(2);
    expect(valueOf(text, "latency_seconds_count")).toBe(1);
  }
});

test("several deaths add up", async () => {
  let workers: Worker[] = [];
  const fleet = createFleetMetrics(new Registry(), () => workers);
  for (const id of [1, 2, 3]) {
    const { worker, offered } = measuredWorker(id);
    offered.inc(10);
    workers = [worker];
    await fleet.metrics();
    workers = [];
    fleet.lost(id);
  }
  expect(valueOf(await fleet.metrics(), "oxbow_pushes_offered_total")).toBe(30);
});

test("a worker that does not answer stands in it as it was before", async () => {
  const one = measuredWorker(1);
  const fleet = createFleetMetrics(new Registry(), () => [one.worker]);
  one.offered.inc(2);
  await fleet.metrics();
  one.fallSilent();
  one.worker.peer.close(); // so that nothing waits for the deadline
  expect(valueOf(await fleet.metrics(), "oxbow_pushes_offered_total")).toBe(2);
});

test("sockets of workers that are nodes of a cluster are own ones, not those of others", async () => {
  const [one, two] = [measuredWorker(1), measuredWorker(2)];
  one.entries.set({ owner: "own" }, 3);
  one.entries.set({ owner: "remote" }, 4 + 10);
  two.entries.set({ owner: "own" }, 4);
  two.entries.set({ owner: "remote" }, 3 + 10);
  const text = await createFleetMetrics(new Registry(), () => [one.worker, two.worker]).metrics();
  expect(valueOf(text, 'oxbow_registry_entries{owner="own"}')).toBe(7);
  expect(valueOf(text, 'oxbow_registry_entries{owner="remote"}')).toBe(10);
});
