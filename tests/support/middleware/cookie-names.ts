/**
 * The names of the middleware's cookies, worked out from the description alone and on purpose not with the product's
 * code: what one computes, the other must find.
 * Not here: which cookies are written and when (cookies.ts).
 */
import { createHash } from "node:crypto";

/** What a hash is made of, in the order in which it is digested. */
export interface HashParts {
  readonly userAgent: string;
  /** Left out for cookies that belong to no client. */
  readonly client?: string;
  readonly additionals?: readonly string[];
  /** Values of the headers named by `com.openexchange.cookie.hash.fields`, absent ones left out. */
  readonly fieldValues?: readonly string[];
  /** Default: the one that is shipped. */
  readonly salt?: string;
}

export const shippedSalt = "replaceMe1234567890";

/** MD5 over the parts without separators, Base64, and of that only `A-Z a-z 0-9 _`. */
export function hashOf({
  userAgent,
  client = "",
  additionals = [],
  fieldValues = [],
  salt = shippedSalt,
}: HashParts): string {
  const digest = createHash("md5");
  for (const part of [userAgent, client, ...additionals, ...fieldValues, salt]) digest.update(part, "utf8");
  return digest.digest("base64").replaceAll(/[^A-Za-z0-9_]/g, "");
}

export const secretCookie = (hash: string): string => `open-xchange-secret-${hash}`;
export const sessionCookie = (hash: string): string => `open-xchange-session-${hash}`;
export const publicSessionCookie = (hash: string): string => `open-xchange-public-session-${hash}`;
export const shareCookie = (userAgent: string): string =>
  `open-xchange-share-${createHash("md5").update(userAgent, "utf8").digest("hex")}`;
export const shardCookie = "open-xchange-shard";
export const httpSessionCookie = "JSESSIONID";
