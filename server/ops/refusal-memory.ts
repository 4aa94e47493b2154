/**
 * The last refusals of each user at this node, for whoever asks why somebody has no push. Bounded, in memory only, and
 * never an id of a session. A handshake that was refused before anybody looked at its session is kept by the session's
 * fingerprint, in a place of its own: what anybody may send pushes out nothing that is known of users.
 */
import { sessionFingerprint } from "../../auth/index.ts";
import type { Refusal } from "../http/refusals.ts";

export interface Remembered {
  readonly reason: Refusal;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Whose handshake it was: the user, or the id of a session that nobody has looked at. */
export type Refused = { readonly contextId: number; readonly userId: number } | { readonly sessionId: string };

export interface RefusalMemory {
  note(reason: Refusal, who: Refused): void;
  /** The last ones of a user, newest first. @param sessions fingerprints of the user's sessions */
  of(user: { readonly contextId: number; readonly userId: number }, sessions: readonly string[]): readonly Remembered[];
}

/** Of one user, or one session. */
const kept = 5;
/** Users, and likewise sessions. */
const most = 1_000;

export function createRefusalMemory(nowEpochMs: () => number): RefusalMemory {
  const [byUser, bySession] = [createShelf(), createShelf()];
  return {
    note: (reason, who) => {
      const refusal = { reason, atMs: nowEpochMs() };
      if ("sessionId" in who) bySession.put(sessionFingerprint(who.sessionId), refusal);
      else byUser.put(userKey(who), refusal);
    },
    of: (user, sessions) =>
      [...byUser.of(userKey(user)), ...sessions.flatMap((session) => bySession.of(session))]
        .sort((a, b) => b.atMs - a.atMs)
        .slice(0, kept),
  };
}

const userKey = (user: { readonly contextId: number; readonly userId: number }): string =>
  `${user.contextId}:${user.userId}`;

/** Whoever was refused longest ago makes room. */
function createShelf() {
  const refusals = new Map<string, readonly Remembered[]>();
  return {
    put: (key: string, refusal: Remembered): void => {
      const before = refusals.get(key) ?? [];
      refusals.delete(key);
      refusals.set(key, [...before, refusal].slice(-kept));
      const [oldest] = refusals.keys();
      if (refusals.size > most && oldest !== undefined) refusals.delete(oldest);
    },
    of: (key: string): readonly Remembered[] => refusals.get(key) ?? [],
  };
}
