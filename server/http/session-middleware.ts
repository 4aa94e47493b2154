/**
 * The validator as middleware, the same for Express routes and for Socket.IO's handshake: it needs no more than Node's
 * own request and response. `cookie-parser` has run before it. Not here: the steps (auth/validator.ts) and the answers
 * (refusals.ts).
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Session, SessionRequest, User, Verdict } from "../../auth/index.ts";
import { formValues, pathOf, queryValues, type ParameterBearer } from "./parameters.ts";
import type { RefusedSession } from "./refusals.ts";

/** A session that passed all steps, with its user. */
export interface ValidSession {
  readonly session: Session;
  readonly user: User;
}

const attached: unique symbol = Symbol("valid session");

/** The part of a request that is read: Node's, with what middleware before this one may have added. */
export interface SessionBearer extends ParameterBearer {
  /** Left by `cookie-parser`. */
  cookies?: unknown;
  [attached]?: ValidSession;
}

export interface SessionMiddlewareDeps<Res extends ServerResponse = ServerResponse> {
  /** The validator; it may look at who asks, and see by the response that it has gone. */
  readonly validate: (request: SessionRequest, req: IncomingMessage, res: ServerResponse) => Promise<Verdict>;
  /** What is asked for: a request takes the session id from query or form, a socket from the query alone. */
  readonly purpose: SessionRequest["purpose"];
  /** Address of the client, already freed from proxies. */
  readonly addressOf: (req: IncomingMessage) => string | undefined;
  /** Answers a refusal and counts it. */
  readonly refuse: (req: IncomingMessage, res: Res, refused: RefusedSession) => void;
}

export type SessionMiddleware<Res extends ServerResponse = ServerResponse> = (
  req: SessionBearer,
  res: Res,
  next: (fault?: unknown) => void,
) => void;

/**
 * Lets a request pass only as its session's user; all others are answered by `refuse`. A request that already bears a
 * valid session passes at once.
 */
export function createSessionMiddleware<Res extends ServerResponse>(
  deps: SessionMiddlewareDeps<Res>,
): SessionMiddleware<Res> {
  const examine = async (req: SessionBearer, res: Res): Promise<boolean> => {
    if (sessionOf(req) !== undefined) return true;
    const request = sessionRequestOf(req, deps.purpose, deps.addressOf(req));
    const verdict = await deps.validate(request, req, res);
    if (verdict.ok) req[attached] = { session: verdict.session, user: verdict.user };
    else deps.refuse(req, res, { reason: verdict.reason, sessionId: request.sessionId, session: verdict.session });
    return verdict.ok;
  };
  return (req, res, next) => {
    examine(req, res).then((valid) => {
      if (valid) next();
    }, next);
  };
}

/** The session that the middleware found; undefined where it has not run. */
export const sessionOf = (req: SessionBearer): ValidSession | undefined => req[attached];

/** The session of a request behind the middleware. @throws where the middleware was forgotten. */
export function requiredSessionOf(req: SessionBearer): ValidSession {
  const found = sessionOf(req);
  if (found === undefined) throw new Error("a route that needs a session is not behind the session middleware");
  return found;
}

/** What the validator looks at, read from a request. */
export function sessionRequestOf(
  req: SessionBearer,
  purpose: SessionRequest["purpose"],
  address: string | undefined,
): SessionRequest {
  const ids = [...queryValues(req, "session"), ...(purpose === "request" ? formValues(req, "session") : [])];
  return {
    sessionId: ids.every((id) => id === ids[0]) ? ids[0] : undefined, // a request that contradicts itself names none
    cookies: cookiesOf(req.cookies),
    headers: req.headers,
    address,
    path: pathOf(req),
    purpose,
  };
}

/** Own properties that are texts: `cookie-parser` turns values that begin with `j:` into objects. */
const cookiesOf = (cookies: unknown): SessionRequest["cookies"] =>
  Object.fromEntries(
    Object.entries(cookies ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
