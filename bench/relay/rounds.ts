/**
 * What is measured in every round for every relay, with fresh processes: node 0 emits, 1 to 4 hold the rooms, 5 has none
 * of them. Each measurement begins when the one before it has arrived.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Backends } from "./backends.ts";
import { Fleet, type Node } from "./fleet.ts";
import type { RelayId } from "./peers.ts";
import type { Arrival } from "./receipts.ts";
import type { Measured } from "./rows.ts";
import { percentile, sum } from "./statistics.ts";
import { HOLDERS, roomNames } from "./traffic.ts";

export interface Sizes {
  readonly messages: number;
  readonly messages1K: number;
  readonly messages16K: number;
  readonly pacedMessages: number;
  /** Sent one by one before the latency is taken, for the compilers: bursts travel packed and leave that path cold. */
  readonly loneMessages: number;
  readonly hotMessages: number;
  readonly hotSockets: number;
  readonly fetches: number;
  readonly joins: number;
}

export const fullSizes: Sizes = {
  ...{ messages: 100_000, messages1K: 20_000, messages16K: 2_000, pacedMessages: 2_000, loneMessages: 10_000 },
  ...{ hotMessages: 100, hotSockets: 10_000, fetches: 30, joins: 200 },
};
export const quickSizes: Sizes = {
  ...{ messages: 5_000, messages1K: 1_000, messages16K: 200, pacedMessages: 60, loneMessages: 200 },
  ...{ hotMessages: 10, hotSockets: 1_000, fetches: 1, joins: 20 },
};

const ROOMS_EACH = 250;
const rooms = roomNames(0, HOLDERS * ROOMS_EACH);
const BURST = 100;
const HOT = ["hot"];
const ARRIVE_WITHIN_MS = 60_000;

interface Cast {
  readonly emitter: Node;
  readonly holders: readonly Node[];
  readonly bystander: Node;
}

export async function measureRound(relay: RelayId, backends: Backends, sizes: Sizes): Promise<Measured> {
  const fleet = new Fleet(relay, backends);
  try {
    await fleet.grow(HOLDERS + 2);
    const [emitter, ...others] = fleet.nodes;
    const bystander = others.pop();
    if (emitter === undefined || bystander === undefined) throw new Error("the fleet is too small");
    const cast = { emitter, holders: others, bystander };
    const backend = relay.startsWith("redis") ? "redis" : "members";
    await addRoomsOfOne(cast);
    if (relay === "bare") return await measureLatency(cast, sizes); // it packs nothing: its throughput says nothing
    await warmUp(cast, sizes.messages);
    return {
      ...(await measureThroughput(cast, sizes.messages, () => backends.cpuMicros(backend))),
      ...(await measureLatency(cast, sizes)),
      throughput1K: await rateOf(cast, { messages: sizes.messages1K, bytes: 1_024 }),
      throughput16K: await rateOf(cast, { messages: sizes.messages16K, bytes: 16_384 }),
      ...(await measureJoins(cast, sizes.joins)),
      ...(await measureHotRoom(cast, sizes)),
      ...(await measureKill(fleet, cast)),
    };
  } finally {
    await fleet.stop();
  }
}

async function addRoomsOfOne({ holders }: Cast): Promise<void> {
  await Promise.all(
    holders.map((holder, index) => {
      const own = rooms.filter((_, room) => room % HOLDERS === index);
      return holder.call("addSockets", { owner: `n${index}`, rooms: own });
    }),
  );
}

/** Until every room is reached: Redis relays subscribe in the background. Then enough for the compilers. */
async function warmUp(cast: Cast, messages: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { arrivals } = await send(cast, { messages: rooms.length, bytes: 200, withinMs: 1_000 });
    if (arrivals.every(({ count }) => count === ROOMS_EACH)) break;
    if (attempt === 20) throw new Error("not every room is reached");
    await pause(500); // what is late must not be counted with the next ones
  }
  await send(cast, { messages, bytes: 200 });
}

interface Load {
  readonly messages: number;
  readonly bytes: number;
  readonly withinMs?: number;
}

/** Sends to the rooms of one, in turn, and waits until all have come. */
async function send(cast: Cast, load: Load): Promise<{ micros: number; arrivals: readonly Arrival[] }> {
  const { messages, bytes, withinMs = ARRIVE_WITHIN_MS } = load;
  await Promise.all(cast.holders.map((holder) => holder.call("expect", { count: messages / HOLDERS })));
  const started = await cast.emitter.call("burst", { messages, burst: BURST, rooms, bytes });
  const arrivals = await Promise.all(cast.holders.map((holder) => holder.call("arrived", withinMs)));
  const complete = arrivals.every(({ lastMicros }) => lastMicros > 0);
  return { micros: complete ? Math.max(...arrivals.map(({ lastMicros }) => lastMicros)) - started : NaN, arrivals };
}

