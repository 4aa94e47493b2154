/**
 * The way into Socket.IO: Express middleware on exactly two paths. It checks what costs nothing first (path, shape, Origin),
 * then lets the session middleware of the HTTP routes decide, and only what passed all of it reaches Engine.IO.
 * Upgrades and polling requests go the same way. Answers stand in `http/refusals.ts`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Server as EngineServer } from "engine.io";
import { isSessionId, sessionFingerprint } from "../../auth/index.ts";
import type { Session } from "../../auth/index.ts";
import type { ValidSession } from "../http/session-middleware.ts";
import { requiredSessionOf, sessionOf } from "../http/session-middleware.ts";
import { socketAnswer } from "../http/refusals.ts";
import type { Refusal } from "../http/refusals.ts";
import type { Refused } from "../ops/refusal-memory.ts";
import type { Client } from "../http/client.ts";
import { pathOf, queryValues } from "../http/parameters.ts";
import { isUpgrade, takeUpgrade } from "../http/upgrade.ts";
import type { Admission, Admissions } from "./admission.ts";
import { engineErrors, readHandshakeQuery } from "./handshake-query.ts";
import type { EngineError, HandshakeQuery, TransportName } from "./handshake-query.ts";
import type { Admitted, HandshakeLimits } from "./handshake-limits.ts";
import { isOriginAllowed } from "./origin.ts";
import type { Allowed } from "./origin.ts";

/** The servlet's path and the one that the App Suite UI uses. Nothing else is served. */
export const socketPaths = ["/socket.io/", "/socket.io/appsuite/"] as const;

export interface HandshakeDeps {
  readonly engine: EngineServer;
  readonly admissions: Admissions;
  readonly limits: Pick<HandshakeLimits, "fromAddress" | "begin">;
  readonly transports: readonly TransportName[];
  /** The validator as middleware, for sockets. It answers and counts its refusals itself. */
  readonly requireSession: RequestHandler;
  /** Whether a request carries the secret cookie of this session. */
  readonly bearsSecret: (request: IncomingMessage, session: Session) => boolean;
  readonly clientOf: (request: IncomingMessage) => Client;
  readonly allowedOrigins: () => Allowed;
  /** False while this node takes no new sockets. */
  readonly isOpen: () => boolean;
  readonly newConnectionId: () => string;
  /** Milliseconds since the epoch. */
  readonly nowEpochMs: () => number;
  readonly countRefusal: (reason: Refusal) => void;
  /** Remembers whose handshake was refused, as far as that is known. */
  readonly noteRefusal: (reason: Refusal, who: Refused) => void;
  readonly countAccepted: () => void;
}

export function createHandshake(deps: HandshakeDeps): RequestHandler {
  const refuse: Refuse = (res, reason, { error, allow } = {}) => {
    const answer = socketAnswer(reason, deps.countRefusal);
    const who = refusedIn(res.req);
    if (who !== undefined) deps.noteRefusal(reason, who);
    res.status(answer.status).set(answer.headers ?? {});
    if (allow !== undefined) res.set("Allow", allow);
    if (error === undefined) res.end();
    else res.json(error);
  };
  /** What is thrown behind the session middleware has nobody else to catch it. */
  const thenEnter = (req: Request, res: Response, next: NextFunction, query: HandshakeQuery) => (fault?: unknown) => {
    try {
      if (fault === undefined) enter(req, res, query, deps, refuse);
      else next(fault);
    } catch (thrown) {
      next(thrown);
    }
  };
  return (req, res, next) => {
    if (!isSocketPath(pathOf(req))) {
      if (isUpgrade(req)) refuse(res, "path");
      else next();
      return;
    }
    const checked = checkBeforeSession(req, deps);
    if (!checked.ok) refuse(res, checked.reason, checked);
    else if (checked.query.sid !== undefined) continuePolling(req, res, checked.query, deps);
    else if (!isAdmitted(res, deps.limits.fromAddress(deps.clientOf(req).address))) refuse(res, "too-many-handshakes");
    else deps.requireSession(req, res, thenEnter(req, res, next, checked.query));
  };
}

/** The user where the session was valid, else the session that the request names; undefined: it names none. */
function refusedIn(req: Request): Refused | undefined {
  const valid = sessionOf(req);
  if (valid !== undefined) return valid.session;
  const [sessionId, ...others] = queryValues(req, "session");
  return sessionId !== undefined && others.length === 0 && isSessionId(sessionId) ? { sessionId } : undefined;
}

