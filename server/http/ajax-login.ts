/**
 * `/ajax/login`: login, autologin, logout, refreshSecret, changeip. GET and POST alike, but a password only in the body.
 * Here requests become the values that auth/ works on, and its outcomes become answers and cookies; no rule of its own.
 */

import type { Request, RequestHandler, Response, Router } from "express";
import {
  cookieNames,
  deletions,
  SessionsUnreachableError,
  TooBusyError,
  userAgentOf,
  type Autologin,
  type CookieRules,
  type Login,
  type LoginOutcome,
  type Logout,
  type SessionStore,
} from "../../auth/index.ts";
import {
  exactRouter,
  otherMethods,
  sendData,
  sendEmpty,
  sendJson,
  type AjaxError,
  type SendError,
} from "./ajax-answer.ts";
import * as errors from "./ajax-errors.ts";
import type { Client } from "./client.ts";
import { formBody } from "./json-body.ts";
import { readLogin, wrongParameter } from "./login-request.ts";
import { parameter, queryValues } from "./parameters.ts";
import { serviceUnavailable, type RefuseRequest } from "./refusals.ts";
import type { SessionCookies } from "./session-cookies.ts";
import { sessionFields } from "./session-fields.ts";
import { requiredSessionOf, sessionRequestOf } from "./session-middleware.ts";
import { channelOf, setCookies } from "./set-cookies.ts";

export interface LoginRoutesDeps {
  readonly login: Login;
  readonly autologin: Autologin;
  readonly logout: Logout;
  readonly sessions: Pick<SessionStore, "update">;
  readonly requireSession: RequestHandler;
  readonly cookies: SessionCookies;
  readonly refuse: RefuseRequest<Response>;
  readonly sendError: SendError;
  readonly cookieRules: () => CookieRules;
  /** Client of a login that names none. */
  readonly defaultClient: string;
  readonly clientOf: (req: Request) => Client;
  readonly maxBodyBytes: number;
}

const path = "/ajax/login";

/** Answers a request, or says what is wrong with it. */
type Action = (req: Request, res: Response, deps: LoginRoutesDeps) => Wrong | Promise<Wrong>;
type Wrong = AjaxError | undefined;

export function createLoginRoutes(deps: LoginRoutesDeps): Router {
  const router = exactRouter();
  const goOn: RequestHandler = (_req, _res, next) => next("route");
  const form = formBody(deps.maxBodyBytes);
  router.route(path).get(goOn).post(form, goOn).all(otherMethods("GET, HEAD, POST"));

  const answered =
    (action: Action): RequestHandler =>
    async (req, res) => {
      const wrong = passwordInUrl(req) ?? (await outcomeOf(action, req, res, deps));
      if (wrong !== undefined) deps.sendError(req, res, wrong);
    };
  const on = (name: string, action: Action, ...before: readonly RequestHandler[]): void => {
    const isMeant: RequestHandler = (req, _res, next) => next(parameter(req, "action") === name ? undefined : "route");
    router.all(path, isMeant, ...before, answered(action));
  };
  on("login", login);
  on("autologin", autologin);
  on("logout", logout);
  on("refreshSecret", refreshSecret, deps.requireSession);
  on("changeip", changeIp, deps.requireSession, deps.cookies.keep);
  on("store", store);
  router.all(path, answered(unknown));
  return router;
}

/** Where nobody can tell about a session just now the answer says so, and nothing about the session. */
async function outcomeOf(action: Action, req: Request, res: Response, deps: LoginRoutesDeps): Promise<Wrong> {
  try {
    return await action(req, res, deps);
  } catch (fault) {
    if (fault instanceof SessionsUnreachableError) return serviceUnavailable;
    throw fault;
  }
}

const passwordInUrl = (req: Request): Wrong =>
  queryValues(req, "password").length > 0 ? errors.passwordInUrl : undefined;

const unknown: Action = (req) =>
  parameter(req, "action") === undefined ? errors.missingParameter("action") : errors.unknownAction;

/** Kept for clients of before 7.10.3: the cookies have been there since the login. */
const store: Action = (_req, res) => {
  res.set("Deprecation", 'version="v7.10.3"');
  sendEmpty(res);
  return undefined;
};

const login: Action = async (req, res, deps) => {
  const read = readLogin(req, { client: deps.defaultClient, address: deps.clientOf(req).address });
  if (!read.ok) return read.error;
  const outcome = await deps.login(read.request).catch(whenBusy);
  if (outcome === "busy") return { ...serviceUnavailable, form: "json" };
  if (!outcome.ok) return loginError(outcome);
  const { session } = outcome;
  deps.cookies.write(req, res, session, { hash: session.hash, userAgent: userAgentOf(read.request) });
  sendJson(res, sessionFields(session));
  return undefined;
};

function whenBusy(fault: unknown): "busy" {
  if (fault instanceof TooBusyError) return "busy";
  throw fault;
}

function loginError(outcome: Extract<LoginOutcome, { readonly ok: false }>): AjaxError {
  if (outcome.reason === "too-many-failures") return errors.tooManyFailures(outcome.retryAfterMs);
  if (outcome.reason === "invalid-credentials") return errors.invalidCredentials;
  return errors.sessionLimits[outcome.reason];
}

const autologin: Action = async (req, res, deps) => {
  const wrong = wrongParameter(req);
  if (!deps.cookieRules().autologin) return errors.disabledAction;
  if (wrong !== undefined) return errors.invalidParameter(wrong);
  const clientUserAgent = parameter(req, "clientUserAgent");
  const request = {
    ...sessionRequestOf(req, "request", deps.clientOf(req).address),
    client: parameter(req, "client") ?? deps.defaultClient,
    ...(clientUserAgent === undefined ? {} : { clientUserAgent }),
  };
  const outcome = await deps.autologin(request);
  if (!outcome.ok && outcome.reason === "invalid-credentials") return errors.invalidCredentials;
  if (!outcome.ok) {
    const names = [cookieNames.session(outcome.hash), cookieNames.secret(outcome.hash), cookieNames.httpSession];
    setCookies(res, deletions(names, deps.cookieRules(), channelOf(deps.clientOf(req))));
    return errors.invalidCookie;
  }
  const { session, hash } = outcome;
  deps.cookies.write(req, res, session, { hash, userAgent: userAgentOf(request) });
  sendJson(res, sessionFields(session));
  return undefined;
};

/** Refused with the status itself and a page, whatever the client takes: nobody reads an answer to a logout. */
const logout: Action = async (req, res, deps) => {
  const request = sessionRequestOf(req, "request", deps.clientOf(req).address);
  const outcome = await deps.logout(request);
  if (!outcome.ok) {
    const { reason, session } = outcome;
    deps.refuse(req, res, { reason, session, sessionId: request.sessionId, form: "html" });
    return undefined;
  }
  deps.cookies.drop(req, res, outcome.session);
  sendEmpty(res);
  return undefined;
};

/** The secret stays: its cookie is written anew, under the name by which this request's was found. */
const refreshSecret: Action = (req, res, deps) => {
  deps.cookies.renew(req, res);
  sendData(res, "1");
  return undefined;
};

const changeIp: Action = async (req, res, deps) => {
  const localIp = parameter(req, "clientIP");
  const wrong = wrongParameter(req);
  if (localIp === undefined) return errors.missingParameter("clientIP");
  if (wrong !== undefined) return errors.invalidParameter(wrong);
  const { id } = requiredSessionOf(req).session;
  const changed = await deps.sessions.update(id, { localIp });
  if (changed === undefined) deps.refuse(req, res, { reason: "session-unknown", sessionId: id });
  else sendData(res, "1");
  return undefined;
};
