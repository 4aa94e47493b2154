/** Taking up a session again by the cookies that a browser kept. Free of any transport. */

import { equalSecrets } from "./constant-time.ts";
import { cookieHash, type HashRules } from "./cookie-hash.ts";
import { cookieNames } from "./cookies.ts";
import type { Directory } from "./directory.ts";
import { checkAddress, type IpCheckFor } from "./ip-check.ts";
import { userAgentOf } from "./login.ts";
import type { Session } from "./session.ts";
import { isSessionId } from "./session-id.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionRequest } from "./verdict.ts";

export interface AutologinDeps {
  readonly directory: Pick<Directory, "context" | "user">;
  readonly sessions: Pick<SessionStore, "peek" | "touch" | "update" | "remove">;
  readonly hashRules: HashRules;
  readonly ipCheckFor: IpCheckFor;
}

export interface AutologinRequest extends Pick<SessionRequest, "cookies" | "headers" | "address"> {
  readonly client: string;
  readonly clientUserAgent?: string;
}

/** `hash` is the one in the names of the cookies that were looked for, so that they can be renewed or dropped. */
export type AutologinOutcome =
  | { readonly ok: true; readonly hash: string; readonly session: Session }
  | { readonly ok: false; readonly hash: string; readonly reason: "invalid-cookie" | "invalid-credentials" };

/** Finds the session of the cookies. Rejects when directory or store fail. */
export type Autologin = (request: AutologinRequest) => Promise<AutologinOutcome>;

/**
 * The hash is always calculated here, whatever the hash source: without a session there is nothing to remember it by.
 * Guests log in with their share's cookie, which is not served here.
 */
export function createAutologin(deps: AutologinDeps): Autologin {
  const { directory, sessions, hashRules } = deps;
  return async (request) => {
    const hash = cookieHash(
      { userAgent: userAgentOf(request), client: request.client, headers: request.headers },
      hashRules,
    );
    const id = request.cookies[cookieNames.session(hash)];
    const secret = request.cookies[cookieNames.secret(hash)];
    const found = id !== undefined && isSessionId(id) ? await sessions.peek(id) : undefined;
    if (found === undefined || secret === undefined || !equalSecrets(secret, found.secret))
      return { ok: false, hash, reason: "invalid-cookie" };
    if (!(await isActive(found, directory))) return { ok: false, hash, reason: "invalid-credentials" };
    const session = await resume(found, request.address, deps);
    return session === undefined ? { ok: false, hash, reason: "invalid-cookie" } : { ok: true, hash, session };
  };
}

/** The session, begun anew at this address; undefined where the IP check does not let it move, which ends it. */
async function resume(
  found: Session,
  address: string | undefined,
  { sessions, ipCheckFor }: AutologinDeps,
): Promise<Session | undefined> {
  const outcome = checkAddress(found, address, ipCheckFor(found));
  if (outcome === "refused") {
    await sessions.remove(found.id, "removed");
    return undefined;
  }
  const touched = await sessions.touch(found.id);
  const moves = touched !== undefined && outcome === "moved" && address !== undefined;
  return moves ? await sessions.update(found.id, { localIp: address }) : touched;
}

const isActive = async (session: Session, directory: AutologinDeps["directory"]): Promise<boolean> =>
  (await directory.context(session.contextId))?.enabled === true &&
  (await directory.user(session.contextId, session.userId))?.enabled === true;
