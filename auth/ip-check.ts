/**
 * May a session go on from another address than the one it is bound to? The middleware's IP check with its modes `none`
 * and `strict`. Pure: what the check means for the session is the caller's (validator.ts, login and logout).
 */

import { isInRange, isSameAddress, isSameSubnet, normalAddress, parseAddressRange } from "./address.ts";
import type { AddressRange } from "./address.ts";
import type { Session } from "./session.ts";

/** The rules for one user. */
export interface IpCheckRules {
  /** `strict`: another address ends the session, unless one of the exceptions below holds. */
  readonly mode: "none" | "strict";
  /** Addresses with this many leading bits in common count as one place; undefined: none do. */
  readonly maskV4: number | undefined;
  readonly maskV6: number | undefined;
  /** Ids of clients that may roam, with `*` for any text; capitals do not count. */
  readonly roamingClients: readonly string[];
  /** Addresses that a session may always come from. */
  readonly exempt: readonly AddressRange[];
}

/** Where validators, login and logout learn the rules; asked at each request, so that a reload counts at once. */
export type IpCheckFor = (user: Pick<Session, "contextId" | "userId">) => IpCheckRules;

/**
 * - `same`: the address the session is bound to.
 * - `moved`: another one, and the session is bound to it from now on.
 * - `tolerated`: another one, and the session stays bound to the old one.
 * - `refused`: another one, or none that is known, and the session must not be served from there.
 */
export type AddressOutcome = "same" | "moved" | "tolerated" | "refused";

/** @param address of the request; undefined (the connection is gone already) counts as another one */
export function checkAddress(
  session: Pick<Session, "localIp" | "client">,
  address: string | undefined,
  rules: IpCheckRules,
): AddressOutcome {
  if (isSameAddress(session.localIp, address)) return "same";
  const follow = normalAddress(address) === undefined ? "tolerated" : "moved"; // nothing is no place to be bound to
  if (rules.roamingClients.some((pattern) => matches(pattern, session.client))) return follow;
  if (rules.mode === "none") return isSynchronizer(session.client) ? "tolerated" : follow;
  const excepted =
    rules.exempt.some((range) => isInRange(address, range)) ||
    isSameSubnet(session.localIp, address, { v4: rules.maskV4, v6: rules.maskV6 });
  return excepted ? "tolerated" : "refused";
}

/** The USM connectors speak for phones that are everywhere at once: their sessions stay bound to the server they run on. */
const isSynchronizer = (client: string): boolean => /^usm-(eas|json)/i.test(client);

/** Part by part instead of a pattern of RegExp, which an operator's `*****` could make slow. */
function matches(pattern: string, client: string): boolean {
  const [start = "", ...parts] = pattern.toLowerCase().split("*");
  const text = client.toLowerCase();
  const end = parts.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - end.length >= at && text.endsWith(end);
}

/**
 * Reads the text of `noipcheck.cnf`: one address, range or network a line, see `parseAddressRange`. Blank lines and those
 * that begin with `#` say nothing. Lines that are none of these are left out and named by their number, from 1.
 */
export function readExemptRanges(text: string): {
  readonly ranges: readonly AddressRange[];
  readonly badLines: readonly number[];
} {
  const ranges: AddressRange[] = [];
  const badLines: number[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|[\n\r]/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const range = parseAddressRange(line);
    if (range === undefined) badLines.push(index + 1);
    else ranges.push(range);
  }
  return { ranges, badLines };
}
