/** The question `whoami` as the middleware must hear it: as if the browser asked it, through one more proxy. */
import { isSameAddress, normalAddress } from "../address.ts";
import type { SessionRequest } from "../verdict.ts";
import type { Question } from "./upstreams.ts";

/** The middleware's own settings of the same names. */
export interface WhoAmIRules {
  readonly forHeader: string;
  readonly protocolHeader: string;
  /** `com.openexchange.cookie.hash.fields`: headers that are part of the cookie's name. */
  readonly hashFields: readonly string[];
}

/** Passed on as the browser sent them: the session's cookies with `JSESSIONID`, and what the cookie's name is made of. */
const passedOn = ["cookie", "user-agent"];

/**
 * The client's address goes along as a proxy would pass it on: with the wrong one, a middleware that checks addresses
 * ends the session. What the browser itself wrote into these headers does not.
 */
export function whoAmIQuestion(request: SessionRequest, sessionId: string, rules: WhoAmIRules): Question {
  const headers: Record<string, string> = { accept: "application/json" };
  for (const name of [...passedOn, ...rules.hashFields.map((field) => field.toLowerCase())]) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = [value].flat().join(", ");
  }
  const host = request.host ?? [request.headers["host"] ?? []].flat()[0];
  if (host !== undefined) headers["host"] = host;
  if (request.address !== undefined) headers[rules.forHeader.toLowerCase()] = request.address;
  headers[rules.protocolHeader.toLowerCase()] = request.scheme ?? "http";
  return { path: `/ajax/system?action=whoami&session=${sessionId}`, headers };
}

/** The header of a proxy is there, and the client's address is not from it: the proxy is not among the known ones. */
export function isFromUnknownProxy({ headers, address }: SessionRequest, { forHeader }: WhoAmIRules): boolean {
  const written = headers[forHeader.toLowerCase()];
  if (written === undefined) return false;
  const hops = [written].flat().join().split(",");
  return !hops.some((hop) => isSameAddress(normalAddress(hop.trim()), address));
}
