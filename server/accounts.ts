/** Embedded users and sessions as a whole: directory, session store, validator and the routes on them. Joined from settings. */
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RequestHandler, Router } from "express";
import {
  checkSecret,
  createAutologin,
  createEmbeddedDirectory,
  createLogin,
  createLoginAttempts,
  createLogout,
  createMemorySessionStore,
  createValidator,
  followDirectory,
} from "../auth/index.ts";
import type {
  CookieRules,
  EmbeddedDirectory,
  HashRules,
  Session,
  SessionStore,
  SessionStoreLimits,
  User,
  Validator,
} from "../auth/index.ts";
import type { PackageStatus, Settings } from "../cascade/index.ts";
import { createSendError } from "./http/ajax-answer.ts";
import { createCapabilityRoutes } from "./http/ajax-capabilities.ts";
import { createLoginRoutes } from "./http/ajax-login.ts";
import { createSystemRoutes } from "./http/ajax-system.ts";
import { createBasicAuth } from "./http/basic-auth.ts";
import type { Client } from "./http/client.ts";
import { createRefuseRequest } from "./http/refusals.ts";
import type { Refusal } from "./http/refusals.ts";
import { createSessionMiddleware, sessionRequestOf } from "./http/session-middleware.ts";
import type { SessionMiddleware } from "./http/session-middleware.ts";
import { createSessionRestRoutes } from "./http/session-rest.ts";
import * as limits from "./settings/limits.ts";
import * as login from "./settings/login.ts";
import * as push from "./settings/push.ts";
import * as sessionSettings from "./settings/sessions.ts";
import { websocketsEnabled } from "./settings/websockets.ts";

export interface AccountsDeps {
  readonly settings: Settings;
  readonly packageStatus: PackageStatus;
  readonly clientOf: (request: IncomingMessage) => Client;
  readonly onRefused: (reason: Refusal) => void;
  readonly onFault: (what: string, cause: unknown) => void;
}

export interface Accounts {
  readonly directory: EmbeddedDirectory;
  readonly sessions: SessionStore;
  readonly validate: Validator;
  readonly requireSession: SessionMiddleware;
  /** Whether a request for a socket carries the secret cookie of this session. */
  readonly bearsSecret: (request: IncomingMessage, session: Session) => boolean;
  readonly routes: readonly Router[];
  /** @throws {DirectoryFileError} */
  start(): Promise<void>;
  stop(): void;
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { settings, onFault } = deps;
  const directory = createEmbeddedDirectory({
    file: () => settings.read(login.directoryFile),
    onFault: (fault) => onFault("a listener of the directory failed", fault),
  });
  const sessions = createMemorySessionStore({
    nowMs: () => performance.now(),
    limits: () => sessionLimits(settings),
    onFault: (fault) => onFault("a listener of ended sessions failed", fault),
  });
  const hashRules = hashRulesOf(settings);
  const mayOpen = (user: User): boolean =>
    settings.readFor(websocketsEnabled, { contextId: user.contextId, userId: user.id });
  const validate = createValidator({
    sessions,
    directory,
    hashRules,
    mayOpen,
    onFault: (fault) => onFault("a session could not be checked", fault),
  });
  const unfollow = followDirectory({
    directory,
    sessions,
    onFault: (fault) => onFault("could not end the sessions of changed users", fault),
  });
  const parts = { directory, sessions, validate, hashRules, mayOpen };
  const { requireSession, routes } = createRoutes(parts, deps);
  return {
    directory,
    sessions,
    validate,
    requireSession,
    bearsSecret: (request, session) =>
      checkSecret(session, sessionRequestOf(request, "socket", undefined), hashRules) === undefined,
    routes,
    start: async () => {
      await directory.start();
      sessions.start();
    },
    stop: () => {
      unfollow();
      sessions.stop();
    },
  };
}

interface Parts {
  readonly directory: EmbeddedDirectory;
  readonly sessions: SessionStore;
  readonly validate: Validator;
  readonly hashRules: HashRules;
  readonly mayOpen: (user: User) => boolean;
}

function createRoutes(parts: Parts, deps: AccountsDeps): Pick<Accounts, "requireSession" | "routes"> {
  const { settings, clientOf } = deps;
  const { directory, sessions, hashRules } = parts;
  const sendError = createSendError(randomUUID);
  const refuse = createRefuseRequest(sendError, deps.onRefused);
  const requireSession = createSessionMiddleware({
    validate: parts.validate,
    purpose: "request",
    addressOf: (request) => clientOf(request).address,
    refuse,
  });
  const nowMs = (): number => performance.now();
  const attempts = createLoginAttempts(
    { maxFailures: settings.read(login.loginMaxRate), windowMs: settings.read(login.loginMaxRateTimeWindow) },
    nowMs,
  );
  const newId = (): string => randomBytes(16).toString("hex");
  const routes = [
    createLoginRoutes({
      login: createLogin({ directory, sessions, hashRules, attempts, newId, nowEpochMs: Date.now }),
      autologin: createAutologin({ directory, sessions, hashRules }),
      logout: createLogout(sessions, hashRules),
      sessions,
      requireSession,
      refuse,
      sendError,
      hashRules,
      cookieRules: () => cookieRulesOf(settings),
      defaultClient: settings.read(login.loginDefaultClient),
      clientOf,
      maxBodyBytes: settings.read(limits.maxBodyBytes),
    }),
    createSystemRoutes({ requireSession, sendError }),
    createCapabilityRoutes({
      requireSession,
      sendError,
      hasWebsocket: (user) => deps.packageStatus.enabled && parts.mayOpen(user),
    }),
    createSessionRestRoutes({ requireBasicAuth: restCredentials(settings), sessions }),
  ];
  return { requireSession, routes };
}

/** Guards the REST routes below `/preliminary`; a reload applies. */
export const restCredentials = (settings: Settings): RequestHandler =>
  createBasicAuth(() => ({
    login: settings.read(push.basicAuthLogin),
    password: settings.read(push.basicAuthPassword),
  }));

function sessionLimits(settings: Settings): SessionStoreLimits {
  const shortMs = settings.read(sessionSettings.sessionDefaultLifeTime);
  const longMs = Math.max(settings.read(sessionSettings.sessionLongLifeTime), shortMs);
  return {
    maxSessions: settings.read(sessionSettings.maxSession),
    maxSessionsPerUser: settings.read(sessionSettings.maxSessionPerUser),
    maxSessionsPerClient: settings.read(sessionSettings.maxSessionPerClient),
    // A session that its browser may resume rests, like one that stays signed in.
    shortLifeMs: settings.read(sessionSettings.sessionAutologin) ? longMs : shortMs,
    longLifeMs: longMs,
  };
}

const hashRulesOf = (settings: Settings): HashRules => ({
  source: settings.read(sessionSettings.cookieHash),
  salt: settings.read(sessionSettings.cookieHashSalt),
  fields: settings.read(sessionSettings.cookieHashFields),
});

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
