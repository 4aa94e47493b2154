/**
 * One `/metrics` for all workers. Counters and histograms are sums that never fall: what a worker had counted at the last
 * scrape before it died stays in them. Gauges are sums of the workers that live, or what their declaration says.
 */
import { AggregatorRegistry } from "prom-client";
import type { Registry } from "prom-client";
import { life } from "./protocol.ts";
import type { MetricSnapshot } from "./protocol.ts";
import type { Worker } from "./fleet.ts";

export interface FleetMetrics {
  readonly contentType: Registry["contentType"];
  /** All samples as Prometheus reads them. A worker that does not answer in time stands in it as it was before. */
  metrics(): Promise<string>;
  /** A worker died: from now on its counts are part of the past. */
  lost(worker: number): void;
}

/** Prometheus gives up after ten seconds unless told otherwise. */
const answerWithinMs = 2_000;

/**
 * @param own what the primary itself measures
 * @param workers those to ask
 */
export function createFleetMetrics(own: Registry, workers: () => readonly Worker[]): FleetMetrics {
  const last = new Map<number, readonly MetricSnapshot[]>();
  let past: readonly MetricSnapshot[] = [];
  let folding: Promise<void> = Promise.resolve();

  const ask = async ({ id, peer }: Worker): Promise<void> => {
    const answer = await peer.ask(life.metrics, undefined, answerWithinMs).catch(() => undefined);
    if (answer !== undefined && workers().some((worker) => worker.id === id)) last.set(id, answer);
  };
  const fold = async (dead: readonly MetricSnapshot[]): Promise<void> => {
    const counted = [...dead.filter(isCounted), ...unwritten(dead)];
    past = await snapshotOf(AggregatorRegistry.aggregate([[...past], ...counted.map((metric) => [metric])]));
  };

  return {
    contentType: own.contentType,
    metrics: async () => {
      await Promise.all(workers().map(ask));
      await folding;
      const snapshots = [...last.values(), past, await snapshotOf(own)];
      return AggregatorRegistry.aggregate(remoteOnly(snapshots).map((metrics) => [...metrics])).metrics();
    },
    lost: (worker) => {
      const dead = last.get(worker);
      last.delete(worker);
      if (dead !== undefined) folding = folding.then(() => fold(dead));
    },
  };
}

const isCounted = ({ type }: MetricSnapshot): boolean => type === "counter" || type === "histogram";

/** All metrics of a process, as they travel. What has no value yet (NaN) is left out: a sum with it would be none. */
export async function snapshotOf(registry: Pick<Registry, "getMetricsAsJSON">): Promise<MetricSnapshot[]> {
  const metrics = await registry.getMetricsAsJSON();
  const withValues = metrics.map((metric) => ({
    ...metric,
    values: metric.values.filter(({ value }) => Number.isFinite(value)),
  }));
  return life.metrics.answer.parse(JSON.parse(JSON.stringify(withValues)));
}

/** What a dead worker had still to write is dropped, so that offered pushes stay the sum of written, dropped, pending. */
function unwritten(dead: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
  const pending = dead.find(({ name }) => name === "oxbow_pushes_pending")?.values[0]?.value ?? 0;
  const dropped = dead.find(({ name }) => name === "oxbow_pushes_dropped_total");
  return dropped === undefined ? [] : [{ ...dropped, values: [{ value: pending, labels: { reason: "closed" } }] }];
}

/**
 * Sockets of the other nodes. Workers in a Hazelcast cluster are nodes and announce theirs to each other; here those are
 * own ones. The worker that knows most has heard of all.
 */
function remoteOnly(snapshots: readonly (readonly MetricSnapshot[])[]): readonly (readonly MetricSnapshot[])[] {
  const name = "oxbow_registry_entries";
  const entries = snapshots.flatMap((metrics) => metrics.filter((metric) => metric.name === name));
  const [first] = entries;
  if (first === undefined) return snapshots;
  const of = ({ values }: MetricSnapshot, owner: string): number =>
    values.find(({ labels }) => labels["owner"] === owner)?.value ?? 0;
  const own = entries.reduce((sum, metric) => sum + of(metric, "own"), 0);
  const all = Math.max(...entries.map((metric) => of(metric, "own") + of(metric, "remote")));
  const remote = entries.some((metric) => of(metric, "remote") > 0) ? Math.max(0, all - own) : 0;
  const whole = {
    ...first,
    values: [
      { value: own, labels: { owner: "own" } },
      { value: remote, labels: { owner: "remote" } },
    ],
  };
  return [...snapshots.map((metrics) => metrics.filter((metric) => metric.name !== name)), [whole]];
}
