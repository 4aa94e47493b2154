import { expect, test } from "@jest/globals";
import { createMetrics } from "../../../../server/ops/metrics.ts";
import type { Metrics, MetricSources } from "../../../../server/ops/metrics.ts";
import { createOpenSockets } from "../../../../server/realtime/open-sockets.ts";
import { recordedSocket } from "../recorded-socket.ts";

/** Lines of one metric as Prometheus reads them. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

function sources(changes: Partial<MetricSources> = {}): MetricSources {
  return {
    openSockets: createOpenSockets(() => 100),
    pushes: { pending: 0 },
    waiting: { size: 0 },
    clusterNode: undefined,
    ...changes,
  };
}

test("before anything happened every name of the outer interface is there", async () => {
  const metrics = createMetrics("1.2.3");
  metrics.observe(sources());
  metrics.handshake("accepted");
  const text = await metrics.registry.metrics();
  for (const name of [
    "oxbow_connections",
    "oxbow_nodes",
    "oxbow_handshakes_total",
    "oxbow_pushes_offered_total",
    "oxbow_pushes_written_total",
    "oxbow_pushes_dropped_total",
    "oxbow_pushes_pending",
    "oxbow_relay_sent_total",
    "oxbow_relay_received_total",
    "oxbow_relay_gap_total",
    "oxbow_relay_in_flight",
    "oxbow_registry_entries",
    "process_cpu_seconds_total",
    "nodejs_eventloop_lag_seconds",
  ])
    expect(text).toMatch(new RegExp(`^${name}[ {]`, "m"));
});

test("what is not of the process or of Node begins with oxbow_", () => {
  const metrics = createMetrics("1.2.3");
  metrics.observe(sources());
  const names = metrics.registry.getMetricsAsArray().map(({ name }) => name);
  expect(names.filter((name) => !/^(oxbow|process|nodejs)_/.test(name))).toEqual([]);
});

test("two servers of one process count each for itself", async () => {
  const [one, other] = [createMetrics("1.2.3"), createMetrics("1.2.3")];
  one.pushes.offered();
  expect(await linesOf(other, "oxbow_pushes_offered_total")).toEqual(["oxbow_pushes_offered_total 0"]);
});

test("the version is a label of a constant", async () => {
  expect(await linesOf(createMetrics("1.2.3"), "oxbow_build_info")).toEqual(['oxbow_build_info{version="1.2.3"} 1']);
});

test.each<{ name: string; count: (metrics: Metrics) => void; line: string }>([
  { name: "oxbow_handshakes_total", count: (m) => m.handshake("accepted"), line: '{result="accepted"} 1' },
  { name: "oxbow_handshakes_total", count: (m) => m.handshake("origin"), line: '{result="origin"} 1' },
  {
    name: "oxbow_requests_refused_total",
    count: (m) => m.requestRefused("session-unknown"),
    line: '{reason="session-unknown"} 1',
  },
  {
    name: "oxbow_connections_closed_total",
    count: (m) => m.closed("transport close"),
    line: '{reason="transport close"} 1',
  },
  { name: "oxbow_violations_total", count: (m) => m.violation("binary"), line: '{reason="binary"} 1' },
  { name: "oxbow_invalid_requests_total", count: (m) => m.invalidRequest("push"), line: '{route="push"} 1' },
  { name: "oxbow_pushes_offered_total", count: (m) => m.pushes.offered(), line: " 1" },
  { name: "oxbow_pushes_written_total", count: (m) => m.pushes.written(3), line: " 1" },
  { name: "oxbow_pushes_dropped_total", count: (m) => m.pushes.dropped("closed"), line: '{reason="closed"} 1' },
  { name: "oxbow_pushes_nobody_total", count: (m) => m.pushes.nobody(), line: " 1" },
])("$name counts: $line", async ({ name, count, line }) => {
  const metrics = createMetrics("1.2.3");
  count(metrics);
  expect(await linesOf(metrics, name)).toContain(name + line);
});

test("reasons for a dropped push are there before the first one", async () => {
  const lines = await linesOf(createMetrics("1.2.3"), "oxbow_pushes_dropped_total");
  expect(lines).toEqual([
    'oxbow_pushes_dropped_total{reason="slow"} 0',
    'oxbow_pushes_dropped_total{reason="closed"} 0',
  ]);
});

test("the latency of a push is kept in seconds", async () => {
  const metrics = createMetrics("1.2.3");
  metrics.pushes.written(3);
  expect(await linesOf(metrics, "oxbow_push_latency_seconds_sum")).toEqual(["oxbow_push_latency_seconds_sum 0.003"]);
  const buckets = await linesOf(metrics, "oxbow_push_latency_seconds_bucket");
  expect(buckets).toContain('oxbow_push_latency_seconds_bucket{le="0.0025"} 0');
  expect(buckets).toContain('oxbow_push_latency_seconds_bucket{le="0.005"} 1');
});

test("open sockets are counted at each scrape, by transport and version of Engine.IO", async () => {
  const metrics = createMetrics("1.2.3");
  const openSockets = createOpenSockets(() => 100);
  metrics.observe(sources({ openSockets }));
  const last = recordedSocket({ connection: "4", transport: "polling", protocol: 3 });
  for (const socket of [recordedSocket({ connection: "1" }), recordedSocket({ connection: "2" }), last])
    openSockets.add(socket);
  const line = (transport: string, eio: number, count: number): string =>
    `oxbow_connections{transport="${transport}",eio="${eio}"} ${count}`;
  const zero = [line("websocket", 3, 0), line("polling", 4, 0)];
  const lines = [line("websocket", 4, 2), line("polling", 3, 1), ...zero];
  expect((await linesOf(metrics, "oxbow_connections")).sort()).toEqual(lines.sort());
  openSockets.remove(last);
  expect(await linesOf(metrics, "oxbow_connections")).toContain(line("polling", 3, 0));
});

test("what is pending is read at each scrape", async () => {
  const metrics = createMetrics("1.2.3");
  const pushes = { pending: 0 };
  metrics.observe(sources({ pushes }));
  for (const pending of [2, 5, 0]) {
    pushes.pending = pending;
    expect(await linesOf(metrics, "oxbow_pushes_pending")).toEqual([`oxbow_pushes_pending ${pending}`]);
  }
});

test("without a cluster there is one node, with its own sockets, and nothing travels", async () => {
  const metrics = createMetrics("1.2.3");
  const openSockets = createOpenSockets(() => 100);
  openSockets.add(recordedSocket());
  metrics.observe(sources({ openSockets }));
  expect(await linesOf(metrics, "oxbow_nodes")).toEqual(["oxbow_nodes 1"]);
  expect(await linesOf(metrics, "oxbow_relay_in_flight")).toEqual(["oxbow_relay_in_flight 0"]);
  expect(await linesOf(metrics, "oxbow_registry_entries")).toEqual([
    'oxbow_registry_entries{owner="own"} 1',
    'oxbow_registry_entries{owner="remote"} 0',
  ]);
});

test("no label ever names a user, a session or a connection", async () => {
  const metrics = createMetrics("1.2.3");
  const openSockets = createOpenSockets(() => 100);
  openSockets.add(
    recordedSocket({ session: "s3cret", connection: "c0nnection", address: "203.0.113.77", userId: 4_711 }),
  );
  metrics.observe(sources({ openSockets }));
  expect(await metrics.registry.metrics()).not.toMatch(/s3cret|c0nnection|203\.0\.113\.77|"4711"/);
});
