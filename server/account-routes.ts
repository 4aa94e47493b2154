/**
 * The `/ajax` and session routes of the embedded users, in the order in which a request meets them: rate, session, requests
 * at once, cookies, answer. Joined from settings; they do not exist where the middleware has the sessions.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Router } from "express";
import type { RequestHandler } from "express";
import { createAutologin, createFixedWindow, createLogin, createLoginAttempts, createLogout } from "../auth/index.ts";
import type {
  CookieRules,
  Directory,
  HashRules,
  IpCheckFor,
  LoginAttempts,
  SessionStore,
  User,
  Validator,
} from "../auth/index.ts";
import type { PackageStatus, Settings, UserRef } from "../cascade/index.ts";
import { createSendError } from "./http/ajax-answer.ts";
import { createCapabilityRoutes } from "./http/ajax-capabilities.ts";
import { createLoginRoutes } from "./http/ajax-login.ts";
import { createSystemRoutes } from "./http/ajax-system.ts";
import { createBasicAuth } from "./http/basic-auth.ts";
import type { Client } from "./http/client.ts";
import { createRefuseRequest } from "./http/refusals.ts";
import type { RefuseRequest, RequestRefusal } from "./http/refusals.ts";
import { createRequestRate, createRequestSlots } from "./http/request-limits.ts";
import { createSessionCookies, refuseAndDrop } from "./http/session-cookies.ts";
import { createSessionMiddleware } from "./http/session-middleware.ts";
import { createSessionRestRoutes } from "./http/session-rest.ts";
import type { Kept } from "./kept.ts";
import * as limits from "./settings/limits.ts";
import * as login from "./settings/login.ts";
import * as push from "./settings/push.ts";
import * as requests from "./settings/requests.ts";
import * as sessionSettings from "./settings/sessions.ts";

export interface AccountRoutesDeps {
  readonly settings: Settings;
  readonly packageStatus: PackageStatus;
  readonly directory: Pick<Directory, "authenticate" | "context" | "user">;
  readonly sessions: SessionStore;
  readonly validate: Validator;
  readonly hashRules: HashRules;
  readonly ipCheckFor: IpCheckFor;
  readonly mayOpen: (user: User) => boolean;
  /** The user's attribute `ajax.maxCount`. */
  readonly maxCountOf: (user: UserRef) => string | undefined;
  readonly clientOf: (request: IncomingMessage) => Client;
  readonly onRefused: (reason: RequestRefusal) => void;
  readonly onFault: (what: string, cause: unknown) => void;
  readonly nowMs: () => number;
  /** What another process keeps for this one. */
  readonly kept?: Pick<Kept, "attempts"> | undefined;
}

export interface AccountRoutes {
  /** Lets a request pass only as its session's user, for routes elsewhere. */
  readonly requireSession: RequestHandler;
  readonly routes: readonly Router[];
}

export function createAccountRoutes(deps: AccountRoutesDeps): AccountRoutes {
  const { settings, clientOf, directory, sessions, hashRules, ipCheckFor, nowMs } = deps;
  const sendError = createSendError(randomUUID);
  const plainRefuse = createRefuseRequest(sendError, deps.onRefused);
  const cookieRules = (): CookieRules => cookieRulesOf(settings);
  const cookies = createSessionCookies({ ...deps, cookieRules, nowEpochMs: Date.now });
  const refuse = refuseAndDrop(plainRefuse, cookies);
  const bareSession = Router().use(
    createSessionMiddleware({
      validate: deps.validate,
      purpose: "request",
      addressOf: (request) => clientOf(request).address,
      refuse,
    }),
    createRequestSlots((user) => maxRequestsOf(user, deps), plainRefuse),
  );
  const requireSession = Router().use(bareSession, cookies.keep);
  const attempts = deps.kept?.attempts ?? createOwnLoginAttempts(settings, nowMs);
  const newId = (): string => randomBytes(16).toString("hex");
  const routes = [
    Router().use(createRate(deps, plainRefuse)),
    createLoginRoutes({
      login: createLogin({ directory, sessions, hashRules, attempts, newId, nowEpochMs: Date.now }),
      autologin: createAutologin({ directory, sessions, hashRules, ipCheckFor }),
      logout: createLogout({ sessions, hashRules, ipCheckFor }),
      sessions,
      requireSession: bareSession,
      cookies,
      refuse,
      sendError,
      cookieRules,
      defaultClient: settings.read(login.loginDefaultClient),
      clientOf,
      maxBodyBytes: settings.read(limits.maxBodyBytes),
    }),
    createSystemRoutes({ requireSession, sendError }),
    createCapabilityRoutes({
      requireSession,
      sendError,
      hasWebsocket: (user) => deps.packageStatus.enabled && deps.mayOpen(user),
    }),
    createSessionRestRoutes({ requireBasicAuth: restCredentials(settings), sessions }),
  ];
  return { requireSession, routes };
}

/** Counts the failed logins of this process. */
export const createOwnLoginAttempts = (settings: Settings, nowMs: () => number): LoginAttempts =>
  createLoginAttempts(
    { maxFailures: settings.read(login.loginMaxRate), windowMs: settings.read(login.loginMaxRateTimeWindow) },
    nowMs,
  );

/** Of one session at once. What is no number in the user's attribute leaves it to the setting. */
function maxRequestsOf(user: UserRef, { maxCountOf, settings }: AccountRoutesDeps): number {
  const own = maxCountOf(user);
  return own !== undefined && /^-?\d{1,9}$/.test(own) ? Number(own) : settings.read(requests.maxConcurrentRequests);
}

const createRate = ({ settings, clientOf, nowMs }: AccountRoutesDeps, refuse: RefuseRequest): RequestHandler =>
  createRequestRate({
    window: createFixedWindow({ windowMs: settings.read(requests.servletMaxRateTimeWindow) }, nowMs),
    maxRate: settings.read(requests.servletMaxRate),
    lenientModules: settings.read(requests.servletMaxRateLenientModules),
    addressOf: (request) => clientOf(request).address,
    refuse,
  });

/** Guards the REST routes below `/preliminary`; a reload applies. */
export const restCredentials = (settings: Settings): RequestHandler =>
  createBasicAuth(() => ({
    login: settings.read(push.basicAuthLogin),
    password: settings.read(push.basicAuthPassword),
  }));

function cookieRulesOf(settings: Settings): CookieRules {
  const domain = settings.read(sessionSettings.cookieDomain);
  const prefixWithDot = settings.read(sessionSettings.cookieDomainPrefixWithDot);
  return {
    ttlSeconds: Math.floor(settings.read(sessionSettings.cookieTtl) / 1_000),
    httpOnly: settings.read(sessionSettings.cookieHttpOnly),
    forceHttps: settings.read(sessionSettings.forceHttps),
    autologin: settings.read(sessionSettings.sessionAutologin),
    ...(settings.read(sessionSettings.cookieDomainEnabled)
      ? { domain: { ...(domain === "" ? {} : { name: domain }), prefixWithDot } }
      : {}),
  };
}
