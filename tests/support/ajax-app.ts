/** The `/ajax` and session routes on real parts, in an Express app of their own, and a browser that keeps cookies. */

import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import cookieParser from "cookie-parser";
import express from "express";
import {
  createAutologin,
  createEmbeddedDirectory,
  createLogin,
  createLoginAttempts,
  createLogout,
  createMemorySessionStore,
  createValidator,
  followDirectory,
  type CookieRules,
  type EmbeddedDirectory,
  type HashRules,
  type IpCheckRules,
  type Login,
  type SessionStore,
  type SessionStoreLimits,
} from "../../auth/index.ts";
import { createSendError } from "../../server/http/ajax-answer.ts";
import { createCapabilityRoutes } from "../../server/http/ajax-capabilities.ts";
import { createLoginRoutes } from "../../server/http/ajax-login.ts";
import { createSystemRoutes } from "../../server/http/ajax-system.ts";
import { createBasicAuth } from "../../server/http/basic-auth.ts";
import type { Client } from "../../server/http/client.ts";
import { createRefuseRequest, type RequestRefusal } from "../../server/http/refusals.ts";
import { createSessionCookies, refuseAndDrop } from "../../server/http/session-cookies.ts";
import { createSessionMiddleware } from "../../server/http/session-middleware.ts";
import { createSessionRestRoutes } from "../../server/http/session-rest.ts";
import { serve } from "../unit/server/http/serve.ts";
import { onCleanUp } from "./clean-up.ts";
import { newHexId } from "./example-session.ts";
import { scryptOf } from "./scrypt.ts";

/** Users of the test's directory; all have the password `secret`. */
const password = scryptOf("secret");
export const exampleUsers: readonly Readonly<Record<string, unknown>>[] = [
  { id: 3, login: "anton", password, capabilities: ["webmail", "calendar"] },
  { id: 4, login: "berta", password, locale: "de_DE", capabilities: ["webmail"] },
  { id: 5, login: "gast", password, guest: true },
  { id: 6, login: "mfa", password, multifactor: true },
];

export interface AjaxAppOptions {
  readonly cookieRules: Partial<CookieRules>;
  readonly hashRules: Partial<HashRules>;
  readonly limits: Partial<SessionStoreLimits>;
  readonly ipCheck: Partial<IpCheckRules>;
  readonly maxFailures: number;
  readonly client: Partial<Client>;
  readonly packageEnabled: boolean;
  /** In place of the real one. */
  readonly login: Login;
}

export interface AjaxApp {
  readonly url: string;
  readonly sessions: SessionStore;
  readonly directory: EmbeddedDirectory;
  /** What was refused, in order. */
  readonly refusals: readonly RequestRefusal[];
  /** `nowMs` is the stores' own, `epochMs` the time of day. */
  readonly clock: { nowMs: number; epochMs: number };
  /** The one pair that the REST routes take; may be changed. */
  readonly credentials: { login: string; password: string };
  /** Writes the directory anew and reads it again. */
  change(listed: { readonly enabled?: boolean; readonly users?: readonly object[] }): Promise<void>;
}

export async function openAjaxApp(options: Partial<AjaxAppOptions> = {}): Promise<AjaxApp> {
  const folder = await mkdtemp(join(tmpdir(), "oxbow-ajax-"));
  onCleanUp(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "directory.yaml");
  const write = (listed: { readonly enabled?: boolean; readonly users?: readonly object[] }): Promise<void> =>
    writeFile(file, JSON.stringify({ contexts: [{ id: 1, name: "example", users: exampleUsers, ...listed }] }));
  await write({});
  const clock = { nowMs: 0, epochMs: 1_700_000_000_000 };
  const faults: unknown[] = [];
  const onFault = (fault: unknown): void => void faults.push(fault);
  onCleanUp(() => {
    if (faults.length > 0) throw new AggregateError(faults, "faults were reported");
  });
  const directory = createEmbeddedDirectory({ file: () => file, onFault });
  await directory.start();
  const sessions = createMemorySessionStore({ nowMs: () => clock.nowMs, limits: () => limitsOf(options), onFault });
  onCleanUp(followDirectory({ directory, sessions, onFault }));
  const credentials = { login: "rest", password: "rest" };
  const refusals: RequestRefusal[] = [];
  const app = appOf({ directory, sessions, clock, refusals, credentials, onFault }, options);
  const { url } = await serve(app);
  const change: AjaxApp["change"] = async (listed) => {
    await write(listed);
    const reload = await directory.reload();
    if (!reload.ok) throw reload.error;
  };
  return { url, sessions, directory, refusals, clock, credentials, change };
}

