/**
 * The cookies of a session as data: which ones are written and deleted, under which names, with which attributes.
 * Names and lifetimes are the middleware's; SameSite and Secure are our choice (docs/decisions/0021).
 * Not here: the hash in the names (cookie-hash.ts) and how a cookie gets into an answer (server/http/set-cookies.ts).
 */

import { isIP } from "node:net";
import { cookieHash, headerOf, shareCookieHash, type HashRules } from "./cookie-hash.ts";
import type { Session } from "./session.ts";
import type { SessionRequest } from "./verdict.ts";

/** Names by hash. */
export const cookieNames = {
  secret: (hash: string): string => `open-xchange-secret-${hash}`,
  session: (hash: string): string => `open-xchange-session-${hash}`,
  publicSession: (hash: string): string => `open-xchange-public-session-${hash}`,
  share: (hash: string): string => `open-xchange-share-${hash}`,
  shard: "open-xchange-shard",
  /** The servlet container's. Never written here, but deleted together with the others. */
  httpSession: "JSESSIONID",
} as const;

/** The settings that cookies depend on. */
export interface CookieRules {
  /** Seconds that cookies of a stay-signed-in login live; 0 or less: they end with the browser, as all others do. */
  readonly ttlSeconds: number;
  readonly httpOnly: boolean;
  /** Mark cookies Secure although the request came without TLS. */
  readonly forceHttps: boolean;
  /** Absent: cookies carry no Domain. */
  readonly domain?: {
    /** Absent: derived from the server's name. */
    readonly name?: string;
    /** Derived as the server's name without its first label. */
    readonly prefixWithDot: boolean;
  };
  /** True: a browser may resume its session, so every login leaves the session cookie that this takes. */
  readonly autologin: boolean;
}

/** What is known of the connection that a cookie goes through. */
export interface CookieChannel {
  /** It came by TLS, as the browser sees it. */
  readonly secure: boolean;
  /** Host name without port, as the browser sees it. */
  readonly serverName: string;
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: "/";
  /** Keeps the cookies out of requests that other sites start, apart from plain links. */
  readonly sameSite: "lax";
  readonly httpOnly: boolean;
  readonly secure: boolean;
  /** Absent: until the browser ends. 0: at once. */
  readonly maxAgeSeconds?: number;
  readonly domain?: string;
}

/** The middleware's own value while there is but one shard: proxies that route by it find what they know. */
const shard = "default";

const localNames: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** Written at login, autologin and refreshSecret, under the hash that the login was made with. */
export function sessionCookies(
  session: Session,
  request: { readonly hash: string; readonly userAgent: string; readonly headers: SessionRequest["headers"] },
  rules: { readonly cookies: CookieRules; readonly hash: HashRules },
  channel: CookieChannel,
): readonly Cookie[] {
  const staying = session.staySignedIn && rules.cookies.ttlSeconds > 0;
  const write = (name: string, value: string): Cookie => ({
    name,
    value,
    ...attributes(rules.cookies, channel),
    ...(staying ? { maxAgeSeconds: rules.cookies.ttlSeconds } : {}),
    ...domainOf(rules.cookies, channel),
  });
  const resumable = session.staySignedIn || rules.cookies.autologin;
  return [
    write(cookieNames.secret(request.hash), session.secret),
    write(publicSessionName(session, request, rules.hash), session.altId),
    write(cookieNames.shard, shard),
    ...(resumable ? [write(cookieNames.session(request.hash), session.id)] : []),
  ];
}

/** A request that its session's cookies came with. */
export interface CookieBearer extends Pick<SessionRequest, "cookies" | "headers"> {
  /** The hash in the name of the cookie that proved the session. */
  readonly hash: string;
}

/** The synchronizing client keeps no cookies, and what it is sent it would have to throw away. */
const synchronizer = "Open-Xchange USM HTTP Client";

/**
 * What a regular request's answer writes: all cookies of the session once a seventh of their life time has passed, so that
 * those of a browser in use never end; before that the shard where it is wrong, and the public session where it is missing.
 *
 * @param nowEpochMs milliseconds since the epoch
 * @returns `renewed` when the time is to be noted in the session
 */
