/**
 * Reads and writes the cookies of a session on Express requests and answers. SameSite is not known of the middleware;
 * Lax is what browsers assume. A resumable login also gets the session cookie, which since 7.10.3 is a guess.
 */
import type { Request, Response } from "express";
import type { Origin } from "./addresses.ts";
import {
  hashOf,
  httpSessionCookie,
  publicSessionCookie,
  secretCookie,
  sessionCookie,
  shardCookie,
  shareCookie,
} from "./cookie-names.ts";
import type { SessionRecord } from "./session-table.ts";
import type { Switches } from "./switches.ts";

type Owner = Pick<SessionRecord, "client" | "guest" | "contextId" | "userId">;

const weekMs = 604_800_000;
const shard = "default";

export function cookieOf(req: Request, name: string): string | undefined {
  const cookies: unknown = req.cookies;
  const found: unknown = typeof cookies === "object" && cookies !== null ? Reflect.get(cookies, name) : undefined;
  return typeof found === "string" ? found : undefined;
}

/** The hash for secret and session cookie. @param userAgent default: that of the request */
export function hashFor(req: Request, owner: Owner, switches: Switches, userAgent = userAgentOf(req)): string {
  const additionals = owner.guest ? [String(owner.contextId), String(owner.userId)] : [];
  return hashOf({ userAgent, client: owner.client, additionals, ...ofRequest(req, switches) });
}

const publicName = (req: Request, owner: Owner, switches: Switches, userAgent = userAgentOf(req)): string =>
  publicSessionCookie(
    hashOf({
      userAgent,
      additionals: [String(owner.contextId), String(owner.userId)],
      ...ofRequest(req, switches),
    }),
  );

const ofRequest = (req: Request, { hashFields, hashSalt }: Switches): { fieldValues: string[]; salt: string } => ({
  fieldValues: hashFields.flatMap((field) => req.get(field) ?? []),
  salt: hashSalt,
});

export const userAgentOf = (req: Request): string => req.get("User-Agent") ?? "";

/** The values under each name where the secret of this session may stand. Empty: the cookie is missing. */
export function secretsIn(req: Request, session: SessionRecord, switches: Switches): readonly string[] {
  const calculated = hashFor(req, session, switches);
  const hashes = switches.hashSource === "remember" ? [session.hash] : [calculated];
  if (changesItsUserAgent(userAgentOf(req))) hashes.push(session.hash);
  return hashes.flatMap((hash) => cookieOf(req, secretCookie(hash)) ?? []);
}

const changesItsUserAgent = (userAgent: string): boolean =>
  /^(applecoremedia|stagefright)\/|trident\/7\..*rv:11| edge\/\d/i.test(userAgent);

/** What login, autologin and refreshSecret write. */
export function writeCookies(
  req: Request,
  res: Response,
  session: SessionRecord,
  { switches, origin, userAgent }: { switches: Switches; origin: Origin; userAgent?: string | undefined },
): void {
  const write = (name: string, value: string): void => void res.cookie(name, value, lifeOf(session, origin));
  write(secretCookie(session.hash), session.secret);
  write(publicName(req, session, switches, userAgent), session.altId);
  write(shardCookie, shard);
  if (session.staySignedIn || switches.autologin) write(sessionCookie(session.hash), session.id);
}

/** What any request with a session restores. */
export function restoreCookies(
  req: Request,
  res: Response,
  session: SessionRecord,
  { switches, origin }: { switches: Switches; origin: Origin },
): void {
  if (cookieOf(req, shardCookie) !== shard) res.cookie(shardCookie, shard, attributesOf(origin));
  const name = publicName(req, session, switches);
  if (cookieOf(req, name) === undefined && userAgentOf(req) !== "Open-Xchange USM HTTP Client")
    res.cookie(name, session.altId, lifeOf(session, origin));
}

/** Deletes each name twice, with Domain and without. */
export function dropCookies(res: Response, names: readonly string[], origin: Origin): void {
  for (const name of names) {
    const attributes = { ...attributesOf(origin), maxAge: 0 };
    res.cookie(name, "invalid", { ...attributes, domain: origin.serverName });
    res.cookie(name, "invalid", attributes);
  }
}

export function namesOf(req: Request, session: SessionRecord, switches: Switches): readonly string[] {
  return [
    sessionCookie(session.hash),
    secretCookie(session.hash),
    publicName(req, session, switches),
    shardCookie,
    ...(session.guest ? [shareCookie(userAgentOf(req))] : []),
    httpSessionCookie,
  ];
}

/** Every cookie of the App Suite that came with the request. */
export function allNamesIn(req: Request): readonly string[] {
  const cookies: unknown = req.cookies;
  const names = typeof cookies === "object" && cookies !== null ? Object.keys(cookies) : [];
  return [...names.filter((name) => name.startsWith("open-xchange-")), httpSessionCookie];
}

const lifeOf = (session: SessionRecord, origin: Origin) => ({
  ...attributesOf(origin),
  ...(session.staySignedIn ? { maxAge: weekMs } : {}),
});

const attributesOf = ({ secure }: Origin) => ({ path: "/", httpOnly: true, secure, sameSite: "lax" }) as const;
