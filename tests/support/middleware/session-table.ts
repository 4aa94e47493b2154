/** The sessions of the stand-in: one idle time instead of the middleware's rotating containers. */
import { randomBytes } from "node:crypto";

export interface SessionRecord {
  readonly id: string;
  secret: string;
  readonly altId: string;
  readonly authId: string;
  readonly contextId: number;
  readonly userId: number;
  /** As typed at the login, for the answers: its user part. */
  readonly login: string;
  readonly client: string;
  readonly guest: boolean;
  readonly staySignedIn: boolean;
  /** The hash of the login, for `remember`. */
  hash: string;
  /** The address that it is bound to. */
  localIp: string;
  /** Two flags of the middleware in one: no second factor asked for, asked for, solved. */
  multifactor: "none" | "pending" | "done";
  /** Comma-separated scopes; a session with this parameter passes the multifactor inspector. */
  restricted?: string;
  /** The parameter that the last request with a secret has overwritten. */
  httpSession?: string;
  touchedMs: number;
  /** How often it was found by a request that keeps it alive. */
  touches: number;
}

export type NewSession = Pick<
  SessionRecord,
  "contextId" | "userId" | "login" | "client" | "guest" | "staySignedIn" | "hash" | "localIp" | "multifactor"
> & { readonly authId?: string };

export interface SessionTable {
  /** Undefined when the `authId` was used before. */
  add(session: NewSession): SessionRecord | undefined;
  /** Looks up and keeps alive. */
  touch(id: string): SessionRecord | undefined;
  /** Looks up and changes nothing. */
  peek(id: string): SessionRecord | undefined;
  /** Removes without telling anybody. */
  remove(id: string): boolean;
  removeAll(): void;
  all(): readonly SessionRecord[];
}

export const newHexId = (): string => randomBytes(16).toString("hex");

/** @param nowMs monotonic @param lifeMs asked at each look-up */
export function createSessionTable(nowMs: () => number, lifeMs: () => number): SessionTable {
  const sessions = new Map<string, SessionRecord>();
  const authIds = new Set<string>();
  const peek = (id: string): SessionRecord | undefined => {
    const session = sessions.get(id);
    if (session === undefined || nowMs() - session.touchedMs < lifeMs()) return session;
    sessions.delete(id);
    return undefined;
  };
  return {
    add: ({ authId = newHexId(), ...given }) => {
      if (authIds.has(authId)) return undefined;
      authIds.add(authId);
      const own = { id: newHexId(), secret: newHexId(), altId: newHexId(), authId };
      const session: SessionRecord = { ...given, ...own, touchedMs: nowMs(), touches: 0 };
      sessions.set(session.id, session);
      return session;
    },
    touch: (id) => {
      const session = peek(id);
      if (session !== undefined) {
        session.touchedMs = nowMs();
        session.touches += 1;
      }
      return session;
    },
    peek,
    remove: (id) => sessions.delete(id),
    removeAll: () => sessions.clear(),
    all: () => [...sessions.keys()].flatMap((id) => peek(id) ?? []),
  };
}
