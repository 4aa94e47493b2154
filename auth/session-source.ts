/**
 * What the socket endpoint asks of whoever knows sessions, and all it knows about them. Two say what a valid session is:
 * the embedded store (joined in server/accounts.ts) and the App Suite middleware (auth/middleware/).
 */
import type { Session } from "./session.ts";
import type { SessionEnd } from "./session-store.ts";
import type { SessionRequest, Validator } from "./verdict.ts";

/** Why the sockets of a session end: it ended itself, or its user may not have sockets any more. */
export type SocketsEnd = SessionEnd | "websockets-disabled";

export interface SessionSource {
  /** Every step of a regular request. */
  readonly validate: Validator;
  /** Whether a poll of an open connection comes from the browser that opened it. Asks nobody. */
  bearsSecret(request: SessionRequest, session: Session): boolean;
  /** Whether the session lives, without extending its life. Rejects when nobody can tell just now. */
  isAlive(session: Session): Promise<boolean>;
  /** `com.openexchange.websockets.enabled` for this user. Rejects when nobody can tell just now. */
  mayOpen(user: { readonly contextId: number; readonly userId: number }): Promise<boolean>;
  /** A socket of this session is open until the returned function is called. A source that has to ask whether sessions live asks for these. */
  follow(session: Session): () => void;
  /** Calls back when the sockets of a session must end. Returns the function that ends it. */
  onEnded(listener: (session: { readonly id: string }, end: SocketsEnd) => void): () => void;
}
