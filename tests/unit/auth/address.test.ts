import { describe, expect, test } from "@jest/globals";
import { isInRange, isSameAddress, isSameSubnet, parseAddressRange, subscriberOf } from "../../../auth/address.ts";

test.each([
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "::ffff:192.0.2.1", true],
  ["::ffff:c000:201", "192.0.2.1", true],
  ["2001:DB8:0::1", "2001:db8::1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["192.0.2.1", "2001:db8::1", false],
  ["", "", false],
  ["unknown", "unknown", false],
  ["192.0.2.1", undefined, false],
])("%s and %s are one address: %p", (a, b, same) => {
  expect(isSameAddress(a, b)).toBe(same);
});

describe("a range", () => {
  test.each([
    { range: "192.0.2.7", within: ["192.0.2.7", "::ffff:192.0.2.7"], without: ["192.0.2.8", "::7"] },
    { range: "10.0.0.0/8", within: ["10.0.0.0", "10.255.255.255"], without: ["9.255.255.255", "11.0.0.0"] },
    { range: "10.9.9.9/8", within: ["10.1.1.1"], without: ["11.0.0.0"] },
    { range: "192.0.2.128/25", within: ["192.0.2.128", "192.0.2.255"], without: ["192.0.2.127"] },
    { range: "0.0.0.0/0", within: ["255.255.255.255"], without: ["2001:db8::1"] },
    { range: "192.0.2.5 - 192.0.3.2", within: ["192.0.2.5", "192.0.2.255", "192.0.3.2"], without: ["192.0.3.3"] },
    { range: "2001:db8::/32", within: ["2001:db8:ffff::1"], without: ["2001:db9::"] },
    { range: "2001:db8::1-2001:db8::ff", within: ["2001:DB8::a"], without: ["2001:db8::100"] },
    { range: "::ffff:10.0.0.0/104", within: ["10.1.2.3"], without: ["11.0.0.0", "::a01:203"] },
    { range: "::/0", within: ["2001:db8::1"], without: ["10.1.2.3"] },
  ])("$range holds $within and not $without", ({ range, within, without }) => {
    const parsed = parseAddressRange(range);
    expect(parsed).toBeDefined();
    if (parsed === undefined) return;
    expect(within.filter((address) => !isInRange(address, parsed))).toEqual([]);
    expect([...without, undefined, "", "host"].filter((address) => isInRange(address, parsed))).toEqual([]);
  });

  test.each([
    "",
    "host",
    "10.0.0.1-",
    "-10.0.0.1",
    "10.0.0.2-10.0.0.1",
    "10.0.0.1-2001:db8::1",
    "10.0.0.1-10.0.0.2-10.0.0.3",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "10.0.0/8",
    "2001:db8::/129",
    "010.0.0.1",
    "10.0.0.*",
  ])("is none: %p", (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });
});

test.each([
  { a: "192.0.2.1", b: "192.0.2.200", bits: { v4: 24, v6: undefined }, same: true },
  { a: "192.0.2.1", b: "192.0.3.1", bits: { v4: 24, v6: undefined }, same: false },
  { a: "::ffff:192.0.2.1", b: "192.0.2.200", bits: { v4: 24, v6: undefined }, same: true },
  { a: "192.0.2.1", b: "192.0.2.2", bits: { v4: undefined, v6: 64 }, same: false },
  { a: "2001:db8::1", b: "2001:db8::2", bits: { v4: 24, v6: 64 }, same: true },
  { a: "2001:db8::1", b: "2001:db8:0:1::1", bits: { v4: 0, v6: 64 }, same: false },
  { a: "192.0.2.1", b: "2001:db8::1", bits: { v4: 0, v6: 0 }, same: false },
  { a: "", b: "192.0.2.1", bits: { v4: 0, v6: 0 }, same: false },
  { a: "192.0.2.1", b: undefined, bits: { v4: 0, v6: 0 }, same: false },
])("$a and $b are in one subnet of $bits: $same", ({ a, b, bits, same }) => {
  expect(isSameSubnet(a, b, bits)).toBe(same);
});

test("one subscriber has one IPv4 address, or all of an IPv6 /64", () => {
  expect(subscriberOf("192.0.2.1")).not.toBe(subscriberOf("192.0.2.2"));
  expect(subscriberOf("::ffff:192.0.2.1")).toBe(subscriberOf("192.0.2.1"));
  expect(subscriberOf("2001:db8::1")).toBe(subscriberOf("2001:db8::2"));
  expect(subscriberOf("2001:db8::1")).not.toBe(subscriberOf("2001:db8:0:1::1"));
});