export function dueCookies(
  session: Session,
  request: CookieBearer,
  rules: { readonly cookies: CookieRules; readonly hash: HashRules },
  channel: CookieChannel,
  nowEpochMs: number,
): { readonly cookies: readonly Cookie[]; readonly renewed: boolean } {
  const { ttlSeconds } = rules.cookies;
  const userAgent = headerOf(request.headers, "user-agent");
  const all = sessionCookies(session, { ...request, userAgent }, rules, channel);
  const ageMs = nowEpochMs - (session.cookiesWrittenAtMs ?? session.createdAtMs);
  if (ttlSeconds > 0 && ageMs >= (ttlSeconds * 1_000) / 7) return { cookies: all, renewed: true };
  const publicSession = publicSessionName(session, { ...request, userAgent }, rules.hash);
  const lacks = ({ name }: Cookie): boolean =>
    (name === cookieNames.shard && request.cookies[name] !== shard) ||
    (name === publicSession && request.cookies[name] === undefined && userAgent !== synchronizer);
  return { cookies: all.filter(lacks), renewed: false };
}

/**
 * Deletes whatever a session left in the browser. Each name is sent twice, with Domain and without: a browser keeps the
 * two apart, and nobody knows with which settings the cookie was written.
 */
export function deletedCookies(
  session: Session,
  request: {
    readonly hashes: readonly string[];
    readonly userAgent: string;
    readonly headers: SessionRequest["headers"];
    /** Names of further ones that came with the request; only those of the App Suite are deleted. Default: none. */
    readonly present?: readonly string[];
  },
  rules: { readonly cookies: CookieRules; readonly hash: HashRules },
  channel: CookieChannel,
): readonly Cookie[] {
  const names = [
    ...request.hashes.flatMap((hash) => [cookieNames.session(hash), cookieNames.secret(hash)]),
    publicSessionName(session, request, rules.hash),
    cookieNames.shard,
    ...(session.guest ? [cookieNames.share(shareCookieHash(request.userAgent))] : []),
    cookieNames.httpSession,
    ...(request.present ?? []).filter((name) => /^open-xchange-[\w-]+$/.test(name)),
  ];
  return deletions([...new Set(names)], rules.cookies, channel);
}

/** Deletions of cookies by name, for cookies that no session is known for. */
export function deletions(names: readonly string[], rules: CookieRules, channel: CookieChannel): readonly Cookie[] {
  const domain = rules.domain?.name ?? channel.serverName;
  return names.flatMap((name) => {
    const bare: Cookie = { name, value: "invalid", ...attributes(rules, channel), maxAgeSeconds: 0 };
    return isHostName(domain) ? [{ ...bare, domain }, bare] : [bare];
  });
}

const publicSessionName = (
  session: Session,
  request: { readonly userAgent: string; readonly headers: SessionRequest["headers"] },
  rules: HashRules,
): string => {
  const additionals = [String(session.contextId), String(session.userId)];
  return cookieNames.publicSession(
    cookieHash({ userAgent: request.userAgent, additionals, headers: request.headers }, rules),
  );
};

const attributes = (
  rules: CookieRules,
  { secure, serverName }: CookieChannel,
): Pick<Cookie, "path" | "sameSite" | "httpOnly" | "secure"> => ({
  path: "/",
  sameSite: "lax",
  httpOnly: rules.httpOnly,
  secure: secure || (rules.forceHttps && !localNames.includes(serverName)),
});

function domainOf(rules: CookieRules, { serverName }: CookieChannel): { readonly domain?: string } {
  if (rules.domain === undefined) return {};
  const domain = rules.domain.name ?? derivedDomain(serverName, rules.domain.prefixWithDot);
  return domain !== undefined && isHostName(domain) ? { domain } : {};
}

/** Nothing for addresses. What is left of a short name is no host name, so no cookie goes to all of `com`. */
function derivedDomain(serverName: string, withoutFirstLabel: boolean): string | undefined {
  if (isIP(serverName) !== 0) return undefined;
  return withoutFirstLabel ? serverName.slice(serverName.indexOf(".")) : serverName;
}

/** The server's name comes from the request: only what is a host name may become part of a header. */
const isHostName = (text: string): boolean => text.length <= 253 && /^\.?[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text);
