/**
 * How many requests of `/ajax` one client may make: in a while, counted by address and User-Agent before anything is
 * looked up, and at once, counted by session. Node-local. Handshakes have bounds of their own (server/realtime/).
 */

import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { headerOf, type FixedWindow, type Session } from "../../auth/index.ts";
import { pathOf } from "./parameters.ts";
import type { RefuseRequest } from "./refusals.ts";
import { requiredSessionOf } from "./session-middleware.ts";

export interface RequestRateDeps {
  readonly window: FixedWindow;
  /** Requests within the window. 0 or less: no limit. */
  readonly maxRate: number;
  /** Modules, `/ajax/MODULE`, whose requests are neither counted nor refused. */
  readonly lenientModules: readonly string[];
  readonly addressOf: (req: IncomingMessage) => string | undefined;
  readonly refuse: RefuseRequest;
}

/** Refuses requests of `/ajax` beyond the rate; passes on all others. Comes before every route. */
export function createRequestRate(deps: RequestRateDeps): RequestHandler {
  const lenient = new Set(deps.lenientModules);
  return (req, res, next) => {
    const module = /^\/ajax\/([^/]+)/.exec(pathOf(req))?.[1];
    const counts = module !== undefined && deps.maxRate > 0 && !lenient.has(module);
    const key = `${deps.addressOf(req) ?? ""} ${headerOf(req.headers, "user-agent")}`;
    const taken = counts ? deps.window.take(key, deps.maxRate) : undefined;
    if (taken?.ok !== false) next();
    else deps.refuse(req, res, { reason: "too-many-requests", sessionId: undefined, retryAfterMs: taken.retryAfterMs });
  };
}

/**
 * Refuses requests of a session that has as many of them under way as its user may have. Comes behind the session middleware.
 * @param maxOf 0 or less: no limit
 */
export function createRequestSlots(
  maxOf: (user: Pick<Session, "contextId" | "userId">) => number,
  refuse: RefuseRequest,
): RequestHandler {
  const running = new Map<string, number>(); // only sessions with a request under way
  return (req, res, next) => {
    const { session } = requiredSessionOf(req);
    const { id } = session;
    const count = running.get(id) ?? 0;
    const max = maxOf(session);
    if (max <= 0 || req.socket.destroyed) {
      next(); // no limit, or gone already: nothing would give its place back
      return;
    }
    if (count >= max) {
      refuse(req, res, { reason: "too-many-at-once", sessionId: id });
      return;
    }
    running.set(id, count + 1);
    const onClose = (): void => {
      res.off("close", onClose);
      req.socket.off("close", onClose); // it may bring many more requests
      const left = (running.get(id) ?? 1) - 1;
      if (left > 0) running.set(id, left);
      else running.delete(id);
    };
    res.once("close", onClose);
    req.socket.once("close", onClose); // an answer that waits behind another one does not hear of it
    next();
  };
}
