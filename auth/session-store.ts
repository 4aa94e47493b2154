import type { Session } from "./session.ts";

/** Why a session ended. */
export type SessionEnd = "logout" | "expired" | "removed" | "user-disabled" | "context-disabled" | "password-changed";

/** Why a session was not added: the total limit, the limit per user, the limit per client, an authId in use. */
export type AddRefusal = "limit-total" | "limit-user" | "limit-client" | "duplicate-auth-id";

export interface SessionStoreLimits {
  readonly maxSessions: number;
  /** 0 or less: none. */
  readonly maxSessionsPerUser: number;
  /** Sessions of one user with one client. 0 or less: none. */
  readonly maxSessionsPerClient: number;
  /** Idle milliseconds after which a session ends (a stay-signed-in session: rests until `longLifeMs`). */
  readonly shortLifeMs: number;
  readonly longLifeMs: number;
}

/**
 * Keeps sessions. Implementations pass the one contract suite in `tests/contract/session-store.ts`.
 * A fault of the store itself rejects; "not there" is a value.
 */
export interface SessionStore {
  /** Adds a session with the first touch, or says why not. */
  add(session: Session): Promise<AddRefusal | undefined>;
  /** The live session, without extending its life. */
  peek(id: string): Promise<Session | undefined>;
  /** The live session, its idle time begun anew. */
  touch(id: string): Promise<Session | undefined>;
  /** Changes fields of a live session; undefined when it is gone. */
  update(id: string, changes: Partial<Omit<Session, "id">>): Promise<Session | undefined>;
  /** Ends a session. False: it was not there. */
  remove(id: string, end: SessionEnd): Promise<boolean>;
  /** Live sessions of one user. */
  ofUser(contextId: number, userId: number): Promise<readonly Session[]>;
  /** Live sessions of all users of one context. */
  ofContext(contextId: number): Promise<readonly Session[]>;
  /** Calls back once for each session that ends, whatever the cause. Returns the function that ends it. */
  onRemoved(listener: (session: Session, end: SessionEnd) => void): () => void;
}
