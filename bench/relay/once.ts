/** What is measured once in a run: it does not depend on the load of the moment, or takes long. */
import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "../../tests/support/wait-for.ts";
import type { Backends } from "./backends.ts";
import { Fleet } from "./fleet.ts";
import type { Place, RelayId } from "./peers.ts";
import type { Measured } from "./rows.ts";
import { percentile, sum } from "./statistics.ts";
import { roomNames } from "./traffic.ts";

/** CPU time of nodes without traffic and of what connects them, as the nodes become more. */
export async function measureIdle(
  relay: RelayId,
  backends: Backends,
  { counts, seconds }: { counts: readonly (2 | 4 | 8 | 16)[]; seconds: number },
): Promise<Measured> {
  const fleet = new Fleet(relay, backends);
  const backend = relay.startsWith("redis") ? "redis" : "members";
  const measured: Measured = {};
  const cpu = async (): Promise<{ nodes: number; backend: number }> => {
    const nodes = sum(await Promise.all(fleet.nodes.map((node) => node.call("cpuMicros"))));
    return { nodes, backend: backends.cpuMicros(backend) };
  };
  try {
    for (const count of counts) {
      await fleet.grow(count);
      await pause(seconds * 500); // start-up work goes on for a while: compilers, collectors, first exchanges
      const [before, started] = [await cpu(), performance.now()];
      await pause(seconds * 1_000);
      const [after, elapsedSeconds] = [await cpu(), (performance.now() - started) / 1e3];
      measured[`idle${count}`] = (after.nodes - before.nodes) / 1e3 / elapsedSeconds / count;
      measured[`idleBackend${count}`] = (after.backend - before.backend) / 1e3 / elapsedSeconds / count;
    }
  } finally {
    await fleet.stop();
  }
  return measured;
}

/** One node has the rooms, the other learns of them: what that costs the other per room. */
export async function measureInterest(backends: Backends, counts: { small: number; large: number }): Promise<Measured> {
  const fleet = new Fleet("ours", backends);
  try {
    await fleet.grow(2);
    const [watcher, owner] = fleet.nodes;
    if (watcher === undefined || owner === undefined) throw new Error("the fleet is too small");
    const base = await watcher.call("memory");
    let known = 0;
    const growTo = async (rooms: number): Promise<{ table: number; all: number }> => {
      for (; known < rooms; known += 10_000) {
        const next = roomNames(known, Math.min(known + 10_000, rooms));
        await owner.call("addSockets", { owner: "o", rooms: next });
      }
      const memory = await waitFor(
        `${rooms} rooms are known to the other node`,
        async () => {
          const now = await watcher.call("memory");
          return now.rooms >= rooms && now;
        },
        60_000,
      );
      return { table: memory.tableBytes / memory.rooms, all: (memory.usedBytes - base.usedBytes) / memory.rooms };
    };
    // the room that each socket has of its own is a room, too: so half as many sockets
    const small = await growTo(counts.small / 2);
    const large = await growTo(counts.large / 2);
    return { interest100k: small.table, memory100k: small.all, interest1M: large.table, memory1M: large.all };
  } finally {
    await fleet.stop();
  }
}

/** Local emits while every member stands still, and the same in a process that has no cluster at all. */
export async function measureStopped(backends: Backends, messages: number): Promise<Measured> {
  const { members } = backends.members;
  const load = { messages, perSecond: 200 };
  const p99 = (values: readonly number[]): number => percentile(values, 0.99);
  const alone = await withFleet("none", backends, 1, async ([node]) => node?.call("localEmits", load));
  const frozen = await withFleet("ours", backends, 2, async ([node, other]) => {
    await other?.call("addSockets", { owner: "o", rooms: roomNames(0, 1_000) });
    await node?.call("localEmits", { messages: 200, perSecond: 1_000 });
    for (const member of members) member.freeze();
    try {
      return await node?.call("localEmits", load);
    } finally {
      for (const member of members) member.thaw();
    }
  });
  return {
    localFrozen: p99(frozen?.dueMs ?? []),
    localAlone: p99(alone?.dueMs ?? []),
    callFrozen: p99(frozen?.callMs ?? []),
    callAlone: p99(alone?.callMs ?? []),
  };
}

async function withFleet<T>(
  relay: Place["relay"],
  backends: Backends,
  count: number,
  use: (nodes: Fleet["nodes"]) => Promise<T>,
): Promise<T> {
  const fleet = new Fleet(relay, backends);
  try {
    await fleet.grow(count);
    return await use(fleet.nodes);
  } finally {
    await fleet.stop();
  }
}
