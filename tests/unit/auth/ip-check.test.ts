import { describe, expect, test } from "@jest/globals";
import { parseAddressRange } from "../../../auth/address.ts";
import { checkAddress, readExemptRanges, type AddressOutcome, type IpCheckRules } from "../../../auth/ip-check.ts";

const none: IpCheckRules = {
  mode: "none",
  maskV4: undefined,
  maskV6: undefined,
  roamingClients: ["open-xchange-mailapp", "open-xchange-mobile-api-facade"],
  exempt: [],
};
const strict: IpCheckRules = { ...none, mode: "strict" };
const home = "192.0.2.1";
const elsewhere = "198.51.100.7";

interface Case {
  readonly name: string;
  readonly rules: IpCheckRules;
  readonly address: string | undefined;
  readonly client?: string;
  readonly boundTo?: string;
  readonly outcome: AddressOutcome;
}

const range = parseAddressRange("198.51.100.0/24");
const exempt = range === undefined ? [] : [range];

test.each<Case>([
  { name: "the same address", rules: strict, address: home, outcome: "same" },
  { name: "the same address, mapped", rules: strict, address: `::ffff:${home}`, outcome: "same" },
  {
    name: "the same address, bound to as mapped",
    rules: strict,
    boundTo: `::FFFF:${home}`,
    address: home,
    outcome: "same",
  },
  { name: "another address without a check", rules: none, address: elsewhere, outcome: "moved" },
  { name: "no address without a check", rules: none, address: undefined, outcome: "tolerated" },
  { name: "no address, bound to none", rules: none, boundTo: "", address: undefined, outcome: "tolerated" },
  { name: "an address for a session bound to none", rules: none, boundTo: "", address: home, outcome: "moved" },
  { name: "USM-EAS without a check", rules: none, address: elsewhere, client: "USM-EAS", outcome: "tolerated" },
  { name: "usm-json-x without a check", rules: none, address: elsewhere, client: "usm-json-x", outcome: "tolerated" },
  { name: "x-USM-EAS without a check", rules: none, address: elsewhere, client: "x-USM-EAS", outcome: "moved" },
  { name: "another address under strict", rules: strict, address: elsewhere, outcome: "refused" },
  { name: "no address under strict", rules: strict, address: undefined, outcome: "refused" },
  { name: "rubbish under strict", rules: strict, address: "unknown", outcome: "refused" },
  { name: "USM-EAS under strict", rules: strict, address: elsewhere, client: "USM-EAS", outcome: "refused" },
  {
    name: "a roaming client under strict",
    rules: strict,
    address: elsewhere,
    client: "open-xchange-mailapp",
    outcome: "moved",
  },
  {
    name: "a roaming client in other letters",
    rules: strict,
    address: elsewhere,
    client: "Open-Xchange-MailApp",
    outcome: "moved",
  },
  {
    name: "a roaming client without an address",
    rules: strict,
    address: undefined,
    client: "open-xchange-mailapp",
    outcome: "tolerated",
  },
  { name: "an exempt range", rules: { ...strict, exempt }, address: elsewhere, outcome: "tolerated" },
  {
    name: "an exempt range of old, not of new",
    rules: { ...strict, exempt },
    boundTo: elsewhere,
    address: home,
    outcome: "refused",
  },
  { name: "one network by the mask", rules: { ...strict, maskV4: 24 }, address: "192.0.2.99", outcome: "tolerated" },
  { name: "two networks by the mask", rules: { ...strict, maskV4: 25 }, address: "192.0.2.199", outcome: "refused" },
  {
    name: "one IPv6 network by the mask",
    rules: { ...strict, maskV6: 64 },
    boundTo: "2001:db8::1",
    address: "2001:db8::2",
    outcome: "tolerated",
  },
])("$name: $outcome", ({ rules, address, client = "open-xchange-appsuite", boundTo = home, outcome }) => {
  expect(checkAddress({ localIp: boundTo, client }, address, rules)).toBe(outcome);
});

describe("a pattern for clients", () => {
  const roams = (pattern: string, client: string): boolean =>
    checkAddress({ localIp: home, client }, elsewhere, { ...strict, roamingClients: [pattern] }) === "moved";
  test.each([
    ["*", "anything", true],
    ["com.*", "com.example.app", true],
    ["com.*", "xcom.example", false],
    ["*.app", "com.example.app", true],
    ["*.app", "com.example.apple", false],
    ["com.*.app", "com.example.app", true],
    ["com.*.app", "com.app", false],
    ["a*a", "a", false],
    ["a*b*c", "axxbxxc", true],
    ["a*b*c", "acb", false],
    ["com.example", "comXexample", false],
    ["", "", true],
    ["", "x", false],
  ])("%s fits %s: %p", (pattern, client, fits) => {
    expect(roams(pattern, client)).toBe(fits);
  });

  test("of many stars is no way to stall", () => {
    const startedMs = performance.now();
    expect(roams("*a".repeat(2_000), `${"a".repeat(1_999)}b`)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

test("noipcheck.cnf: comments and blank lines say nothing, bad lines are named and left out", () => {
  const text =
    "\uFEFF# home\r\n\r\n  10.0.0.0/8  \r\n192.0.2.1-192.0.2.9\n# 1.1.1.1\nhost\n2001:db8::/32\n10.0.0.0/99\n";
  const { ranges, badLines } = readExemptRanges(text);
  expect(ranges).toHaveLength(3);
  expect(badLines).toEqual([6, 8]);
});
