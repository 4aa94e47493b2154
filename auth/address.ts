/**
 * IP addresses and ranges of them as values: whatever way one is written, it compares equal to itself. An IPv4 address
 * mapped into IPv6 is that IPv4 address. Not here: whose address a request has (server/http/client.ts).
 */

import { isIP, isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

/** One spelling for each address; undefined for what is none. */
export function normalAddress(text: string | undefined): string | undefined {
  if (text !== undefined && isIPv4(text)) return text; // there is one spelling only, and this is asked at each request
  return text === undefined || isIP(text) === 0 ? undefined : ipaddr.process(text).toString();
}

/** True for two spellings of one address. What is no address equals nothing. */
export const isSameAddress = (a: string | undefined, b: string | undefined): boolean =>
  normalAddress(a) !== undefined && normalAddress(a) === normalAddress(b);

/** From its first to its last address, both included; both of the same length, 4 or 16 bytes. */
export interface AddressRange {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/**
 * Reads `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9` (blanks around the dash do not matter); IPv6 likewise. Bits of an
 * address behind the prefix are ignored. Undefined: it is no range, or one that ends before it begins.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  if (text.includes("/")) return network(text);
  const ends = text.split("-");
  const [first, last] = [ends[0], ends.at(-1)].map((end) => bytesOf((end ?? "").trim()));
  if (first === undefined || last === undefined || ends.length > 2) return undefined;
  return first.length === last.length && compare(first, last) <= 0 ? { first, last } : undefined;
}

/** False for what is no address. */
export function isInRange(address: string | undefined, { first, last }: AddressRange): boolean {
  const bytes = address === undefined ? undefined : bytesOf(address);
  return bytes?.length === first.length && compare(first, bytes) <= 0 && compare(bytes, last) <= 0;
}

/** True when the first `bits.v4` (or `bits.v6`) bits are the same. An undefined length, or two families: no subnet. */
export function isSameSubnet(
  a: string | undefined,
  b: string | undefined,
  bits: { readonly v4: number | undefined; readonly v6: number | undefined },
): boolean {
  const address = normalAddress(a);
  const length = address?.includes(":") === true ? bits.v6 : bits.v4;
  const range = address === undefined || length === undefined ? undefined : network(`${address}/${length}`);
  return range !== undefined && isInRange(b, range);
}

/** What one subscriber has: an IPv4 address, or the /64 that an IPv6 address is in, as each has all of it to choose from. */
export function subscriberOf(address: string): string {
  if (isIPv4(address)) return address;
  const bytes = bytesOf(address);
  return bytes === undefined ? address : bytes.slice(0, 8).join(".");
}

function network(text: string): AddressRange | undefined {
  const [address = "", length = "", ...rest] = text.split("/").map((part) => part.trim());
  const bytes = isIP(address) === 0 ? undefined : ipaddr.parse(address).toByteArray();
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Infinity;
  if (bytes === undefined || rest.length > 0 || bits > bytes.length * 8) return undefined;
  const free = bytes.map((_, at) => 0xff >> Math.min(8, Math.max(0, bits - 8 * at))); // bits behind the prefix
  const first = unmapped(bytes.map((byte, at) => byte & ~(free[at] ?? 0)));
  const last = unmapped(bytes.map((byte, at) => byte | (free[at] ?? 0)));
  return first.length === last.length ? { first, last } : undefined;
}

const bytesOf = (text: string): readonly number[] | undefined =>
  isIP(text) === 0 ? undefined : unmapped(ipaddr.parse(text).toByteArray());

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

const unmapped = (bytes: readonly number[]): readonly number[] =>
  bytes.length === 16 && mappedPrefix.every((byte, at) => bytes[at] === byte) ? bytes.slice(12) : bytes;

/** Of two of the same length. */
function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
