/** Every metric of the server, declared once. Names are part of the outer interface; no label ever names a user or session. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ClusterStats } from "socket.io-hazelcast-adapter";
import type { ClusterNode } from "../cluster/cluster.ts";
import type { Refusal, RequestRefusal } from "../http/refusals.ts";
import type { DropReason, PushCounts, Pushes } from "../push/push.ts";
import type { Violation } from "../realtime/inbound-guard.ts";
import type { OpenSockets } from "../realtime/open-sockets.ts";
import type { WaitingHandshakes } from "../realtime/waiting-handshakes.ts";

/** What is read at each scrape, so that it cannot drift from the truth. */
export interface MetricSources {
  readonly openSockets: Pick<OpenSockets, "all" | "size">;
  readonly pushes: Pick<Pushes, "pending">;
  readonly waiting: Pick<WaitingHandshakes, "size">;
  /** Undefined where no cluster is wanted. */
  readonly clusterNode: Pick<ClusterNode, "stats" | "remoteSockets"> | undefined;
}

export interface Metrics {
  readonly registry: Registry;
  readonly pushes: PushCounts;
  readonly handshake: (result: "accepted" | Refusal) => void;
  /** A request of an `/ajax` route came without a valid session, or there were too many. */
  readonly requestRefused: (reason: RequestRefusal) => void;
  readonly closed: (reason: string) => void;
  readonly violation: (reason: Violation["reason"]) => void;
  readonly invalidRequest: (route: "http-notify" | "push") => void;
  /** Called once, when the things that are read at a scrape exist. */
  observe(sources: MetricSources): void;
}

export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const handshakes = counter("oxbow_handshakes_total", "Handshakes by result: accepted, or the reason of the refusal", [
    "result",
  ]);
  const refused = counter(
    "oxbow_requests_refused_total",
    "Requests other than handshakes that brought no valid session, or came too often",
    ["reason"],
  );
  const closed = counter("oxbow_connections_closed_total", "Sockets that ended, by reason", ["reason"]);
  const violations = counter("oxbow_violations_total", "What clients sent that no App Suite client sends", ["reason"]);
  const invalid = counter("oxbow_invalid_requests_total", "Pushes refused because their request was malformed", [
    "route",
  ]);
  new Gauge({
    name: "oxbow_build_info",
    help: "Always 1",
    labelNames: ["version"],
    aggregator: "first", // where several processes are one node
    registers,
  }).set({ version }, 1);
  return {
    registry,
    pushes: pushMetrics(registry),
    handshake: (result) => handshakes.inc({ result }),
    requestRefused: (reason) => refused.inc({ reason }),
    closed: (reason) => closed.inc({ reason }),
    violation: (reason) => violations.inc({ reason }),
    invalidRequest: (route) => invalid.inc({ route }),
    observe: (sources) => observe(registry, sources),
  };
}

function pushMetrics(registry: Registry): PushCounts {
  const registers = [registry];
  const offered = new Counter({ name: "oxbow_pushes_offered_total", help: "Pushes times sockets", registers });
  const written = new Counter({
    name: "oxbow_pushes_written_total",
    help: "Of those: taken by the transport",
    registers,
  });
  const dropped = new Counter<"reason">({
    name: "oxbow_pushes_dropped_total",
    help: "Of those: not written, by reason",
    labelNames: ["reason"],
    registers,
  });
  const nobody = new Counter({ name: "oxbow_pushes_nobody_total", help: "Pushes without any socket here", registers });
  const latency = new Histogram({
    name: "oxbow_push_latency_seconds",
    help: "From the producer's request to the write",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers,
  });
  const reasons: readonly DropReason[] = ["slow", "closed"];
  for (const reason of reasons) dropped.inc({ reason }, 0); // so that an alert sees them before the first one
  return {
    offered: () => offered.inc(),
    written: (latencyMs) => {
      written.inc();
      latency.observe(latencyMs / 1_000);
    },
    dropped: (reason) => dropped.inc({ reason }),
    nobody: () => nobody.inc(),
  };
}

function observe(registry: Registry, sources: MetricSources): void {
  const registers = [registry];
  new Gauge({
    name: "oxbow_connections",
    help: "Open sockets of this node",
    labelNames: ["transport", "eio"],
    registers,
    collect() {
      this.reset();
      for (const transport of ["websocket", "polling"]) for (const eio of [3, 4]) this.set({ transport, eio }, 0);
      for (const { transport, facts } of sources.openSockets.all()) this.inc({ transport, eio: facts.protocol });
    },
  });
  new Gauge({
    name: "oxbow_pushes_pending",
    help: "Pushes times sockets that are neither written nor dropped yet",
    registers,
    collect() {
      this.set(sources.pushes.pending);
    },
  });
  new Gauge({
    name: "oxbow_handshakes_waiting",
    help: "Handshakes whose session is being checked, held ones included",
    registers,
    collect() {
      this.set(sources.waiting.size);
    },
  });
  observeCluster(registry, sources);
}

/** All nodes, and what travels between them; without a cluster one node and nothing. */
function observeCluster(registry: Registry, { openSockets, clusterNode }: MetricSources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      aggregator: name === "oxbow_nodes" ? "max" : "sum",
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number): Counter =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const stats = (): Partial<ClusterStats> => clusterNode?.stats() ?? {};
  gauge("oxbow_nodes", "Nodes alive, this one included", () => stats().servers ?? 1);
  counter("oxbow_relay_sent_total", "Messages given to other nodes", () => stats().sent ?? 0);
  counter("oxbow_relay_received_total", "Messages of other nodes applied here", () => stats().received ?? 0);
  counter("oxbow_relay_gap_total", "Messages of other nodes that were lost on their way here", () => stats().lost ?? 0);
  counter("oxbow_relay_dropped_total", "Messages for other nodes given up: outbox full, or the node is gone", () => {
    const { droppedVolatile = 0, droppedOverflow = 0, droppedDead = 0 } = stats();
    return droppedVolatile + droppedOverflow + droppedDead;
  });
  gauge(
    "oxbow_relay_in_flight",
    "Messages for other nodes that no member has confirmed",
    () => stats().outboxMessages ?? 0,
  );
  new Gauge({
    name: "oxbow_registry_entries",
    help: "Sockets known: own ones, and the sum of what the other nodes announce",
    labelNames: ["owner"],
    registers,
    collect() {
      this.set({ owner: "own" }, openSockets.size);
      this.set({ owner: "remote" }, clusterNode?.remoteSockets() ?? 0);
    },
  });
}
