/**
 * The one place where a reason becomes an answer and a count, for `/ajax` routes and for Socket.IO's handshake alike.
 * A new reason does not compile without its row. The reason itself is the label of the counters.
 * Not here: who refuses and why (auth/validator.ts, server/realtime/).
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Session, SessionRefusal } from "../../auth/index.ts";
import { isSessionId } from "../../auth/index.ts";
import type { AjaxError, SendError } from "./ajax-answer.ts";

/** What the handshake refuses by itself, whatever the session. */
export type HandshakeRefusal =
  | "origin" // the page that asks is not one of ours
  | "path" // not exactly one of the endpoint's paths
  | "bad-request" // a parameter, header or transport that makes no sense
  | "unsupported-version" // a WebSocket version other than 13
  | "method"
  | "too-many-handshakes" // of one address in a short time
  | "too-many-pending" // connections of one user that have not joined yet
  | "draining"; // this node takes no new sockets: it stops, or its cluster is not there yet

export type Refusal = SessionRefusal | HandshakeRefusal;

/** Why a request of an `/ajax` route is refused. */
export type RequestRefusal =
  | SessionRefusal
  | "too-many-at-once" // requests of one session under way
  | "too-many-requests"; // of one address and User-Agent in a while

/** The answer to an upgrade or a polling handshake. The body stays empty: the client sees none of it. */
export interface SocketAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const forbidden: SocketAnswer = { status: 403 };
const notFound: SocketAnswer = { status: 404 };
const comeAgain: SocketAnswer = { status: 503, headers: { "Retry-After": "2" } };

/** All failures of a session look alike from outside: only the counters tell them apart. */
const socketAnswers: Readonly<Record<Refusal, SocketAnswer>> = {
  "session-missing": { status: 400 },
  "session-unknown": forbidden,
  "secret-missing": forbidden,
  "secret-mismatch": forbidden,
  "context-unknown": forbidden,
  "context-disabled": forbidden,
  "user-unknown": forbidden,
  "user-disabled": forbidden,
  "multifactor-pending": forbidden,
  "ip-check": forbidden,
  "websockets-disabled": forbidden,
  "source-unreachable": comeAgain,
  origin: forbidden,
  path: notFound,
  "bad-request": { status: 400 },
  "unsupported-version": { status: 426, headers: { "Sec-WebSocket-Version": "13" } },
  method: { status: 405 }, // `Allow` depends on what was asked for: whoever refuses sets it
  // `Retry-After` of the next two is different each time, or all would come back together: whoever refuses sets it.
  "too-many-handshakes": { status: 429 },
  "too-many-pending": { status: 429 },
  draining: comeAgain,
};

const expired: AjaxError = {
  code: "SES-0203",
  category: "TRY_AGAIN",
  text: "Your session expired. Please start a new browser session.",
  description: "The session is not valid any more",
};

/** Nobody can tell just now; the same request may succeed in a moment. */
export const serviceUnavailable: AjaxError = {
  code: "SRV-0001",
  category: "SERVICE_DOWN",
  text: "The required service is temporarily not available. Please try again later.",
  description: "The source of sessions or users did not answer",
  htmlStatus: 500,
  retryAfterSeconds: 2,
};

const routeErrors: Readonly<Record<RequestRefusal, AjaxError>> = {
  "session-missing": {
    code: "SVL-0002",
    category: "ERROR",
    text: "Missing the following request parameter: session",
    description: "Missing the following request parameter: session",
    htmlStatus: 400,
    form: "html",
  },
  "session-unknown": expired,
  "secret-missing": expired,
  "secret-mismatch": expired,
  "context-unknown": expired,
  "user-unknown": expired,
  "user-disabled": expired,
  "ip-check": expired,
  "context-disabled": {
    code: "SES-0204",
    category: "TRY_AGAIN",
    text: "The context is currently disabled. Please try again later.",
    description: "Context is locked",
  },
  "multifactor-pending": {
    code: "MFA-0001",
    category: "USER_INPUT",
    text: "Multifactor authentication is required.",
    description: "Multifactor authentication required but not done",
    htmlStatus: 500,
  },
  // No SES code for the next two: clients would take the session for dead and ask for a login.
  "websockets-disabled": {
    code: "OXB-0110",
    category: "PERMISSION_DENIED",
    text: "Web sockets are not available to you.",
    description: "com.openexchange.websockets.enabled is false for this user",
  },
  "source-unreachable": serviceUnavailable,
  "too-many-at-once": {
    code: "OXB-0116",
    category: "TRY_AGAIN",
    text: "There are too many requests at once. Please try again later.",
    description: "com.openexchange.defaultMaxConcurrentAJAXRequests is exceeded for this session",
    htmlStatus: 500,
  },
  "too-many-requests": {
    code: "OXB-0117",
    category: "TRY_AGAIN",
    text: "There were too many requests. Please try again later.",
    description: "com.openexchange.servlet.maxRate is exceeded for this address and User-Agent",
    jsonStatus: 429,
    htmlStatus: 429,
  },
};

/** The answer to a refused handshake; `count` is told of it, once. */
export function socketAnswer(reason: Refusal, count: (reason: Refusal) => void): SocketAnswer {
  count(reason);
  return socketAnswers[reason];
}

/** A refused request of an `/ajax` route. */
export interface RefusedRequest {
  readonly reason: RequestRefusal;
  readonly sessionId: string | undefined;
  /** The session that the request named, where one was found. */
  readonly session?: Session | undefined;
  /** Time after which the same request may pass. */
  readonly retryAfterMs?: number;
  /** As of an `AjaxError`. */
  readonly form?: AjaxError["form"];
}

/** One that is refused for its session. */
export type RefusedSession = RefusedRequest & { readonly reason: SessionRefusal };

/** Answers a refused request; counts it. */
export type RefuseRequest<Res extends ServerResponse = ServerResponse> = (
  req: IncomingMessage,
  res: Res,
  refused: RefusedRequest,
) => void;

export const createRefuseRequest =
  (sendError: SendError, count: (reason: RequestRefusal) => void): RefuseRequest =>
  (req, res, { reason, sessionId, form, retryAfterMs }) => {
    count(reason);
    const error = routeErrors[reason];
    const params = error === expired ? [namedSession(sessionId)] : [];
    const given = {
      ...(form === undefined ? {} : { form }),
      ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)) }),
    };
    sendError(req, res, { ...error, ...given }, params);
  };

/** An id of another form is never repeated: it may be anything. */
const namedSession = (id: string | undefined): string =>
  id !== undefined && isSessionId(id) ? id : "<invalid_sessionid>";
