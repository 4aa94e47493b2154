/** Logging in with name and password: from credentials to a session. Free of any transport. */

import { cookieHash, guestAdditionals, headerOf, type HashRules } from "./cookie-hash.ts";
import type { Directory, User } from "./directory.ts";
import type { LoginAttempts } from "./login-attempts.ts";
import type { Session } from "./session.ts";
import type { AddRefusal, SessionStore } from "./session-store.ts";
import type { SessionRequest } from "./verdict.ts";

export interface LoginDeps {
  readonly directory: Pick<Directory, "authenticate" | "context">;
  readonly sessions: Pick<SessionStore, "add">;
  readonly hashRules: HashRules;
  readonly attempts: LoginAttempts;
  /** A new id: 32 lower-case hex characters, unpredictable. */
  readonly newId: () => string;
  /** Milliseconds since the epoch. */
  readonly nowEpochMs: () => number;
}

export interface LoginRequest {
  /** As it was typed; trimmed here. */
  readonly name: string;
  readonly password: string;
  readonly client: string;
  /** Absent: a new one. */
  readonly authId?: string;
  /** The address to bind the session to, where it is not the client's own. */
  readonly clientIp?: string;
  /** What the cookies' names are made of, where it is not the request's own User-Agent. */
  readonly clientUserAgent?: string;
  readonly staySignedIn: boolean;
  readonly headers: SessionRequest["headers"];
  /** Address of the client, already freed from proxies. Failures are counted by it. */
  readonly address: string | undefined;
}

export type LoginOutcome =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly reason: "invalid-credentials" | AddRefusal }
  | { readonly ok: false; readonly reason: "too-many-failures"; readonly retryAfterMs: number };

/** Logs in. Rejects when directory or store fail, `TooBusyError` included. */
export type Login = (request: LoginRequest) => Promise<LoginOutcome>;

export function createLogin(deps: LoginDeps): Login {
  return async (request) => {
    const name = request.name.trim();
    const attempt = await deps.attempts.begin(name, request.address);
    if (!attempt.ok) return { ok: false, reason: "too-many-failures", retryAfterMs: attempt.retryAfterMs };
    const user = await activeUser(name, request.password, deps.directory).catch((fault: unknown) => {
      attempt.release(); // our own failure, not a wrong guess
      throw fault;
    });
    if (user === undefined) return { ok: false, reason: "invalid-credentials" };
    attempt.release();
    const session = sessionFor(user, { ...request, name }, deps);
    const refusal = await deps.sessions.add(session);
    return refusal === undefined ? { ok: true, session } : { ok: false, reason: refusal };
  };
}

/** Whoever is disabled learns no more than that the credentials do not do. */
async function activeUser(
  name: string,
  password: string,
  directory: LoginDeps["directory"],
): Promise<User | undefined> {
  const user = await directory.authenticate(name, password);
  if (user?.enabled !== true) return undefined;
  return (await directory.context(user.contextId))?.enabled === true ? user : undefined;
}

/** Kept only to be shown: bounded, whatever a client calls itself. */
const shownUserAgentLength = 512;

function sessionFor(user: User, request: LoginRequest, { newId, nowEpochMs, hashRules }: LoginDeps): Session {
  const userAgent = userAgentOf(request);
  const owner = { contextId: user.contextId, userId: user.id, guest: user.guest };
  const additionals = guestAdditionals(owner);
  return {
    ...owner,
    id: newId(),
    secret: newId(),
    altId: newId(),
    authId: request.authId ?? newId(),
    userLogin: user.login,
    login: request.name,
    locale: user.locale,
    client: request.client,
    userAgent: userAgent.slice(0, shownUserAgentLength),
    localIp: request.clientIp ?? request.address ?? "",
    hash: cookieHash({ userAgent, client: request.client, additionals, headers: request.headers }, hashRules),
    staySignedIn: request.staySignedIn,
    multifactor: user.multifactor,
    multifactorAuthenticated: false,
    createdAtMs: nowEpochMs(),
  };
}

/** The User-Agent that counts at a login: the parameter, else the header. */
export const userAgentOf = (request: Pick<LoginRequest, "clientUserAgent" | "headers">): string =>
  request.clientUserAgent ?? headerOf(request.headers, "user-agent");
