/** What one node knows of shared sessions: those it has seen, and the ends it has heard of. Memory, no rule. */

import { createSessionIndex, type HeldSession, type SessionIndex } from "./session-index.ts";
import { sharedKey } from "./session-record.ts";
import type { Session } from "./session.ts";
import type { SessionEnd } from "./session-store.ts";

export interface KnownSession extends HeldSession {
  session: Session;
  readonly key: string;
  revision: number;
  /** What the members were last known to hold. Undefined: the session has never left this node. */
  written: { readonly revision: number; readonly touchedAtMs: number } | undefined;
  /** The members have lost it. */
  isMissing: boolean;
}

export interface KnownEnd {
  readonly end: SessionEnd;
  readonly ttlMs: number;
  readonly forgetAtMs: number;
}

export interface KnownSessions extends Omit<SessionIndex<KnownSession>, "byId"> {
  byKey(key: string): KnownSession | undefined;
  /** Other fields for the same session; nothing when it is not known any more. */
  replace(held: KnownSession, session: Session): void;
}

export function createKnownSessions(): KnownSessions {
  const index = createSessionIndex<KnownSession>();
  const byKey = new Map<string, KnownSession>();
  return {
    ...index,
    byKey: (key) => byKey.get(key),
    insert: (held) => {
      byKey.set(held.key, held);
      index.insert(held);
    },
    delete: (id) => {
      byKey.delete(sharedKey(id));
      return index.delete(id);
    },
    replace: (held, session) => {
      if (!index.delete(held.session.id)) return; // it has ended meanwhile
      held.session = session;
      index.insert(held);
    },
  };
}

/** Ends beyond this many are left to the members: the oldest goes. */
const mostEnds = 100_000;

export interface KnownEnds {
  has(key: string): boolean;
  get(key: string): KnownEnd | undefined;
  keys(): readonly string[];
  remember(key: string, end: SessionEnd, ttlMs: number): void;
  /** Those whose sessions nobody can take for alive any more. */
  forgetOld(): void;
}

export function createKnownEnds(nowMs: () => number): KnownEnds {
  const ends = new Map<string, KnownEnd>();
  return {
    has: (key) => ends.has(key),
    get: (key) => ends.get(key),
    keys: () => [...ends.keys()],
    remember: (key, end, ttlMs) => {
      ends.set(key, { end, ttlMs, forgetAtMs: nowMs() + ttlMs });
      const [oldest] = ends.size > mostEnds ? ends.keys() : [];
      if (oldest !== undefined) ends.delete(oldest);
    },
    forgetOld: () => {
      for (const [key, { forgetAtMs }] of ends) if (forgetAtMs <= nowMs()) ends.delete(key);
    },
  };
}
