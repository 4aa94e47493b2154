/** The rules that every history must obey: G2, G3, G4 and with them G8. A pure function of what was written down. */
import { dueArrivals } from "./due-arrivals.ts";
import type { Emit, History } from "./happenings.ts";

/** The guarantees broken by a history, in words; empty when all hold. */
export function violations(history: History): string[] {
  return [...deliveredTwiceOrWrongly(history), ...outOfOrder(history), ...missing(history)];
}

/** G4: each packet at most once at each socket, and only at sockets that may match. */
function deliveredTwiceOrWrongly(history: History): string[] {
  const found: string[] = [];
  const emits = new Map<number, Emit>();
  const arrived = new Set<string>();
  const everIn = new Set<string>();
  for (const entry of history) {
    if (entry.kind === "emit") emits.set(entry.id, entry);
    if (entry.kind === "join") everIn.add(`${entry.socket} ${entry.room}`);
    if (entry.kind !== "arrive") continue;
    const key = `emit ${entry.emit} at ${entry.socket}`;
    if (arrived.has(key)) found.push(`G4: ${key} twice`);
    arrived.add(key);
    const emit = emits.get(entry.emit);
    if (!emit) found.push(`G4: ${key} was never emitted`);
    else if (!everIn.has(`${entry.socket} ${emit.room}`)) found.push(`G4: ${key}, which was never in ${emit.room}`);
  }
  return found;
}

/** G2: what one node emits reaches a socket in the order of the calls. */
function outOfOrder(history: History): string[] {
  const found: string[] = [];
  const emits = new Map<number, Emit>();
  const last = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind === "emit") emits.set(entry.id, entry);
    if (entry.kind !== "arrive") continue;
    const key = `${emits.get(entry.emit)?.node ?? ""} to ${entry.socket}`;
    const before = last.get(key) ?? -1;
    if (entry.emit < before) found.push(`G2: from ${key}, emit ${entry.emit} after ${before}`);
    last.set(key, Math.max(before, entry.emit));
  }
  return found;
}

/** G3, G4 and G8: what must have arrived and did not was reported as lost, in full, where it is missing. */
function missing(history: History): string[] {
  const owed = new Map<string, Set<number>>();
  const crashed = new Set<string>();
  const reported = new Map<string, number>();
  const arrivals = new Set<string>();
  for (const entry of history) {
    if (entry.kind === "crash") crashed.add(entry.node);
    if (entry.kind === "gap") {
      const key = `${entry.from} to ${entry.node}`;
      reported.set(key, (reported.get(key) ?? 0) + entry.lost);
    }
    if (entry.kind === "arrive") arrivals.add(`${entry.emit} ${entry.socket}`);
  }
  for (const { emit, socket, node } of dueArrivals(history)) {
    if (arrivals.has(`${emit.id} ${socket}`) || crashed.has(node) || crashed.has(emit.node)) continue;
    const key = `${emit.node} to ${node}`;
    owed.set(key, (owed.get(key) ?? new Set()).add(emit.id));
  }
  return [...owed]
    .filter(([key, emits]) => emits.size > (reported.get(key) ?? 0))
    .map(
      ([key, emits]) =>
        `G3/G4: from ${key}, ${[...emits].join(", ")} never came; reported lost: ${reported.get(key) ?? 0}`,
    );
}
