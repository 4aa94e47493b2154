/** Where a request comes from, as the middleware sees it, and whether a session bears that it has moved. */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Request } from "express";
import type { Switches } from "./switches.ts";

export interface Origin {
  readonly address: string;
  readonly secure: boolean;
  /** Host name without port. */
  readonly serverName: string;
}

/** Takes address and scheme from the headers of a known proxy, of nobody else. */
export function originOf(req: Request, { considerXForwards, knownProxies }: Switches): Origin {
  const peer = plain(req.socket.remoteAddress ?? "");
  const serverName = (req.headers.host ?? "").replace(/:\d+$/, "");
  if (!considerXForwards || !isIn(peer, knownProxies))
    return { address: peer, secure: "encrypted" in req.socket, serverName };
  const hops = (req.get("X-Forwarded-For") ?? "")
    .split(",")
    .map((hop) => plain(hop.trim()))
    .filter((hop) => hop !== "");
  // From the right: whatever stands left of the first unknown hop may be invented by it.
  const address = hops.findLast((hop) => !isIn(hop, knownProxies)) ?? hops[0] ?? peer;
  return { address, secure: req.get("X-Forwarded-Proto") === "https", serverName };
}

export interface Moving {
  readonly from: string;
  readonly to: string;
  readonly client: string;
}

/** Whether a strict check lets the session live on at its new address. */
export function mayMove({ from, to, client }: Moving, switches: Switches): boolean {
  return isWhitelisted(client, switches) || isIn(to, switches.noIpCheck) || isNeighbour(from, to, switches);
}

/** Whether the session is bound to the new address from now on. */
export function isBoundAnew({ client }: Moving, switches: Switches): boolean {
  if (isWhitelisted(client, switches)) return true;
  return switches.ipCheck === "none" && !/^usm-(eas|json)/i.test(client);
}

const isWhitelisted = (client: string, { ipCheckWhitelist }: Switches): boolean =>
  ipCheckWhitelist.some((pattern) => {
    const escaped = pattern.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${escaped.join(".*")}$`).test(client);
  });

function isNeighbour(from: string, to: string, { ipMaskV4, ipMaskV6 }: Switches): boolean {
  const mask = (isIPv4(from) ? ipMaskV4 : ipMaskV6).replace(/^\//, "");
  return mask !== "" && isIn(to, [`${from}/${mask}`]);
}

/** @param ranges addresses or CIDR ranges; what is neither is passed over, as are lines that begin with `#` */
function isIn(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.trim().split("/");
    if (!isIPv4(network) && !isIPv6(network)) continue;
    const family = familyOf(network);
    list.addSubnet(network, prefix === undefined ? (family === "ipv4" ? 32 : 128) : Number(prefix), family);
  }
  return (isIPv4(address) || isIPv6(address)) && list.check(address, familyOf(address));
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv4(address) ? "ipv4" : "ipv6");

/** A listener on all addresses shows IPv4 peers in the form of IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");