const IDLE_MS = 2_000;

/** Heartbeats and the like, which a node has whatever the others send. @returns microseconds of CPU per microsecond */
async function idleShare(node: Node): Promise<number> {
  const before = await node.call("cpuMicros");
  await pause(IDLE_MS);
  return ((await node.call("cpuMicros")) - before) / (IDLE_MS * 1e3);
}

async function measureThroughput(cast: Cast, messages: number, backendCpu: () => number): Promise<Measured> {
  const idle = await idleShare(cast.bystander);
  const all = [cast.emitter, cast.bystander, ...cast.holders];
  const cpuOfAll = (): Promise<number[]> => Promise.all(all.map((node) => node.call("cpuMicros")));
  const [before, backendBefore] = [await cpuOfAll(), backendCpu()];
  const { micros, arrivals } = await send(cast, { messages, bytes: 200 });
  const [after, backendAfter] = [await cpuOfAll(), backendCpu()];
  const [emitter = NaN, bystander = NaN, ...holders] = after.map((cpu, index) => cpu - (before[index] ?? NaN));
  const lost = messages - sum(arrivals.map(({ count }) => count));
  // work that was done in part only has no cost per message
  const delivered = lost === 0 ? messages : NaN;
  return {
    throughput: (messages / micros) * 1e6,
    lost,
    cpuEmitter: emitter / delivered,
    cpuHolders: sum(holders) / delivered,
    cpuBystander: Math.max(0, bystander - idle * micros) / delivered,
    cpuBackend: (backendAfter - backendBefore) / delivered,
  };
}

async function rateOf(cast: Cast, load: Load): Promise<number> {
  const { micros } = await send(cast, load);
  return (load.messages / micros) * 1e6;
}

async function measureLatency(cast: Cast, { loneMessages, pacedMessages }: Sizes): Promise<Measured> {
  await latencies(cast, loneMessages, 2_000);
  const measured = await latencies(cast, pacedMessages, 200);
  return { p50: percentile(measured, 0.5), p99: percentile(measured, 0.99) };
}

async function latencies({ emitter, holders }: Cast, messages: number, perSecond: number): Promise<number[]> {
  const expected = { count: messages / HOLDERS, latencies: true };
  await Promise.all(holders.map((holder) => holder.call("expect", expected)));
  await emitter.call("paced", { messages, perSecond, rooms, bytes: 200 });
  const arrivals = await Promise.all(holders.map((holder) => holder.call("arrived", ARRIVE_WITHIN_MS)));
  return arrivals.flatMap(({ latenciesMs }) => latenciesMs);
}

async function measureJoins({ holders: [holder] }: Cast, count: number): Promise<Measured> {
  const times = (await holder?.call("joins", count)) ?? [];
  return { joinP50: percentile(times, 0.5), joinP99: percentile(times, 0.99) };
}

async function measureHotRoom({ emitter, holders }: Cast, sizes: Sizes): Promise<Measured> {
  const each = sizes.hotSockets / HOLDERS;
  const { hotMessages: messages } = sizes;
  await Promise.all(
    holders.map((holder, index) => holder.call("addSockets", { owner: `h${index}`, rooms: HOT, each })),
  );
  const emitAll = async (count: number): Promise<number> => {
    await Promise.all(holders.map((holder) => holder.call("expect", { count: count * each })));
    const started = await emitter.call("burst", { messages: count, burst: 10, rooms: HOT, bytes: 200 });
    const arrivals = await Promise.all(holders.map((holder) => holder.call("arrived", ARRIVE_WITHIN_MS)));
    return Math.max(...arrivals.map(({ lastMicros }) => (lastMicros === 0 ? NaN : lastMicros))) - started;
  };
  await emitAll(messages / 5);
  const micros = await emitAll(messages);
  const times: number[] = []; // the first ones are for the compilers
  for (let i = 0; i < sizes.fetches; i++) {
    const { ms, found } = await emitter.call("fetchSockets", "hot");
    times.push(found === sizes.hotSockets ? ms : NaN);
  }
  return {
    hotRoom: ((messages * sizes.hotSockets) / micros) * 1e6,
    fetchSockets: percentile(times.slice(-Math.ceil(sizes.fetches / 3)), 0.5),
    fetchFirst: times[0] ?? NaN,
  };
}

async function measureKill(fleet: Fleet, { holders }: Cast): Promise<Measured> {
  const victim = holders.at(-1);
  const others = fleet.nodes.filter((node) => node !== victim);
  victim?.kill();
  return { killed: await fleet.counted(others.length, others, 20_000) };
}
