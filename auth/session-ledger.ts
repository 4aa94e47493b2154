/**
 * What a node makes of the shared sessions: it compares what it knows with what the members hold, and draws the one
 * conclusion that is right. An end is told by its own record only; a record that is missing may just have been lost, and
 * is put back by whoever knows the session. Writes travel behind, and again until they have arrived.
 */

import { createKnownEnds, createKnownSessions, type KnownEnds, type KnownSession } from "./known-sessions.ts";
import type { KnownSessions } from "./known-sessions.ts";
import { createOutbox } from "./outbox.ts";
import type { RecordState } from "./session-record.ts";
import { openRecord, readEnd, readRecordState, sharedKey, writeEnd, writeRecord } from "./session-record.ts";
import type { Seal } from "./session-seal.ts";
import type { Session } from "./session.ts";
import type { SessionEnd } from "./session-store.ts";
import type { Reach } from "./session-reach.ts";
import type { SharedSessionLife } from "./shared-session-life.ts";
import { SessionsUnreachableError, type SharedFields, type SharedSessions } from "./shared-sessions.ts";

/** What it works on, together with the other parts of the shared session store. */
export interface LedgerParts {
  readonly shared: SharedSessions;
  readonly reach: Reach;
  readonly life: SharedSessionLife;
}

export interface LedgerDeps extends LedgerParts {
  readonly seal: Seal;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds since the epoch. */
  readonly nowEpochMs: () => number;
  readonly tellEnd: (session: Session, end: SessionEnd) => void;
  /** Told what is no silence of the members. */
  readonly onFault: (fault: unknown) => void;
}

export interface Ledger {
  readonly known: KnownSessions;
  readonly ends: KnownEnds;
  /** The live session of a key, given what the members answered. It may end here, or be put back. */
  judge(key: string, record: SharedFields | undefined, end: SharedFields | undefined): KnownSession | undefined;
  /** Whether a record is of a form and sealed with a key that this node knows. */
  canRead(key: string, record: SharedFields): boolean;
  /** A new session of this node. */
  insert(session: Session): KnownSession;
  change(held: KnownSession, session: Session): void;
  /** Its life is over. Nobody needs to be told: every node finds that out by itself. */
  expire(held: KnownSession): void;
  /** Ends a session here; `write` tells the others. */
  end(held: KnownSession, end: SessionEnd): void;
  /** Another node has ended it. */
  heardEnd(key: string, end: SharedFields): void;
  /** Brings what is known of a key to the members. Resolves when it was tried. */
  write(key: string): Promise<void>;
  /** The same at the next `retry`, for what would not arrive now. */
  defer(key: string): void;
  /** Tries again what has not arrived. */
  retry(): void;
}

export function createLedger(deps: LedgerDeps): Ledger {
  const known = createKnownSessions();
  const ends = createKnownEnds(deps.nowMs);
  const outbox = createOutbox((key) => attempt(key, known, ends, deps));
  const finish = (held: KnownSession, end: SessionEnd): void => {
    if (known.delete(held.session.id)) deps.tellEnd(held.session, end); // a listener may have ended this one meanwhile
  };
  const book: Book = { known, ends, finish, write: (key) => outbox.push(key), ...deps };
  return {
    known,
    ends,
    judge: (key, record, end) => judge(key, record, end, book),
    canRead: (key, record) => adopt(key, record, deps) !== undefined,
    insert: (session) => {
      const key = sharedKey(session.id);
      const held = { session, key, revision: 1, touchedAtMs: deps.nowMs(), written: undefined, isMissing: false };
      known.insert(held);
      return held;
    },
    change: (held, session) => {
      known.replace(held, session);
      held.revision += 1;
    },
    expire: (held) => finish(held, "expired"),
    end: (held, end) => {
      ends.remember(held.key, end, deps.life.endTtlMs(held.session));
      finish(held, end);
    },
    heardEnd: (key, end) => heardEnd(key, end, book),
    write: book.write,
    defer: (key) => outbox.defer(key),
    retry: () => outbox.retry(),
  };
}

interface Book extends LedgerDeps {
  readonly known: KnownSessions;
  readonly ends: KnownEnds;
  /** Forgets a session and tells its end, once. */
  readonly finish: (held: KnownSession, end: SessionEnd) => void;
  readonly write: (key: string) => Promise<void>;
}

function judge(
  key: string,
  record: SharedFields | undefined,
  end: SharedFields | undefined,
  book: Book,
): KnownSession | undefined {
  if (end !== undefined) heardEnd(key, end, book);
  if (!book.ends.has(key)) return record === undefined ? missing(key, book) : present(key, record, book);
  if (record !== undefined) clear(key, undefined, book); // put back by a node that did not know better
  return undefined;
}

