/** Logging out: needs no more than the session, its secret and its address, so that a disabled user can leave too. */

import type { HashRules } from "./cookie-hash.ts";
import { checkAddress, type IpCheckFor } from "./ip-check.ts";
import { checkSecret } from "./secret-check.ts";
import type { Session } from "./session.ts";
import { isSessionId } from "./session-id.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionRefusal, SessionRequest } from "./verdict.ts";

export type LogoutOutcome =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly reason: SessionRefusal; readonly session?: Session };

/** Removes the session of a request, also when it comes from a wrong address. Rejects when the store fails. */
export type Logout = (request: SessionRequest) => Promise<LogoutOutcome>;

export interface LogoutDeps {
  readonly sessions: Pick<SessionStore, "peek" | "remove">;
  readonly hashRules: HashRules;
  readonly ipCheckFor: IpCheckFor;
}

export function createLogout({ sessions, hashRules, ipCheckFor }: LogoutDeps): Logout {
  return async (request) => {
    const id = request.sessionId;
    if (id === undefined || id === "") return { ok: false, reason: "session-missing" };
    const session = isSessionId(id) ? await sessions.peek(id) : undefined;
    if (session === undefined) return { ok: false, reason: "session-unknown" };
    const reason = checkSecret(session, request, hashRules);
    if (reason !== undefined) return { ok: false, reason };
    const elsewhere = checkAddress(session, request.address, ipCheckFor(session)) === "refused";
    await sessions.remove(session.id, elsewhere ? "removed" : "logout");
    return elsewhere ? { ok: false, reason: "ip-check", session } : { ok: true, session };
  };
}
