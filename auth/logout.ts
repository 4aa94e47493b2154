/** Logging out: needs no more than the session and its secret, so that a disabled user can leave too. */

import type { HashRules } from "./cookie-hash.ts";
import { checkSecret } from "./secret-check.ts";
import type { Session } from "./session.ts";
import { isSessionId } from "./session-id.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionRefusal, SessionRequest } from "./verdict.ts";

export type LogoutOutcome =
  { readonly ok: true; readonly session: Session } | { readonly ok: false; readonly reason: SessionRefusal };

/** Removes the session of a request. Rejects when the store fails. */
export type Logout = (request: SessionRequest) => Promise<LogoutOutcome>;

export function createLogout(sessions: Pick<SessionStore, "peek" | "remove">, hashRules: HashRules): Logout {
  return async (request) => {
    const id = request.sessionId;
    if (id === undefined || id === "") return { ok: false, reason: "session-missing" };
    const session = isSessionId(id) ? await sessions.peek(id) : undefined;
    if (session === undefined) return { ok: false, reason: "session-unknown" };
    const reason = checkSecret(session, request, hashRules);
    if (reason !== undefined) return { ok: false, reason };
    await sessions.remove(session.id, "logout");
    return { ok: true, session };
  };
}
