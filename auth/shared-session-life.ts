/**
 * How long a session lives that several nodes touch. A touch is told to the others at most once in a while, so a session
 * is over only when it would be over had another node touched it just now without having told: never early, a little late.
 */

import type { Session } from "./session.ts";
import type { SessionStoreLimits } from "./session-store.ts";

/** The part of a session that says how long it lives. */
interface Touched {
  readonly session: Pick<Session, "staySignedIn">;
  readonly touchedAtMs: number;
}

export interface SharedSessionLife {
  /** A touch is written when the one that was written last is older than this. */
  touchPeriodMs(): number;
  isOver(held: Touched): boolean;
  /** The same for many at this moment: limits are read once. */
  over(): (held: Touched) => boolean;
  /** How long the members keep the record from now on. */
  recordTtlMs(held: Touched): number;
  /** How long an end must be known: as long as a node that was cut off could take the session for alive. */
  endTtlMs(session: Pick<Session, "staySignedIn">): number;
}

const longestTouchPeriodMs = 60_000;
/** Members count whole seconds, by clocks of their own. */
const ttlSlackMs = 2_000;

const touchPeriodOf = (shortLifeMs: number): number => Math.min(longestTouchPeriodMs, shortLifeMs / 10);

export interface SharedSessionLifeOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly limits: () => SessionStoreLimits;
  /** How long a node that is cut off serves sessions. */
  readonly offlineMs: () => number;
}

export function createSharedSessionLife({ nowMs, limits, offlineMs }: SharedSessionLifeOptions): SharedSessionLife {
  const lives = (): ((session: Touched["session"]) => number) => {
    const { shortLifeMs, longLifeMs } = limits();
    const moreMs = 1.5 * touchPeriodOf(shortLifeMs); // half a period for clocks of nodes that differ
    return ({ staySignedIn }) => (staySignedIn ? longLifeMs : shortLifeMs) + moreMs;
  };
  const lifeMs = (session: Touched["session"]): number => lives()(session);
  const over = (): ((held: Touched) => boolean) => {
    const [lifeOf, now] = [lives(), nowMs()];
    return ({ session, touchedAtMs }) => now - touchedAtMs >= lifeOf(session);
  };
  return {
    touchPeriodMs: () => touchPeriodOf(limits().shortLifeMs),
    isOver: (held) => over()(held),
    over,
    recordTtlMs: ({ session, touchedAtMs }) => Math.max(0, lifeMs(session) - (nowMs() - touchedAtMs)) + ttlSlackMs,
    endTtlMs: (session) => lifeMs(session) + offlineMs() + ttlSlackMs,
  };
}
