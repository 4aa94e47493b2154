/**
 * Sessions that all nodes of a cluster share (docs/sessions.md). Each look-up asks the members, so that an end counts
 * everywhere at once; what they do not answer in time is answered by what this node knows, for a bounded time, or by a
 * fault: never by a refusal. Log-ins and log-outs count here at once and travel when they can.
 * Not here: what follows from a record that is there, missing or ended (session-ledger.ts).
 */

import { createListeners } from "./listeners.ts";
import type { KnownSession } from "./known-sessions.ts";
import { createComparison } from "./session-comparison.ts";
import { createLedger } from "./session-ledger.ts";
import { exceededLimit } from "./session-limits.ts";
import { createReach } from "./session-reach.ts";
import type { Seal } from "./session-seal.ts";
import type { Session } from "./session.ts";
import type { AddRefusal, SessionEnd, SessionStore, SessionStoreLimits } from "./session-store.ts";
import { countSessions, listSessions, ofAuthId, ofContext, ofUser, type Where } from "./shared-lists.ts";
import { findSession, liveHere } from "./shared-look-up.ts";
import type { SharedParts } from "./shared-parts.ts";
import { createSharedSessionLife } from "./shared-session-life.ts";
import type { SharedFields, SharedSessions } from "./shared-sessions.ts";

export interface SharedSessionStoreDeps {
  readonly shared: SharedSessions;
  readonly seal: Seal;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds since the epoch. The nodes' clocks may differ by seconds. */
  readonly nowEpochMs: () => number;
  /** Asked anew each time. */
  readonly limits: () => SessionStoreLimits;
  /** How long sessions that this node has seen are served while nobody can be asked. */
  readonly offlineMs: () => number;
  /** How late the end of an expired session may be told, and what did not arrive is tried again. Default 1,000. */
  readonly sweepPeriodMs?: number;
  /** How long a request waits for an answer of the members. Default 500. */
  readonly deadlineMs?: number;
  /** How long after members came or went an unknown session is a fault, not a refusal. Default 10,000. */
  readonly settleMs?: number;
  /** Told what a listener threw, and what went wrong in the background. */
  readonly onFault: (fault: unknown) => void;
}

export interface SharedSessionStore extends SessionStore {
  /** Begins to follow the other nodes, and to sweep. */
  start(): void;
  /** The sessions stay. What has not arrived yet is lost with the process. */
  stop(): void;
}

const defaultDeadlineMs = 500;

export function createSharedSessionStore(deps: SharedSessionStoreDeps): SharedSessionStore {
  const { nowMs, shared, onFault } = deps;
  const deadlineMs = deps.deadlineMs ?? defaultDeadlineMs;
  const reach = createReach({ nowMs, deadlineMs, settleMs: deps.settleMs ?? 10_000 });
  const life = createSharedSessionLife(deps);
  const removals = createListeners<[Session, SessionEnd]>(onFault);
  const ledger = createLedger({ ...deps, reach, life, tellEnd: (session, end) => removals.tell(session, end) });
  const comparison = createComparison({ shared, ledger, reach, life, nowMs, onFault });
  const parts: Parts = { ...deps, reach, life, ledger, deadlineMs };
  const find = (id: string): Promise<KnownSession | undefined> => findSession(id, parts);
  const list = (where: Where): Promise<readonly KnownSession[]> => listSessions(where, parts);
  const total = (): Promise<number> => countSessions(parts, comparison.compare);
  const inTurn = createTurns();
  const following = createFollowing(parts, comparison, deps.sweepPeriodMs ?? 1_000);

  return {
    add: (session) =>
      inTurn(async () => {
        const refusal = await refusalOf(session, { list, total, limits: deps.limits });
        if (refusal === undefined) await written(ledger.insert(session), parts);
        return refusal;
      }),
    peek: async (id) => (await find(id))?.session,
    touch: async (id) => {
      const held = await find(id);
      if (held !== undefined) touch(held, parts);
      return held?.session;
    },
    update: async (id, changes) => {
      const held = await find(id);
      if (held === undefined) return undefined;
      const session: Session = { ...held.session, ...changes, id };
      ledger.change(held, session);
      await written(held, parts);
      return session;
    },
    remove: async (id, end) => {
      const held = liveHere(id, parts) ?? (await find(id));
      if (held === undefined || ledger.known.byKey(held.key) === undefined) return false;
      ledger.end(held, end);
      await written(held, parts);
      return true;
    },
    ofUser: async (contextId, userId) => (await list(ofUser(contextId, userId))).map(({ session }) => session),
    ofContext: async (contextId) => (await list(ofContext(contextId))).map(({ session }) => session),
    onRemoved: (listener) => removals.add(listener),
    start: () => following.start(),
    stop: () => following.stop(),
  };
}