/** Where it is not, the answer says when to come again. */
function isAdmitted(res: Response, admitted: Admitted): boolean {
  if (!admitted.ok) res.set("Retry-After", String(admitted.retryAfterSeconds));
  return admitted.ok;
}

/** What the answer to a refused handshake says besides its status. */
interface RefusalDetails {
  readonly error?: EngineError;
  /** Methods that would have been taken. */
  readonly allow?: string;
}
type Refuse = (res: Response, reason: Refusal, details?: RefusalDetails) => void;

type Checked =
  | { readonly ok: true; readonly query: HandshakeQuery }
  | ({ readonly ok: false; readonly reason: Refusal } & RefusalDetails);

function checkBeforeSession(req: Request, deps: HandshakeDeps): Checked {
  if (!deps.isOpen()) return { ok: false, reason: "draining" };
  const upgrade = isUpgrade(req);
  const read = readHandshakeQuery({ url: req.originalUrl, method: req.method, upgrade }, deps.transports);
  if (!read.ok) return { ...read, reason: "error" in read ? "bad-request" : "method" };
  if (upgrade && req.headers["sec-websocket-version"] !== "13") return { ok: false, reason: "unsupported-version" };
  if (upgrade && !isWebSocketUpgrade(req)) return { ok: false, reason: "bad-request", error: engineErrors.badRequest };
  const headers = { origin: req.headers.origin, secFetchSite: req.get("sec-fetch-site") };
  if (!isOriginAllowed(headers, deps.clientOf(req), deps.allowedOrigins())) return { ok: false, reason: "origin" };
  return read;
}

/** RFC 6455, 4.2.1: HTTP/1.1, the headers of an opening handshake, and no body. */
const isWebSocketUpgrade = (req: Request): boolean =>
  req.httpVersion === "1.1" &&
  req.headers.upgrade?.toLowerCase() === "websocket" &&
  /^[+/0-9A-Za-z]{22}==$/.test(req.get("sec-websocket-key") ?? "") &&
  req.headers["transfer-encoding"] === undefined &&
  Number(req.headers["content-length"] ?? 0) === 0;

/**
 * A request with a `sid` belongs to a connection that was validated when it was opened. It is served for whoever opened
 * it, also after the session has ended: the farewell still has to be fetched. A sid seen elsewhere is of no use.
 */
function continuePolling(req: Request, res: Response, { sid, session }: HandshakeQuery, deps: HandshakeDeps): void {
  const admission = deps.admissions.ofSid(sid ?? "");
  if (admission !== undefined && admission.session.id === session && deps.bearsSecret(req, admission.session))
    toEngine(req, res, deps.engine);
  else res.status(400).json(engineErrors.unknownSid); // no handshake, so not counted as one: polls outlive connections
}

function enter(req: Request, res: Response, query: HandshakeQuery, deps: HandshakeDeps, refuse: Refuse): void {
  const valid = requiredSessionOf(req);
  if (!deps.isOpen()) return refuse(res, "draining"); // it may have begun to stop during the look-up
  if (!isAdmitted(res, deps.limits.begin(valid.session, req, res))) return refuse(res, "too-many-pending");
  deps.admissions.admit(req, admissionOf(req, query, valid, deps));
  deps.countAccepted();
  toEngine(req, res, deps.engine);
}

function admissionOf(req: Request, query: HandshakeQuery, { session }: ValidSession, deps: HandshakeDeps): Admission {
  return {
    session,
    facts: {
      contextId: session.contextId,
      userId: session.userId,
      session: sessionFingerprint(session.id),
      connection: query.connection ?? deps.newConnectionId(),
      client: session.client,
      address: deps.clientOf(req).address ?? "",
      path: pathOf(req),
      protocol: query.protocol,
      sinceMs: deps.nowEpochMs(),
    },
  };
}

function toEngine(req: Request, res: Response, engine: EngineServer): void {
  if (!isUpgrade(req)) return engine.handleRequest(req, res as ServerResponse);
  const upgrade = takeUpgrade(req);
  if (upgrade === undefined) return;
  const { socket, head } = upgrade;
  socket.cork(); // the 101 and Engine.IO's first packet leave as one
  engine.handleUpgrade(req, socket, head);
  setImmediate(() => socket.uncork());
}

/** The path is compared as it was sent, without decoding or case folding, so that no disguise fits. */
const isSocketPath = (path: string): boolean => socketPaths.some((one) => one === path);
