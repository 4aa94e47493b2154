/**
 * Who is at the other end: the client's address, and scheme and host as its browser sees them. Proxies tell, but anybody
 * can write their headers, so only those of a known proxy count.
 */
import type { IncomingMessage } from "node:http";
import { isInRange, normalAddress, parseAddressRange } from "../../auth/index.ts";
import type { AddressRange } from "../../auth/index.ts";

export interface ProxyTrust {
  /** False: no forwarding header is looked at. */
  readonly considerXForwards: boolean;
  /** Addresses and networks (`10.0.0.0/8`). */
  readonly knownProxies: readonly string[];
  readonly forHeader: string;
  readonly protocolHeader: string;
}

export interface Client {
  /** In one spelling; undefined when the connection is already gone. */
  readonly address: string | undefined;
  readonly scheme: "http" | "https";
  /** Name and port. */
  readonly host: string | undefined;
}

const known: unique symbol = Symbol("client");

/** Asked several times for each request, so that the answer stays with it. */
type Asked = IncomingMessage & { [known]?: Client };

/** @param trust asked once for each request, so that a reload counts from the next one */
export function createClientOf(trust: () => ProxyTrust): (request: IncomingMessage) => Client {
  const knownProxies = createRanges();
  return (request: Asked) => {
    if (request[known] !== undefined) return request[known];
    const rules = trust();
    return (request[known] = clientOf(request, rules, knownProxies(rules.knownProxies)));
  };
}

/** Parsed once for each list: the settings keep theirs until a reload. */
function createRanges(): (entries: readonly string[]) => readonly AddressRange[] {
  let [from, ranges]: [readonly string[], readonly AddressRange[]] = [[], []];
  return (entries) => {
    if (entries !== from)
      [from, ranges] = [entries, entries.map(parseAddressRange).filter((range) => range !== undefined)];
    return ranges;
  };
}

/**
 * The client is the right-most hop that is no known proxy; the peer itself unless it is one.
 * `X-Forwarded-Host` counts under the same condition.
 */
function clientOf(request: IncomingMessage, trust: ProxyTrust, knownProxies: readonly AddressRange[]): Client {
  const peer = normalAddress(request.socket.remoteAddress);
  const direct: Client = { address: peer, scheme: "http", host: request.headers.host };
  if (!trust.considerXForwards || peer === undefined || !isKnownProxy(peer, knownProxies)) return direct;
  return {
    address: forwardedAddress(headerOf(request, trust.forHeader), knownProxies) ?? peer,
    scheme: /^(https|wss)$/i.test(lastOf(headerOf(request, trust.protocolHeader)) ?? "") ? "https" : "http",
    host: lastOf(headerOf(request, "x-forwarded-host")) ?? direct.host,
  };
}

function forwardedAddress(header: string, knownProxies: readonly AddressRange[]): string | undefined {
  const hops = header.split(",").map((hop) => normalAddress(hop.trim()));
  // A hop that is no address was not written by a known proxy: nothing left of it can be believed.
  const believed = hops.slice(hops.lastIndexOf(undefined) + 1);
  return believed.findLast((hop) => hop !== undefined && !isKnownProxy(hop, knownProxies)) ?? believed[0];
}

const headerOf = (request: IncomingMessage, name: string): string =>
  [request.headers[name.toLowerCase()] ?? []].flat().join(",");

const lastOf = (header: string): string | undefined => header.split(",").at(-1)?.trim() || undefined;

const isKnownProxy = (address: string, knownProxies: readonly AddressRange[]): boolean =>
  knownProxies.some((range) => isInRange(address, range));