interface Parts extends SharedSessionStoreDeps, SharedParts {
  readonly deadlineMs: number;
}

function touch(held: KnownSession, { ledger, life, reach, nowMs }: Parts): void {
  held.touchedAtMs = nowMs();
  const writtenAtMs = held.written?.touchedAtMs ?? -Infinity;
  if (nowMs() - writtenAtMs < life.touchPeriodMs()) return;
  if (reach.isSilent)
    ledger.defer(held.key); // one write when the members are back, however many requests come until then
  else void ledger.write(held.key); // behind: nobody waits for a touch
}

/** Waits until a change has arrived, but no longer than for any answer: it travels on by itself. */
async function written({ key }: KnownSession, { ledger, reach, deadlineMs }: Parts): Promise<void> {
  const arrival = ledger.write(key);
  if (reach.isSilent) return;
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([arrival, new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)))]);
  clearTimeout(timer);
}

interface LimitDeps {
  readonly list: (where: Where) => Promise<readonly KnownSession[]>;
  readonly total: () => Promise<number>;
  readonly limits: () => SessionStoreLimits;
}

async function refusalOf(session: Session, { list, total, limits }: LimitDeps): Promise<AddRefusal | undefined> {
  const { contextId, userId, authId } = session;
  const [taken, others, size] = await Promise.all([list(ofAuthId(authId)), list(ofUser(contextId, userId)), total()]);
  if (taken.length > 0) return "duplicate-auth-id";
  return exceededLimit(
    session,
    size,
    others.map((other) => other.session),
    limits(),
  );
}

/** One log-in after the other, so that two of this node cannot both take the last place. */
function createTurns(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task, task);
    last = turn;
    return turn;
  };
}

/** Listening to the other nodes, and what is done from time to time. */
function createFollowing(
  { ledger, life, reach, shared, onFault }: Parts,
  comparison: ReturnType<typeof createComparison>,
  sweepPeriodMs: number,
): Pick<SharedSessionStore, "start" | "stop"> {
  let timer: NodeJS.Timeout | undefined;
  let unwatch: readonly (() => void)[] = [];
  const tick = (): void => void comparison.tick().catch(onFault);
  const sweep = (): void => {
    ledger.ends.forgetOld();
    if (!reach.isConnected) {
      for (const held of [...ledger.known.all()])
        if (held.written === undefined && life.isOver(held)) ledger.expire(held);
      return;
    }
    ledger.retry();
    tick();
  };
  const connection = (event: "up" | "down" | "members"): void => {
    reach.connection(event);
    if (event === "down") return;
    ledger.retry();
    comparison.request();
    tick();
  };
  const changed = ({ key, value }: { readonly key: string; readonly value?: SharedFields }): void => {
    if (value !== undefined) ledger.heardEnd(key, value);
  };
  return {
    start: () => {
      if (timer !== undefined) return;
      timer = setInterval(sweep, sweepPeriodMs);
      unwatch = [shared.records.watch({ connection }), shared.ends.watch({ changed })];
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      for (const end of unwatch) end();
      unwatch = [];
    },
  };
}