function heardEnd(key: string, told: SharedFields, { known, ends, life, finish }: Book): void {
  const held = known.byKey(key);
  const end = readEnd(told);
  ends.remember(key, end, life.endTtlMs(held?.session ?? { staySignedIn: true }));
  if (held !== undefined) finish(held, end);
}

function missing(key: string, { known, life, finish, write }: Book): KnownSession | undefined {
  const held = known.byKey(key);
  if (held === undefined) return undefined;
  if (life.isOver(held)) {
    finish(held, "expired");
    return undefined;
  }
  held.isMissing = held.written !== undefined;
  void write(key);
  return held;
}

function present(key: string, record: SharedFields, book: Book): KnownSession | undefined {
  const { known, life, finish, write } = book;
  const held = known.byKey(key);
  const found = held === undefined ? adopt(key, record, book) : merge(held, record, known, book);
  if (found === undefined) return undefined;
  if (life.isOver(found)) {
    finish(found, "expired");
    clear(key, record, book); // only if nobody has touched it meanwhile
    return undefined;
  }
  if (held === undefined) known.insert(found);
  else if (held.revision > (held.written?.revision ?? 0)) void write(key);
  return found;
}

/** A record of no more use; if it cannot be taken away now, its time will be over soon. */
const clear = (key: string, record: SharedFields | undefined, { reach, shared }: Book): void =>
  void reach.ask(() => shared.records.remove(key, record)).catch(() => undefined);

/** A session that another node has made. Undefined: its record cannot be read here. */
function adopt(key: string, record: SharedFields, deps: LedgerDeps): KnownSession | undefined {
  const state = readRecordState(record);
  const session = state === undefined ? undefined : openRecord(key, record, deps.seal);
  if (state === undefined || session === undefined) return undefined;
  const touchedAtMs = ownTime(state, deps);
  const { revision } = state;
  return { session, key, revision, touchedAtMs, written: { revision, touchedAtMs }, isMissing: false };
}

/** The later touch and the higher revision win. */
function merge(held: KnownSession, record: SharedFields, known: KnownSessions, deps: LedgerDeps): KnownSession {
  const state = readRecordState(record);
  if (state === undefined) return held; // of another release; what is known here is as good
  const touchedAtMs = ownTime(state, deps);
  held.written = { revision: state.revision, touchedAtMs };
  held.isMissing = false;
  held.touchedAtMs = Math.max(held.touchedAtMs, touchedAtMs);
  const session = state.revision > held.revision ? openRecord(held.key, record, deps.seal) : undefined;
  if (session === undefined) return held;
  known.replace(held, session);
  held.revision = state.revision;
  return held;
}

/** When a touch of any node was, by the monotonic clock of this one. Clocks that run ahead make no touch of the future. */
const ownTime = ({ touchedEpochMs }: RecordState, { nowMs, nowEpochMs }: LedgerDeps): number =>
  nowMs() - Math.max(0, nowEpochMs() - touchedEpochMs);

async function attempt(key: string, known: KnownSessions, ends: KnownEnds, deps: LedgerDeps): Promise<boolean> {
  const ended = ends.get(key);
  const held = known.byKey(key);
  try {
    if (ended !== undefined) {
      // the end first: between the two calls nobody may find neither
      await deps.reach.ask(() => deps.shared.ends.set(key, writeEnd(ended.end), ended.ttlMs));
      await deps.reach.ask(() => deps.shared.records.remove(key));
    } else if (held !== undefined) await writeHeld(held, deps);
    return true;
  } catch (fault) {
    if (!(fault instanceof SessionsUnreachableError)) deps.onFault(fault); // silence `reach` has taken note of
    return false; // the outbox tries again
  }
}

async function writeHeld(held: KnownSession, deps: LedgerDeps): Promise<void> {
  const { shared, reach, life } = deps;
  const { key, revision, touchedAtMs } = held;
  const touchedEpochMs = deps.nowEpochMs() - (deps.nowMs() - touchedAtMs);
  const record = writeRecord(held.session, { revision, touchedEpochMs }, deps.seal);
  const ttlMs = life.recordTtlMs(held);
  // several nodes may know it; the first one puts it back, and what it does not know is merged at the next look
  if (held.isMissing) await reach.ask(() => shared.records.add(key, record, ttlMs));
  else await reach.ask(() => shared.records.set(key, record, ttlMs));
  held.isMissing = false;
  held.written = { revision, touchedAtMs };
}
