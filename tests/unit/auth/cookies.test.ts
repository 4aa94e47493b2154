import { describe, expect, test } from "@jest/globals";
import {
  deletedCookies,
  deletions,
  sessionCookies,
  type Cookie,
  type CookieChannel,
  type CookieRules,
} from "../../../auth/index.ts";
import { exampleSession, exampleUserAgent } from "../../support/example-session.ts";

const hash = { source: "calculate", salt: "replaceMe1234567890", fields: [] } as const;
const rules: CookieRules = { ttlSeconds: 604_800, httpOnly: true, forceHttps: false, autologin: false };
const plainChannel: CookieChannel = { secure: false, serverName: "ox.example.com" };
const from = { hash: "HASH", userAgent: exampleUserAgent, headers: {} };
const session = exampleSession();

const written = (
  changes: Partial<CookieRules> = {},
  channel: Partial<CookieChannel> = {},
  of = session,
): readonly Cookie[] =>
  sessionCookies(of, from, { cookies: { ...rules, ...changes }, hash }, { ...plainChannel, ...channel });
const first = (cookies: readonly Cookie[]): Cookie => {
  const [cookie] = cookies;
  if (cookie === undefined) throw new Error("no cookie");
  return cookie;
};

describe("the cookies of a session", () => {
  test("are secret, public session and shard, for the browser's own session", () => {
    const attributes = { path: "/", httpOnly: true, sameSite: "lax", secure: false };
    expect(written()).toEqual([
      { name: "open-xchange-secret-HASH", value: session.secret, ...attributes },
      { name: "open-xchange-public-session-RivqejidTBreBSJWSghuwg", value: session.altId, ...attributes },
      { name: "open-xchange-shard", value: "default", ...attributes },
    ]);
  });

  test.each([
    { name: "a stay-signed-in login", of: exampleSession({ staySignedIn: true }), autologin: false, there: true },
    { name: "any login while autologin is on", of: session, autologin: true, there: true },
    { name: "another login", of: session, autologin: false, there: false },
  ])("hold the session id after $name: $there", ({ of, autologin, there }) => {
    const ids = written({ autologin }, {}, of).filter(({ name }) => name === "open-xchange-session-HASH");
    expect(ids.map(({ value }) => value)).toEqual(there ? [of.id] : []);
  });

  test.each([
    { name: "a stay-signed-in login", staySignedIn: true, ttlSeconds: 604_800, life: 604_800 },
    {
      name: "a stay-signed-in login whose cookies end with the browser",
      staySignedIn: true,
      ttlSeconds: -1,
      life: undefined,
    },
    { name: "another login", staySignedIn: false, ttlSeconds: 604_800, life: undefined },
  ])("live $life seconds after $name", ({ staySignedIn, ttlSeconds, life }) => {
    const lives = written({ ttlSeconds }, {}, exampleSession({ staySignedIn })).map(
      ({ maxAgeSeconds }) => maxAgeSeconds,
    );
    expect(new Set(lives)).toEqual(new Set([life]));
  });

  test.each([
    { name: "by TLS", channel: { secure: true }, forceHttps: false, secure: true },
    { name: "without TLS", channel: {}, forceHttps: false, secure: false },
    { name: "without TLS where HTTPS is forced", channel: {}, forceHttps: true, secure: true },
    {
      name: "to localhost where HTTPS is forced",
      channel: { serverName: "localhost" },
      forceHttps: true,
      secure: false,
    },
    { name: "to ::1 where HTTPS is forced", channel: { serverName: "::1" }, forceHttps: true, secure: false },
    { name: "by TLS to localhost", channel: { serverName: "localhost", secure: true }, forceHttps: true, secure: true },
  ])("are Secure when they go $name: $secure", ({ channel, forceHttps, secure }) => {
    expect(first(written({ forceHttps }, channel)).secure).toBe(secure);
  });

  test("can be read by scripts only when a setting says so", () => {
    expect(first(written({ httpOnly: false })).httpOnly).toBe(false);
  });

  const derived = { prefixWithDot: true };
  test.each([
    { name: "none, without the setting", domain: undefined, serverName: "ox.example.com", expected: undefined },
    {
      name: "the configured one",
      domain: { ...derived, name: "example.org" },
      serverName: "ox.example.com",
      expected: "example.org",
    },
    {
      name: "the server's without its first label",
      domain: derived,
      serverName: "ox.example.com",
      expected: ".example.com",
    },
    {
      name: "the server's own, without the dot",
      domain: { prefixWithDot: false },
      serverName: "ox.example.com",
      expected: "ox.example.com",
    },
    {
      name: "none where but a top level would remain",
      domain: derived,
      serverName: "example.com",
      expected: undefined,
    },
    { name: "none for an address", domain: { prefixWithDot: false }, serverName: "192.0.2.1", expected: undefined },
    { name: "none for a bare name", domain: { prefixWithDot: false }, serverName: "localhost", expected: undefined },
    {
      name: "none for a name that is none",
      domain: { prefixWithDot: false },
      serverName: "a.b; Path=/x",
      expected: undefined,
    },
  ])("have this Domain: $name", ({ domain, serverName, expected }) => {
    expect(first(written(domain === undefined ? {} : { domain }, { serverName })).domain).toBe(expected);
  });
});

describe("deleting the cookies of a session", () => {
  const deleted = (of = session): readonly Cookie[] =>
    deletedCookies(of, { ...from, hashes: ["HASH"] }, { cookies: rules, hash }, plainChannel);

  test("names each twice, with Domain and without, and ends it at once", () => {
    const names = [
      "open-xchange-session-HASH",
      "open-xchange-secret-HASH",
      "open-xchange-public-session-RivqejidTBreBSJWSghuwg",
      "open-xchange-shard",
      "JSESSIONID",
    ];
    expect(deleted().map(({ name, domain }) => [name, domain])).toEqual(
      names.flatMap((name) => [
        [name, "ox.example.com"],
        [name, undefined],
      ]),
    );
    expect(deleted().every(({ value, maxAgeSeconds }) => value === "invalid" && maxAgeSeconds === 0)).toBe(true);
  });

  test("takes a guest's share cookie along", () => {
    const names = deleted(exampleSession({ guest: true })).map(({ name }) => name);
    expect(names).toContain("open-xchange-share-eb6ae361022a9f1cf78c3b2ac2498485");
    expect(deleted().map(({ name }) => name)).not.toContain("open-xchange-share-eb6ae361022a9f1cf78c3b2ac2498485");
  });

  test("names the configured Domain, and none that would break the header", () => {
    const domains = (changes: Partial<CookieRules>, serverName: string): readonly (string | undefined)[] =>
      deletions(["a"], { ...rules, ...changes }, { secure: false, serverName }).map(({ domain }) => domain);
    expect(domains({ domain: { name: "example.org", prefixWithDot: true } }, "x.example")).toEqual([
      "example.org",
      undefined,
    ]);
    expect(domains({}, "evil\r\nSet-Cookie: a=b")).toEqual([undefined]);
    expect(domains({}, "")).toEqual([undefined]);
  });
});
