/**
 * How long a session lives that several nodes touch. A touch is told to the others at most once in a while, so a session
 * is over only when it would be over had another node touched it just now without having told: never early, a little late.
 */

import type { Session } from "./session.ts";
import type { SessionStoreLimits } from "./session-store.ts";

export interface SharedSessionLife {
  /** A touch is written when the one that was written last is older than this. */
  touchPeriodMs(): number;
  isOver(held: { readonly session: Session; readonly touchedAtMs: number }): boolean;
  /** How long the members keep the record from now on. */
  recordTtlMs(held: { readonly session: Session; readonly touchedAtMs: number }): number;
  /** How long an end must be known: as long as a node that was cut off could take the session for alive. */
  endTtlMs(session: Pick<Session, "staySignedIn">): number;
}

const longestTouchPeriodMs = 60_000;
/** Members count whole seconds, by clocks of their own. */
const ttlSlackMs = 2_000;

export interface SharedSessionLifeOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly limits: () => SessionStoreLimits;
  /** How long a node that is cut off serves sessions. */
  readonly offlineMs: () => number;
}

export function createSharedSessionLife({ nowMs, limits, offlineMs }: SharedSessionLifeOptions): SharedSessionLife {
  const touchPeriodMs = (): number => Math.min(longestTouchPeriodMs, limits().shortLifeMs / 10);
  const lifeMs = ({ staySignedIn }: Pick<Session, "staySignedIn">): number =>
    // half a period more for clocks of nodes that differ
    (staySignedIn ? limits().longLifeMs : limits().shortLifeMs) + 1.5 * touchPeriodMs();
  return {
    touchPeriodMs,
    isOver: ({ session, touchedAtMs }) => nowMs() - touchedAtMs >= lifeMs(session),
    recordTtlMs: ({ session, touchedAtMs }) => Math.max(0, lifeMs(session) - (nowMs() - touchedAtMs)) + ttlSlackMs,
    endTtlMs: (session) => lifeMs(session) + offlineMs() + ttlSlackMs,
  };
}
