/**
 * Compares what a node knows with what the members hold, where events may have been missed: after each outage, whenever a
 * member has come or gone, and slowly all the time, since events are told at most once.
 */

import type { Ledger } from "./session-ledger.ts";
import type { SharedParts } from "./shared-parts.ts";
import { SessionsUnreachableError } from "./shared-sessions.ts";

export interface ComparisonDeps extends SharedParts {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onFault: (fault: unknown) => void;
}

export interface Comparison {
  /** Compares these now. @throws {SessionsUnreachableError} */
  readonly compare: (keys: readonly string[]) => Promise<void>;
  /** Everything is to be compared: now, and once more when listeners are surely there again. */
  request(): void;
  /** Does what is due. Never rejects, never runs twice at once. */
  tick(): Promise<void>;
}

/** Keys in one call: bounded, so that the answers leave room for requests. */
const batchSize = 200;
/** A client connects to a new member and listens there within this time. */
const listeningAgainMs = 3_000;
/** Each session is looked at this often although nothing seems to have happened. */
const roundMs = 60_000;

export function createComparison({ shared, ledger, reach, life, nowMs, onFault }: ComparisonDeps): Comparison {
  let soonAtMs = Infinity;
  let laterAtMs = Infinity;
  let isRunning = false;
  const nextSlice = createRound(() => allKeys(ledger), nowMs);

  const compare = async (keys: readonly string[]): Promise<void> => {
    for (const batch of batches(keys)) {
      const [records, ends] = await Promise.all([
        reach.ask(() => shared.records.getAll(batch)),
        reach.ask(() => shared.ends.getAll(batch)),
      ]);
      for (const key of batch) ledger.judge(key, records.get(key), ends.get(key));
    }
  };
  /** Ends before sessions: nobody shall put back what has ended. */
  const compareAll = async (): Promise<void> => {
    for (const batch of batches(ledger.ends.keys())) {
      const held = await reach.ask(() => shared.ends.getAll(batch));
      await Promise.all(batch.filter((key) => !held.has(key)).map((key) => ledger.write(key)));
    }
    await compare(allKeys(ledger));
  };
  const run = async (): Promise<void> => {
    const isDue = Math.min(soonAtMs, laterAtMs) <= nowMs();
    if (isDue) {
      const [soon, later] = [soonAtMs, laterAtMs];
      if (soonAtMs <= nowMs()) soonAtMs = Infinity;
      if (laterAtMs <= nowMs()) laterAtMs = Infinity;
      await compareAll().catch((fault: unknown) => {
        [soonAtMs, laterAtMs] = [Math.min(soon, soonAtMs), Math.min(later, laterAtMs)]; // still to be done
        throw fault;
      });
    } else if (reach.isSilent) return;
    // a client that has just come back may not listen everywhere yet: until then ends are found by looking only
    else await compare(reach.isSettling ? allKeys(ledger) : [...overdueKeys(), ...nextSlice()]);
  };
  const overdueKeys = (): readonly string[] => [...ledger.known.all()].filter(life.over()).map(({ key }) => key);

  return {
    compare,
    request: () => {
      soonAtMs = nowMs();
      laterAtMs = nowMs() + listeningAgainMs;
    },
    tick: async () => {
      if (isRunning || !reach.isConnected) return;
      isRunning = true;
      try {
        await run();
      } catch (fault) {
        if (!(fault instanceof SessionsUnreachableError)) onFault(fault); // silence is no fault of ours: again later
      } finally {
        isRunning = false;
      }
    },
  };
}

/** Goes through all keys in rounds of `roundMs`. Each call gives the part that has become due since the last one. */
function createRound(all: () => readonly string[], nowMs: () => number): () => readonly string[] {
  let keys: readonly string[] = [];
  let done = 0;
  let sinceMs = nowMs();
  return () => {
    if (done >= keys.length) [keys, done, sinceMs] = [all(), 0, nowMs()];
    const due = Math.floor((keys.length * (nowMs() - sinceMs)) / roundMs);
    const part = keys.slice(done, due);
    done = Math.max(done, due);
    return part;
  };
}

const allKeys = ({ known }: Ledger): readonly string[] => [...known.all()].map(({ key }) => key);

function* batches(keys: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < keys.length; at += batchSize) yield keys.slice(at, at + batchSize);
}
