/** Looking up one shared session: by the members' answer, else by what this node knows for a bounded time, else a fault. */

import type { KnownSession } from "./known-sessions.ts";
import { sharedKey } from "./session-record.ts";
import type { SharedParts } from "./shared-parts.ts";
import { SessionsUnreachableError } from "./shared-sessions.ts";

export interface LookUpDeps extends SharedParts {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly offlineMs: () => number;
}

/** @throws {SessionsUnreachableError} when nobody can tell */
export async function findSession(id: string, parts: LookUpDeps): Promise<KnownSession | undefined> {
  const { ledger, reach, shared } = parts;
  const key = sharedKey(id);
  const known = ledger.known.byKey(key);
  if (ledger.ends.has(key)) return undefined;
  if (known !== undefined && reach.isSilent) return servedHere(known, parts);
  const answer = await Promise.all([
    reach.ask(() => shared.records.get(key)),
    reach.ask(() => shared.ends.get(key)),
  ]).catch((fault: unknown) => asUnreachable(fault));
  if (answer instanceof SessionsUnreachableError) return withoutAnswer(key, answer, parts);
  const [record, end] = answer;
  const found = ledger.judge(key, record, end);
  if (found !== undefined || known !== undefined || ledger.ends.has(key)) return found;
  if (record === undefined && reach.isSettling)
    throw new SessionsUnreachableError("members came or went a moment ago: the session may not have been put back yet");
  // a record is there and nothing was found: its life is over, or this node cannot read it, which says nothing
  if (record === undefined || ledger.canRead(key, record)) return undefined;
  throw new SessionsUnreachableError("a session was written by another release, or sealed with a key that is not here");
}

export function asUnreachable(fault: unknown): SessionsUnreachableError {
  if (fault instanceof SessionsUnreachableError) return fault;
  throw fault;
}

function withoutAnswer(key: string, fault: SessionsUnreachableError, parts: LookUpDeps): KnownSession | undefined {
  const { known, ends } = parts.ledger;
  const held = known.byKey(key); // it may have come or ended during the question
  if (held !== undefined) return servedHere(held, parts);
  if (ends.has(key)) return undefined;
  throw fault;
}

/** A session that this node has seen, while nobody can be asked whether it was ended elsewhere. */
function servedHere(
  held: KnownSession,
  { ledger, life, reach, nowMs, offlineMs }: LookUpDeps,
): KnownSession | undefined {
  const isOnlyHere = held.written === undefined;
  if (life.isOver(held)) {
    if (!isOnlyHere) throw new SessionsUnreachableError("a session may have been touched elsewhere");
    ledger.expire(held);
    return undefined;
  }
  const silentMs = reach.silentSinceMs === undefined ? 0 : nowMs() - reach.silentSinceMs;
  if (isOnlyHere || silentMs < offlineMs()) return held; // nobody else can have ended what has never left this node
  throw new SessionsUnreachableError("for too long to go by what this node has seen");
}

/** What this node knows, without asking anybody. */
export const liveHere = (id: string, { ledger, life }: LookUpDeps): KnownSession | undefined => {
  const held = ledger.known.byKey(sharedKey(id));
  return held === undefined || life.isOver(held) ? undefined : held;
};
