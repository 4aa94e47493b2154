/**
 * `/ajax/login`: login, autologin, logout, refreshSecret, changeip and store, by GET or POST alike.
 * Not here: forms, tokens, guests' links and redirects.
 */
import { Router, type Request, type Response } from "express";
import { originOf } from "./addresses.ts";
import { allNamesIn, cookieOf, dropCookies, hashFor, namesOf, userAgentOf, writeCookies } from "./cookies.ts";
import { httpSessionCookie, sessionCookie } from "./cookie-names.ts";
import { type Failure, sendFailure, sendPage, sendScript, sendScriptText } from "./errors.ts";
import type { Person } from "./people.ts";
import { newHexId, type SessionRecord } from "./session-table.ts";
import { checkAddress, checkSecret, formParameterOf, parameterOf, requireSession, type World } from "./validation.ts";

type Action = (world: World, req: Request, res: Response) => void;

const defaultClient = "com.openexchange.ox.gui.dhtml";

export function createLoginRoutes(world: World): Router {
  const router = Router();
  const actions = new Map<string, Action>([
    ["login", logIn],
    ["autologin", resume],
    ["logout", logOut],
    ["refreshSecret", refreshSecret],
    ["changeip", changeAddress],
    ["store", store],
  ]);
  router.all("/ajax/login", (req, res) => {
    const name = parameterOf(req, "action");
    const action = actions.get(name ?? "");
    if (action !== undefined) action(world, req, res);
    else if (name === undefined) fail(world, req, res, "missingParameter", "action");
    else fail(world, req, res, "unknownAction", name);
  });
  return router;
}

const fail = ({ switches }: World, req: Request, res: Response, failure: Failure, ...params: string[]): void =>
  sendFailure(req, res, switches, failure, params);

const logIn: Action = (world, req, res) => {
  if (req.query["password"] !== undefined) return fail(world, req, res, "passwordInUrl");
  const login = parameterOf(req, "name")?.trim();
  const password = formParameterOf(req, "password");
  if (login === undefined || login === "") return fail(world, req, res, "missingParameter", "name");
  if (password === undefined) return fail(world, req, res, "missingParameter", "password");
  const person = world.people.byLogin(login);
  if (person?.password !== password || !mayLogIn(world, person)) return fail(world, req, res, "invalidCredentials");
  const session = addSession(world, req, person);
  if (session === undefined) return fail(world, req, res, "duplicateAuthId");
  const origin = originOf(req, world.switches);
  session.httpSession = world.httpSessions.of(req, res, origin);
  writeCookies(req, res, session, {
    switches: world.switches,
    origin,
    userAgent: parameterOf(req, "clientUserAgent"),
  });
  sendScript(res, loginFields(session));
};

const mayLogIn = ({ people }: World, { active, contextId }: Person): boolean =>
  active && people.context(contextId)?.enabled === true;

function addSession({ sessions, switches }: World, req: Request, person: Person): SessionRecord | undefined {
  const { contextId, userId, guest } = person;
  const client = parameterOf(req, "client") ?? defaultClient;
  const userAgent = parameterOf(req, "clientUserAgent") ?? userAgentOf(req);
  const authId = parameterOf(req, "authId");
  return sessions.add({
    contextId,
    userId,
    guest,
    client,
    login: person.name,
    staySignedIn: parameterOf(req, "staySignedIn") === "true",
    hash: hashFor(req, { client, guest, contextId, userId }, switches, userAgent),
    localIp: parameterOf(req, "clientIP") ?? originOf(req, switches).address,
    multifactor: person.multifactor ? "pending" : "none",
    ...(authId === undefined ? {} : { authId }),
  });
}

/** The same at login, autologin and whoami. */
export const loginFields = (session: SessionRecord): Readonly<Record<string, unknown>> => ({
  session: session.id,
  user: session.login,
  user_id: session.userId,
  context_id: session.contextId,
  locale: "en_US",
  ...(session.multifactor === "pending" ? { requires_multifactor: true } : {}),
});

const resume: Action = (world, req, res) => {
  const { switches, people } = world;
  if (!switches.autologin) return fail(world, req, res, "disabledAction");
  const origin = originOf(req, switches);
  const client = parameterOf(req, "client") ?? defaultClient;
  const session = sessionByCookie(world, req, client);
  const isProved = session !== undefined && checkSecret(world, session, req, origin) === undefined;
  if (!isProved || checkAddress(world, session, req, origin) !== undefined) {
    dropCookies(res, allNamesIn(req), origin);
    return fail(world, req, res, "invalidCookie");
  }
  const person = people.person(session.contextId, session.userId);
  if (person === undefined || !mayLogIn(world, person)) return fail(world, req, res, "invalidCredentials");
  session.httpSession = world.httpSessions.of(req, res, origin);
  writeCookies(req, res, session, { switches, origin });
  sendScript(res, loginFields(session));
};

/** Guests' cookies have names of their own, so every session is tried; there are never many. */
const sessionByCookie = ({ sessions, switches }: World, req: Request, client: string): SessionRecord | undefined => {
  const found = sessions
    .all()
    .find((one) => one.client === client && cookieOf(req, sessionCookie(hashFor(req, one, switches))) === one.id);
  return found === undefined ? undefined : sessions.touch(found.id);
};

/** Refusals have no JSON form here: a page with the status. */
const logOut: Action = (world, req, res) => {
  const { switches, sessions, httpSessions } = world;
  const origin = originOf(req, switches);
  const id = parameterOf(req, "session");
  if (id === undefined || id === "") return sendPage(res, 400, "SVL-0002");
  const session = sessions.peek(id);
  const isRefused =
    session === undefined ||
    checkSecret(world, session, req, origin) !== undefined ||
    checkAddress(world, session, req, origin) !== undefined;
  if (isRefused) return sendPage(res, 403, "SES-0203");
  sessions.remove(id);
  httpSessions.forget(cookieOf(req, httpSessionCookie) ?? "");
  dropCookies(res, namesOf(req, session, switches), origin);
  sendEmpty(res);
};

const refreshSecret: Action = (world, req, res) => {
  const session = requireSession(world, req, res);
  if (session === undefined) return;
  session.secret = newHexId();
  writeCookies(req, res, session, { switches: world.switches, origin: originOf(req, world.switches) });
  sendScript(res, { data: "1" });
};

const changeAddress: Action = (world, req, res) => {
  const address = parameterOf(req, "clientIP");
  const id = parameterOf(req, "session");
  if (address === undefined || id === undefined) return fail(world, req, res, "missingParameter", "clientIP");
  // No check of the address: this is the action that puts it right.
  const session = world.sessions.touch(id);
  const origin = originOf(req, world.switches);
  if (session === undefined || checkSecret(world, session, req, origin) !== undefined)
    return fail(world, req, res, "nosession", id);
  session.localIp = address;
  sendScript(res, { data: "1" });
};

const store: Action = (_world, _req, res) => {
  res.set("Deprecation", 'version="v7.10.3"');
  sendEmpty(res);
};

const sendEmpty = (res: Response): void => sendScriptText(res, "");
