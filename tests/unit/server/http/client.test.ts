import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { normalAddress } from "../../../../auth/index.ts";
import { createClientOf } from "../../../../server/http/client.ts";
import type { Client, ProxyTrust } from "../../../../server/http/client.ts";

const trust: ProxyTrust = {
  considerXForwards: true,
  knownProxies: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1"],
  forHeader: "X-Forwarded-For",
  protocolHeader: "X-Forwarded-Proto",
};

type Headers = Readonly<Record<string, string | string[]>>;

/** A request as Node makes it, from a peer of this address. */
function client(peer: string | undefined, headers: Headers = {}, changes: Partial<ProxyTrust> = {}): Client {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: peer });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, { host: "oxbow.example:8009", ...headers });
  return createClientOf(() => ({ ...trust, ...changes }))(request);
}

const proxied = {
  "x-forwarded-for": "198.51.100.9",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "mail.example.com",
};

test("behind a known proxy address, scheme and host are those that the browser sees", () => {
  expect(client("10.1.2.3", proxied)).toEqual({ address: "198.51.100.9", scheme: "https", host: "mail.example.com" });
});

test.each([
  { name: "the peer is no known proxy", peer: "203.0.113.1", changes: {} },
  { name: "forwarding headers are not considered", peer: "10.1.2.3", changes: { considerXForwards: false } },
  { name: "no proxy is known", peer: "10.1.2.3", changes: { knownProxies: [] } },
])("no forwarding header counts when $name", ({ peer, changes }) => {
  expect(client(peer, proxied, changes)).toEqual({ address: peer, scheme: "http", host: "oxbow.example:8009" });
});

test("a connection that is already gone has no address, and nothing is believed", () => {
  expect(client(undefined, proxied)).toEqual({ address: undefined, scheme: "http", host: "oxbow.example:8009" });
});

test.each([
  { name: "a single address of a list", peer: "192.0.2.7" },
  { name: "an address of a range", peer: "10.255.255.255" },
  { name: "an IPv4 address mapped into IPv6", peer: "::ffff:10.1.2.3" },
  { name: "an IPv6 address of a range", peer: "2001:db8:1::5" },
  { name: "the loopback address of IPv6", peer: "::1" },
])("$name is a known proxy", ({ peer }) => {
  expect(client(peer, proxied).address).toBe("198.51.100.9");
});

test.each(["192.0.2.8", "11.0.0.1", "2001:db9::1", "::2"])("%s is no known proxy", (peer) => {
  expect(client(peer, proxied).address).toBe(peer);
});

test.each([
  { name: "one hop", header: "198.51.100.9", address: "198.51.100.9" },
  { name: "the last hop that is no known proxy", header: "198.51.100.9, 10.0.0.1", address: "198.51.100.9" },
  { name: "what stands before it is anybody's invention", header: "1.1.1.1, 198.51.100.9", address: "198.51.100.9" },
  { name: "a forged proxy further left", header: "10.9.9.9, 198.51.100.9, 10.0.0.1", address: "198.51.100.9" },
  { name: "an IPv6 hop in one spelling", header: "2001:DB9:0:0::5", address: "2001:db9::5" },
  { name: "a mapped hop as IPv4", header: "::ffff:198.51.100.9", address: "198.51.100.9" },
  { name: "no blanks needed", header: "198.51.100.9,10.0.0.1", address: "198.51.100.9" },
  { name: "known proxies only: the first of them", header: "10.0.0.9, 10.0.0.1", address: "10.0.0.9" },
  {
    name: "a hop that is no address hides all before it",
    header: "198.51.100.9, unknown, 10.0.0.5",
    address: "10.0.0.5",
  },
  { name: "a last hop that is no address: the peer", header: "198.51.100.9, unknown", address: "10.1.2.3" },
  { name: "an address with a port: the peer", header: "198.51.100.9:4711", address: "10.1.2.3" },
  { name: "nothing: the peer", header: "", address: "10.1.2.3" },
  { name: "commas only: the peer", header: ",,", address: "10.1.2.3" },
])("of the hops counts $name", ({ header, address }) => {
  expect(client("10.1.2.3", { "x-forwarded-for": header }).address).toBe(address);
});

test("without the header the proxy itself is the client", () => {
  expect(client("10.1.2.3")).toEqual({ address: "10.1.2.3", scheme: "http", host: "oxbow.example:8009" });
});

test.each([
  { value: "https", scheme: "https" },
  { value: "wss", scheme: "https" },
  { value: "HTTPS", scheme: "https" },
  { value: "http", scheme: "http" },
  { value: "ws", scheme: "http" },
  { value: "https,http", scheme: "http" },
  { value: "httpsx", scheme: "http" },
  { value: "", scheme: "http" },
])("a proxy that says '$value' means $scheme", ({ value, scheme }) => {
  expect(client("10.1.2.3", { "x-forwarded-proto": value }).scheme).toBe(scheme);
});

test.each([
  { value: "mail.example.com", host: "mail.example.com" },
  { value: "evil.example, mail.example.com", host: "mail.example.com" },
  { value: " ", host: "oxbow.example:8009" },
  { value: "mail.example.com,", host: "oxbow.example:8009" },
])("a proxy that forwards the host '$value' means $host", ({ value, host }) => {
  expect(client("10.1.2.3", { "x-forwarded-host": value }).host).toBe(host);
});

test("the names of the headers are settings, in any case", () => {
  const headers = { "x-real-ip": "198.51.100.9", "x-scheme": "https", "x-forwarded-for": "198.51.100.1" };
  const changes = { forHeader: "X-Real-IP", protocolHeader: "X-SCHEME" };
  expect(client("10.1.2.3", headers, changes)).toMatchObject({ address: "198.51.100.9", scheme: "https" });
});

test("a repeated header counts as one list", () => {
  const headers = { "x-real-ip": ["1.1.1.1", "198.51.100.9"] };
  expect(client("10.1.2.3", headers, { forHeader: "X-Real-IP" }).address).toBe("198.51.100.9");
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::ffff:7f00:1", "127.0.0.1"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["FE80::1", "fe80::1"],
  ["", undefined],
  ["localhost", undefined],
  ["256.1.1.1", undefined],
  ["1.2.3.4/24", undefined],
  ["[::1]", undefined],
])("the one spelling of '%s' is %s", (text, normal) => {
  expect(normalAddress(text)).toBe(normal);
});

test("no header throws, and the address is always one", () => {
  const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom("unknown", "10.0.0.1", ","));
  fc.assert(
    fc.property(fc.array(hop), fc.oneof(fc.ipV4(), fc.ipV6()), (hops, peer) => {
      const { address } = client(peer, { "x-forwarded-for": hops.join(", ") });
      expect(normalAddress(address)).toBe(address);
      expect(address).toBeDefined();
    }),
  );
});
