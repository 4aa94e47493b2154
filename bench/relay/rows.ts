/** The rows of the table, declared once: what a figure is, in what unit, and what it should reach. */

export interface Row {
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** What to compare with: the best Redis relay of the run, the sharded one, or nothing (the figure counts as it is). */
  readonly against: "redis" | "redis-sharded" | "none";
  /** As a ratio, or as the figure itself where it is compared with nothing. Without them the row is for information. */
  readonly must?: number;
  readonly aim?: number;
}

const cpu = (title: string, targets: Partial<Row> = {}): Row => {
  return { title: `CPU per message, ${title}`, unit: "µs", better: "less", against: "redis", ...targets };
};
const rate = (title: string, unit: string, targets: Partial<Row> = {}): Row => {
  return { title, unit, better: "more", against: "redis", ...targets };
};
const time = (title: string, targets: Partial<Row> = {}): Row => {
  return { title, unit: "ms", better: "less", against: "redis", ...targets };
};
const idle = (nodes: number, what: "node" | "backend"): Row => {
  const title = `idle, ${nodes} nodes: CPU of ${what === "node" ? "a node" : "the backend per node"}`;
  return { title, unit: "ms/s", better: "less", against: "redis" };
};

export const rows = {
  throughput: rate("throughput, 200 B", "messages/s", { must: 2, aim: 3 }),
  lost: { title: "of these not there after 60 s", unit: "messages", better: "less", against: "none", must: 0 },
  p50: time("p50 at 200 messages/s", { must: 1.3, aim: 1 }),
  p99: time("p99 at 200 messages/s", { must: 1.6, aim: 1 }),
  cpuEmitter: cpu("emitter", { must: 1 / 3, aim: 1 / 5 }),
  cpuHolders: cpu("all four holders", { must: 1 / 2, aim: 1 / 3 }),
  cpuBystander: cpu("a node without the room, beyond idling", { against: "redis-sharded", must: 1 }),
  cpuBackend: cpu("both members together, or Redis"),
  throughput1K: rate("throughput, 1 KB", "messages/s"),
  throughput16K: rate("throughput, 16 KB", "messages/s"),
  hotRoom: rate("hot room: 10,000 sockets on 4 nodes", "deliveries/s"),
  fetchSockets: time("fetchSockets of 10,000 remote", { must: 1 / 2, aim: 1 / 3 }),
  fetchFirst: time("the first one of a process"),
  joinP50: time("join p50 (ours: all nodes know)", { against: "none" }),
  joinP99: time("join p99 (ours: all nodes know)", { against: "none" }),
  killed: time("a node killed: out of every count", { against: "none", must: 3_000, aim: 2_000 }),
  idle2: idle(2, "node"),
  idle4: idle(4, "node"),
  idle8: idle(8, "node"),
  idle16: idle(16, "node"),
  idleBackend2: idle(2, "backend"),
  idleBackend4: idle(4, "backend"),
  idleBackend8: idle(8, "backend"),
  idleBackend16: idle(16, "backend"),
  interest100k: interest("100,000"),
  interest1M: interest("1,000,000"),
  memory100k: memory("100,000"),
  memory1M: memory("1,000,000"),
  localFrozen: time("local emit p99 from when it was due, members stopped", { against: "none", must: 5 }),
  localAlone: time("the same without a cluster", { against: "none" }),
  callFrozen: time("local emit p99 from the call, members stopped", { against: "none", must: 5 }),
  callAlone: time("the same without a cluster", { against: "none" }),
} as const satisfies Record<string, Row>;

function interest(rooms: string): Row {
  return {
    title: `interest table, ${rooms} rooms`,
    unit: "B/room",
    better: "less",
    against: "none",
    must: 48,
    aim: 24,
  };
}

function memory(rooms: string): Row {
  return { title: `all memory per remote room, ${rooms} rooms`, unit: "B/room", better: "less", against: "none" };
}

export type RowId = keyof typeof rows;

/** Figures of one measurement. */
export type Measured = Partial<Record<RowId, number>>;
