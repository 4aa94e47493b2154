/**
 * The cookies of a session in the answers of `/ajax` routes: written at login, kept fresh by ordinary requests, deleted at
 * its end. Which ones and when says auth/cookies.ts; here it meets requests, answers and the store.
 */

import type { IncomingMessage } from "node:http";
import type { RequestHandler, Response } from "express";
import {
  deletedCookies,
  dueCookies,
  expectedHashes,
  headerOf,
  provenHash,
  sessionCookies,
  type CookieRules,
  type HashRules,
  type Session,
  type SessionStore,
} from "../../auth/index.ts";
import type { Client } from "./client.ts";
import type { RefuseRequest } from "./refusals.ts";
import { requiredSessionOf, sessionRequestOf, type SessionBearer } from "./session-middleware.ts";
import { channelOf, setCookies } from "./set-cookies.ts";

export interface SessionCookiesDeps {
  readonly sessions: Pick<SessionStore, "update">;
  readonly hashRules: HashRules;
  readonly cookieRules: () => CookieRules;
  readonly clientOf: (req: IncomingMessage) => Client;
  /** Milliseconds since the epoch. */
  readonly nowEpochMs: () => number;
  readonly onFault: (what: string, cause: unknown) => void;
}

export interface SessionCookies {
  /** Writes all of them, under this hash. */
  write(req: SessionBearer, res: Response, session: Session, under: { hash: string; userAgent: string }): void;
  /** Writes all of them anew, under the name that proved the session, and begins their life time anew. */
  renew(req: SessionBearer, res: Response): void;
  /** Deletes what the session left in the browser, and with `andAllOthers` whatever the App Suite did. */
  drop(req: SessionBearer, res: Response, session: Session, which?: "andAllOthers"): void;
  /** Middleware behind the session middleware: writes what is due or lost. */
  readonly keep: RequestHandler;
}

export function createSessionCookies(deps: SessionCookiesDeps): SessionCookies {
  const { hashRules: hash, nowEpochMs } = deps;
  const rules = () => ({ cookies: deps.cookieRules(), hash });
  const channel = (req: SessionBearer) => channelOf(deps.clientOf(req));
  const write: SessionCookies["write"] = (req, res, session, under) =>
    setCookies(res, sessionCookies(session, { ...under, headers: req.headers }, rules(), channel(req)));
  /** Nobody waits for it: cookies that are written once more than needed harm nobody, a refused request does. */
  const note = ({ id }: Session): void => {
    const onFault = (cause: unknown): void => deps.onFault("could not note when cookies were written", cause);
    deps.sessions.update(id, { cookiesWrittenAtMs: nowEpochMs() }).catch(onFault);
  };

  return {
    write,
    renew: (req, res) => {
      const { session } = requiredSessionOf(req);
      const proven = provenHash(session, sessionRequestOf(req, "request", undefined), hash) ?? session.hash;
      write(req, res, session, { hash: proven, userAgent: headerOf(req.headers, "user-agent") });
      note(session);
    },
    drop: (req, res, session, which) => {
      const request = sessionRequestOf(req, "request", undefined);
      const from = {
        hashes: [...new Set([...expectedHashes(session, request, hash), session.hash])],
        userAgent: headerOf(req.headers, "user-agent"),
        headers: req.headers,
        present: which === undefined ? [] : Object.keys(request.cookies),
      };
      setCookies(res, deletedCookies(session, from, rules(), channel(req)));
    },
    keep: (req, res, next) => {
      const { session } = requiredSessionOf(req);
      const { cookies, headers } = sessionRequestOf(req, "request", undefined);
      const proven = provenHash(session, { cookies, headers, purpose: "request" }, hash) ?? session.hash;
      const due = dueCookies(session, { hash: proven, cookies, headers }, rules(), channel(req), nowEpochMs());
      setCookies(res, due.cookies);
      if (due.renewed) note(session);
      next();
    },
  };
}

/** Refuses, and where the session ended for its address takes all of the App Suite's cookies away. */
export const refuseAndDrop =
  (refuse: RefuseRequest, cookies: Pick<SessionCookies, "drop">): RefuseRequest<Response> =>
  (req, res, refused) => {
    const { reason, session } = refused;
    if (reason === "ip-check" && session !== undefined) cookies.drop(req, res, session, "andAllOthers");
    refuse(req, res, refused);
  };
