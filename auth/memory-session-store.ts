/**
 * Sessions in this process's memory, for one node by itself. Bounded by the limits; a sweep ends what has expired, so
 * that its sockets end too although nobody asks for the session any more.
 * Idle time replaces the middleware's rotating containers: a session ends exactly when its time is over.
 */

import { createListeners } from "./listeners.ts";
import { createSessionIndex, type HeldSession } from "./session-index.ts";
import { exceededLimit } from "./session-limits.ts";
import type { Session } from "./session.ts";
import type { SessionEnd, SessionStore, SessionStoreLimits } from "./session-store.ts";

export interface MemorySessionStoreDeps {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Asked anew each time. */
  readonly limits: () => SessionStoreLimits;
  /** How late the end of an expired session may be told. Default 1,000. */
  readonly sweepPeriodMs?: number;
  /** Told what a listener threw; the other listeners are called all the same. */
  readonly onFault: (fault: unknown) => void;
}

export interface MemorySessionStore extends SessionStore {
  /** Begins to sweep. */
  start(): void;
  /** Ends the sweep. The sessions stay: whoever stops the process wants no farewell for them. */
  stop(): void;
}

export function createMemorySessionStore(deps: MemorySessionStoreDeps): MemorySessionStore {
  const index = createSessionIndex();
  const removals = createListeners<[Session, SessionEnd]>(deps.onFault);
  let sweep: NodeJS.Timeout | undefined;

  const finish = ({ session }: HeldSession, end: SessionEnd): void => {
    if (index.delete(session.id)) removals.tell(session, end); // a listener may have ended this one meanwhile
  };
  /** Those that still live; the others end here. */
  const living = (all: Iterable<HeldSession>): readonly HeldSession[] => {
    const [limits, nowMs] = [deps.limits(), deps.nowMs()];
    return [...all].filter((held) => {
      if (!isExpired(held, limits, nowMs)) return true;
      finish(held, "expired");
      return false;
    });
  };
  const find = (id: string): HeldSession | undefined => living(index.byId(id))[0];
  const sessions = (all: Iterable<HeldSession>): readonly Session[] => living(all).map(({ session }) => session);

  return {
    add: (session) => {
      if (index.size() >= deps.limits().maxSessions) living(index.all());
      const ofUser = sessions(index.ofUser(session.contextId, session.userId));
      const taken = living(index.byAuthId(session.authId)).length > 0;
      const refusal = taken ? "duplicate-auth-id" : exceededLimit(session, index.size(), ofUser, deps.limits());
      if (refusal === undefined) index.insert({ session, touchedAtMs: deps.nowMs() });
      return Promise.resolve(refusal);
    },
    peek: (id) => Promise.resolve(find(id)?.session),
    touch: (id) => {
      const held = find(id);
      if (held !== undefined) held.touchedAtMs = deps.nowMs();
      return Promise.resolve(held?.session);
    },
    update: (id, changes) => {
      const held = find(id);
      if (held === undefined) return Promise.resolve(undefined);
      const session: Session = { ...held.session, ...changes, id };
      index.delete(id);
      index.insert({ session, touchedAtMs: held.touchedAtMs });
      return Promise.resolve(session);
    },
    remove: (id, end) => {
      const held = find(id);
      if (held !== undefined) finish(held, end);
      return Promise.resolve(held !== undefined);
    },
    ofUser: (contextId, userId) => Promise.resolve(sessions(index.ofUser(contextId, userId))),
    ofContext: (contextId) => Promise.resolve(sessions(index.all()).filter((one) => one.contextId === contextId)),
    onRemoved: (listener) => removals.add(listener),
    start: () => {
      sweep ??= setInterval(() => living(index.all()), deps.sweepPeriodMs ?? 1_000);
    },
    stop: () => {
      clearInterval(sweep);
      sweep = undefined;
    },
  };
}

const isExpired = ({ session, touchedAtMs }: HeldSession, limits: SessionStoreLimits, nowMs: number): boolean =>
  nowMs - touchedAtMs >= (session.staySignedIn ? limits.longLifeMs : limits.shortLifeMs);
