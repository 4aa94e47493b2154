/**
 * Who is at the other end: the client's address, and scheme and host as its browser sees them. Proxies tell, but anybody
 * can write their headers, so only those of a known proxy count.
 */
import type { IncomingMessage } from "node:http";
import { isInRange, normalAddress, parseAddressRange } from "../../auth/index.ts";

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

/**
 * The client is the right-most hop that is no known proxy; the peer itself unless it is one.
 * `X-Forwarded-Host` counts under the same condition.
 */
export function clientOf(request: IncomingMessage, trust: ProxyTrust): Client {
  const peer = normalAddress(request.socket.remoteAddress);
  const direct: Client = { address: peer, scheme: "http", host: request.headers.host };
  if (!trust.considerXForwards || peer === undefined || !isKnownProxy(peer, trust.knownProxies)) return direct;
  return {
    address: forwardedAddress(headerOf(request, trust.forHeader), trust.knownProxies) ?? peer,
    scheme: /^(https|wss)$/i.test(lastOf(headerOf(request, trust.protocolHeader)) ?? "") ? "https" : "http",
    host: lastOf(headerOf(request, "x-forwarded-host")) ?? direct.host,
  };
}

function forwardedAddress(header: string, knownProxies: readonly string[]): string | undefined {
  const hops = header.split(",").map((hop) => normalAddress(hop.trim()));
  // A hop that is no address was not written by a known proxy: nothing left of it can be believed.
  const believed = hops.slice(hops.lastIndexOf(undefined) + 1);
  return believed.findLast((hop) => hop !== undefined && !isKnownProxy(hop, knownProxies)) ?? believed[0];
}

const headerOf = (request: IncomingMessage, name: string): string =>
  [request.headers[name.toLowerCase()] ?? []].flat().join(",");

const lastOf = (header: string): string | undefined => header.split(",").at(-1)?.trim() || undefined;

const isKnownProxy = (address: string, knownProxies: readonly string[]): boolean =>
  knownProxies.some((entry) => {
    const range = parseAddressRange(entry);
    return range !== undefined && isInRange(address, range);
  });