const limitsOf = (options: Partial<AjaxAppOptions>): SessionStoreLimits => ({
  maxSessions: 1_000,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 3_600_000,
  longLifeMs: 604_800_000,
  ...options.limits,
});

const noIpCheck: IpCheckRules = {
  mode: "none",
  maskV4: undefined,
  maskV6: undefined,
  roamingClients: [],
  exempt: [],
};

const usualCookieRules: CookieRules = { ttlSeconds: 604_800, httpOnly: true, forceHttps: false, autologin: false };

interface Parts extends Pick<AjaxApp, "directory" | "sessions" | "clock" | "credentials"> {
  readonly refusals: RequestRefusal[];
  readonly onFault: (fault: unknown) => void;
}

function appOf(parts: Parts, options: Partial<AjaxAppOptions>): express.Express {
  const { directory, sessions, clock, refusals, onFault } = parts;
  const hashRules: HashRules = {
    source: "calculate",
    salt: "replaceMe1234567890",
    fields: [],
    ...options.hashRules,
  };
  const clientOf = (): Client => ({
    address: "192.0.2.1",
    scheme: "http",
    host: "ox.example.com:8009",
    ...options.client,
  });
  const sendError = createSendError(randomUUID);
  const ipCheckFor = (): IpCheckRules => ({ ...noIpCheck, ...options.ipCheck });
  const cookieRules = (): CookieRules => ({ ...usualCookieRules, ...options.cookieRules });
  const nowEpochMs = (): number => clock.epochMs;
  const cookies = createSessionCookies({
    sessions,
    hashRules,
    cookieRules,
    clientOf,
    nowEpochMs,
    onFault: (_what, cause) => onFault(cause),
  });
  const refuse = refuseAndDrop(
    createRefuseRequest(sendError, (reason) => refusals.push(reason)),
    cookies,
  );
  const bareSession = express.Router().use(
    createSessionMiddleware({
      validate: createValidator({ sessions, directory, hashRules, ipCheckFor, mayOpen: () => true, onFault }),
      purpose: "request",
      addressOf: () => clientOf().address,
      refuse,
    }),
  );
  const requireSession = express.Router().use(bareSession, cookies.keep);
  const attempts = createLoginAttempts(
    { maxFailures: options.maxFailures ?? 50, windowMs: 300_000 },
    () => clock.nowMs,
  );
  const hasWebsocket = (): boolean => options.packageEnabled ?? true;
  return express().use(
    cookieParser(),
    createLoginRoutes({
      login: options.login ?? createLogin({ directory, sessions, hashRules, attempts, newId: newHexId, nowEpochMs }),
      autologin: createAutologin({ directory, sessions, hashRules, ipCheckFor }),
      logout: createLogout({ sessions, hashRules, ipCheckFor }),
      sessions,
      requireSession: bareSession,
      cookies,
      refuse,
      sendError,
      cookieRules,
      defaultClient: "com.openexchange.ox.gui.dhtml",
      clientOf,
      maxBodyBytes: 2_000,
    }),
    createSystemRoutes({ requireSession, sendError }),
    createCapabilityRoutes({ requireSession, sendError, hasWebsocket }),
    createSessionRestRoutes({ requireBasicAuth: createBasicAuth(() => parts.credentials), sessions }),
  );
}
