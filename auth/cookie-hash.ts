/**
 * The hash at the end of the session's cookie names, bit for bit the middleware's: cookies set by one are found by the
 * other. Source: the App Suite's `com.openexchange.cookie.hash*` settings. Not here: the cookies themselves (cookies.ts).
 */

import { createHash } from "node:crypto";
import type { Session } from "./session.ts";
import type { SessionRequest } from "./verdict.ts";

/**
 * Where the expected name comes from: `calculate` works it out anew from each request's User-Agent, `remember` takes
 * the one of the login.
 */
export type HashSource = "calculate" | "remember";

/** The settings that the hash depends on. */
export interface HashRules {
  readonly source: HashSource;
  /** `com.openexchange.cookie.hash.salt` */
  readonly salt: string;
  /** Names of further request headers that count, `com.openexchange.cookie.hash.fields`. */
  readonly fields: readonly string[];
}

/** What one hash is made of. */
export interface HashInput {
  readonly userAgent: string;
  /** Absent for cookies that all clients of a browser share. */
  readonly client?: string;
  readonly additionals?: readonly string[];
  /** Headers of the request; only those named by the rules are read. */
  readonly headers: SessionRequest["headers"];
}

const first = (value: string | readonly string[] | undefined): string =>
  typeof value === "string" ? value : (value?.[0] ?? "");

/** A header's value; the first of several, empty when absent. */
export const headerOf = (headers: SessionRequest["headers"], name: string): string =>
  first(headers[name.toLowerCase()]);

/**
 * MD5 over User-Agent, client, additionals, header fields and salt, in Base64, of which only `A-Z a-z 0-9 _` stay.
 * MD5 is the middleware's choice: the hash separates clients of one browser, it protects nothing.
 */
export function cookieHash(input: HashInput, rules: Pick<HashRules, "salt" | "fields">): string {
  const parts = [
    input.userAgent,
    input.client ?? "",
    ...(input.additionals ?? []),
    ...rules.fields.map((name) => headerOf(input.headers, name)),
    rules.salt,
  ];
  return createHash("md5").update(parts.join(""), "utf8").digest("base64").replace(/\W/g, "");
}

/** The share cookie's hash: unsalted hex of the User-Agent alone. */
export const shareCookieHash = (userAgent: string): string => createHash("md5").update(userAgent, "utf8").digest("hex");

/** Context and user count for guests, so that two shares opened in one browser do not take each other's cookies. */
export const guestAdditionals = (of: Pick<Session, "guest" | "contextId" | "userId">): readonly string[] =>
  of.guest ? [String(of.contextId), String(of.userId)] : [];

/** Players that fetch with a User-Agent of their own, and browsers that change theirs for embedded content. */
const changesItsUserAgent = (userAgent: string): boolean => {
  const lower = userAgent.toLowerCase();
  return (
    lower.startsWith("applecoremedia/") ||
    lower.startsWith("stagefright/") ||
    (lower.includes("trident/7.") && lower.includes("rv:11")) ||
    / edge\/\d/.test(lower)
  );
};

/**
 * The hashes that a session's cookies may carry in this request, the likeliest first; seldom more than one.
 * An upgrade without User-Agent falls back to the remembered hash: such clients cannot send what they logged in with.
 */
export function expectedHashes(
  session: Session,
  request: Pick<SessionRequest, "headers" | "purpose">,
  rules: HashRules,
): readonly string[] {
  const userAgent = headerOf(request.headers, "user-agent");
  const mute = request.purpose === "socket" && request.headers["user-agent"] === undefined;
  if (rules.source === "remember" || mute) return [session.hash];
  const calculated = cookieHash(
    { userAgent, client: session.client, additionals: guestAdditionals(session), headers: request.headers },
    rules,
  );
  return changesItsUserAgent(userAgent) && calculated !== session.hash ? [calculated, session.hash] : [calculated];
}
