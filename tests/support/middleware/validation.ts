/**
 * The steps of a regular request with a session, in the middleware's order and with its side effects: a look-up keeps
 * the session alive, a removed user or a changed address ends it, cookies are restored.
 * Not here: counters of concurrent requests and request rates, which by default stop nobody at `system`; single
 * sign-on; public sessions of requests without `session`.
 */
import type { Request, Response } from "express";
import { isBoundAnew, mayMove, originOf, type Origin } from "./addresses.ts";
import { allNamesIn, dropCookies, restoreCookies, secretsIn } from "./cookies.ts";
import { type Failure, sendFailure, shownSessionId } from "./errors.ts";
import type { HttpSessions } from "./http-sessions.ts";
import type { People } from "./people.ts";
import type { Properties } from "./properties.ts";
import type { SessionRecord, SessionTable } from "./session-table.ts";
import type { Switches } from "./switches.ts";

/** All that the stand-in knows. */
export interface World {
  readonly switches: Switches;
  readonly people: People;
  readonly sessions: SessionTable;
  readonly properties: Properties;
  readonly httpSessions: HttpSessions;
}

/** Answers the request when it fails. Undefined then, else the session. */
export function requireSession(world: World, req: Request, res: Response): SessionRecord | undefined {
  const { switches, sessions } = world;
  const origin = originOf(req, switches);
  const id = parameterOf(req, "session");
  if (id === undefined || id === "") {
    sendFailure(req, res, switches, "noParameter", ["session"]);
    return undefined;
  }
  const session = sessions.touch(id);
  const failure = session === undefined ? "nosession" : failureOf(world, session, req, origin);
  if (session === undefined || failure !== undefined) {
    if (failure === "ipcheck") dropCookies(res, allNamesIn(req), origin);
    sendFailure(req, res, switches, failure ?? "nosession", [shownSessionId(id)]);
    return undefined;
  }
  session.httpSession = world.httpSessions.of(req, res, origin);
  restoreCookies(req, res, session, { switches, origin });
  return session;
}

type Step = (world: World, session: SessionRecord, req: Request, origin: Origin) => Failure | undefined;

const failureOf: Step = (world, session, req, origin) => {
  for (const step of [checkMultifactor, checkSecret, checkUser, checkAddress]) {
    const failure = step(world, session, req, origin);
    if (failure !== undefined) return failure;
  }
  return undefined;
};

const freeOfMultifactor = ["multifactor/provider", "multifactor/device", "login", "token", "system", "ajax/share"];

const checkMultifactor: Step = (_world, session, req) => {
  const passes = session.restricted !== undefined || freeOfMultifactor.some((end) => req.path.endsWith(end));
  return session.multifactor === "pending" && !passes ? "multifactor" : undefined;
};

export const checkSecret: Step = ({ switches }, session, req) => {
  const secrets = secretsIn(req, session, switches);
  if (secrets.length === 0) return "nosecretcookie";
  return secrets.includes(session.secret) ? undefined : "secretmismatch";
};

const checkUser: Step = ({ people, sessions }, { id, contextId, userId }) => {
  const context = people.context(contextId);
  const person = people.person(contextId, userId);
  if (context === undefined || person === undefined) {
    sessions.remove(id);
    return "usernonexistent";
  }
  if (!person.active) return "userdisabled";
  if (context.enabled) return undefined;
  sessions.remove(id);
  return "contextDisabled";
};

export const checkAddress: Step = ({ switches, sessions }, session, _req, { address }) => {
  if (address === session.localIp) return undefined;
  const moving = { from: session.localIp, to: address, client: session.client };
  if (switches.ipCheck === "strict" && !mayMove(moving, switches)) {
    sessions.remove(session.id);
    return "ipcheck";
  }
  if (isBoundAnew(moving, switches)) session.localIp = address;
  return undefined;
};

/** The first value in the query, else in the form. */
export function parameterOf(req: Request, name: string): string | undefined {
  const inQuery = new URL(req.originalUrl, "http://stand-in").searchParams.get(name);
  return inQuery ?? formParameterOf(req, name);
}

export function formParameterOf(req: Request, name: string): string | undefined {
  const form: unknown = req.body;
  const found: unknown = typeof form === "object" && form !== null ? Reflect.get(form, name) : undefined;
  return typeof found === "string" ? found : undefined;
}
