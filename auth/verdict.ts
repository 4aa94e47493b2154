import type { User } from "./directory.ts";
import type { Session } from "./session.ts";

/** Why a request is not served as its session's user. A new reason does not compile without its answer. */
export type SessionRefusal =
  | "session-missing" // no session id in the request
  | "session-unknown" // no live session of this id (the reference: `nosession`)
  | "secret-missing" // the secret cookie is not there under the expected name (`nosecretcookie`)
  | "secret-mismatch" // it is there with another value (`secretmismatch`)
  | "context-unknown" // (`usernonexistent`)
  | "context-disabled"
  | "user-unknown" // (`usernonexistent`)
  | "user-disabled" // (`userdisabled`)
  | "multifactor-pending"
  | "ip-check" // another address than the session is bound to, and no rule lets it move (`ipcheck`)
  | "websockets-disabled" // `com.openexchange.websockets.enabled` is off for this user; only asked for sockets
  | "source-unreachable"; // nobody can tell just now: says nothing about the user

export type Verdict =
  | { readonly ok: true; readonly session: Session; readonly user: User }
  | {
      readonly ok: false;
      readonly reason: SessionRefusal;
      readonly session?: Session;
      /** With `source-unreachable`: how long the source has owed an answer. Time in a queue here does not count. Absent: all the time. */
      readonly silentForMs?: number;
    };

/** What the validator looks at. Free of any transport: routes and upgrades make the same one. */
export interface SessionRequest {
  readonly sessionId: string | undefined;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Address of the client, already freed from proxies; undefined where nobody knows it. */
  readonly address: string | undefined;
  /** Scheme and host as the browser sees them; told to a source that asks elsewhere. Default: `http` and the `Host` header. */
  readonly scheme?: "http" | "https";
  readonly host?: string | undefined;
  /** Path of the request, without query. */
  readonly path: string;
  /** A socket is asked for more than a request (the feature may be off), and touches nothing when refused. */
  readonly purpose: "request" | "socket";
}

export type Validator = (request: SessionRequest) => Promise<Verdict>;
