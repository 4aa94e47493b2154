import { describe, expect, test } from "@jest/globals";
import { cookieHash, expectedHashes, shareCookieHash, type HashRules } from "../../../auth/cookie-hash.ts";
import type { SessionRequest } from "../../../auth/index.ts";
import { exampleSession, exampleUserAgent } from "../../support/example-session.ts";

const plain = { salt: "replaceMe1234567890", fields: [] };
const rules = (changes: Partial<HashRules> = {}): HashRules => ({ source: "calculate", ...plain, ...changes });

describe("the hash in cookie names", () => {
  const headers = {};
  test.each([
    {
      name: "the secret cookie",
      input: { userAgent: exampleUserAgent, client: "open-xchange-appsuite", headers },
      hash: "ewVgq30ckdZgPB629cI0bA",
    },
    {
      name: "a guest's secret cookie",
      input: { userAgent: exampleUserAgent, client: "open-xchange-appsuite", additionals: ["1", "3"], headers },
      hash: "Vy35FsNWq1GpqrXnvzhvw",
    },
    {
      name: "the public session cookie",
      input: { userAgent: exampleUserAgent, additionals: ["1", "3"], headers },
      hash: "RivqejidTBreBSJWSghuwg",
    },
    { name: "no User-Agent", input: { userAgent: "", client: "default", headers }, hash: "VK1NtkX6l3Kvcq8MiV5rw" },
  ])("is the published one for $name", ({ input, hash }) => {
    expect(cookieHash(input, plain)).toBe(hash);
  });

  test("is unsalted hex of the User-Agent for the share cookie", () => {
    expect(shareCookieHash(exampleUserAgent)).toBe("eb6ae361022a9f1cf78c3b2ac2498485");
  });

  test("depends on the salt", () => {
    const input = { userAgent: exampleUserAgent, headers };
    expect(cookieHash(input, { ...plain, salt: "another" })).not.toBe(cookieHash(input, plain));
  });

  test("takes in configured headers in the order of the list, whatever their case, and skips those that are absent", () => {
    const input = { userAgent: "UA-", headers: { "x-first": "one", "x-second": ["two", "three"] } };
    const joined = cookieHash({ userAgent: "UA-twoone", headers: {} }, plain);
    expect(cookieHash(input, { ...plain, fields: ["X-Second", "X-Missing", "X-First"] })).toBe(joined);
  });

  test("holds nothing but letters, digits and underscores", () => {
    const hashes = Array.from({ length: 500 }, (_, at) => cookieHash({ userAgent: `agent ${at}`, headers }, plain));
    expect(hashes.filter((hash) => !/^\w{1,22}$/.test(hash))).toEqual([]);
    expect(hashes.some((hash) => hash.length < 22)).toBe(true);
  });
});

describe("the hashes expected of a request", () => {
  const remembered = exampleSession({ hash: "remembered" });
  const calculated = "ewVgq30ckdZgPB629cI0bA";
  const of = (
    userAgent: string | undefined,
    purpose: SessionRequest["purpose"],
    changes: Partial<HashRules> = {},
    session = remembered,
  ): readonly string[] => {
    const headers = userAgent === undefined ? {} : { "user-agent": userAgent };
    return expectedHashes(session, { headers, purpose }, rules(changes));
  };
  const empty = cookieHash({ userAgent: "", client: remembered.client, headers: {} }, plain);

  test.each([
    {
      name: "calculates from the request's User-Agent",
      purpose: "request",
      agent: exampleUserAgent,
      source: "calculate",
      hashes: [calculated],
    },
    {
      name: "calculates for a socket too",
      purpose: "socket",
      agent: exampleUserAgent,
      source: "calculate",
      hashes: [calculated],
    },
    {
      name: "remembers whatever the User-Agent",
      purpose: "request",
      agent: "Other",
      source: "remember",
      hashes: ["remembered"],
    },
    {
      name: "remembers for a socket too",
      purpose: "socket",
      agent: "Other",
      source: "remember",
      hashes: ["remembered"],
    },
    {
      name: "calculates with nothing for a request without User-Agent",
      purpose: "request",
      agent: undefined,
      source: "calculate",
      hashes: [empty],
    },
    {
      name: "remembers for a socket without User-Agent",
      purpose: "socket",
      agent: undefined,
      source: "calculate",
      hashes: ["remembered"],
    },
    {
      name: "calculates for a socket whose User-Agent is empty",
      purpose: "socket",
      agent: "",
      source: "calculate",
      hashes: [empty],
    },
  ] as const)("$name", ({ purpose, agent, source, hashes }) => {
    expect(of(agent, purpose, { source })).toEqual(hashes);
  });

  test.each([
    { name: "AppleCoreMedia", agent: "AppleCoreMedia/1.0.0.20G75 (iPad; U; CPU OS 16_6)" },
    { name: "Stagefright, in whatever case", agent: "StageFright/1.2 (Linux;Android 4.4)" },
    { name: "Internet Explorer 11", agent: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko" },
    { name: "the old Edge", agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/64.0 Safari/537.36 Edge/17.17134" },
  ])("tries the remembered hash too for $name", ({ agent }) => {
    const own = cookieHash({ userAgent: agent, client: remembered.client, headers: {} }, plain);
    expect(of(agent, "request")).toEqual([own, "remembered"]);
    expect(of(agent, "socket")).toEqual([own, "remembered"]);
    expect(of(agent, "request", {}, exampleSession({ hash: own }))).toEqual([own]);
  });

  test.each([
    { name: "today's Edge", agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0" },
    { name: "Internet Explorer 10", agent: "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)" },
    { name: "a player named behind another name", agent: "Other AppleCoreMedia/1.0" },
  ])("tries no other hash for $name", ({ agent }) => {
    expect(of(agent, "request")).toHaveLength(1);
  });

  test("takes in context and user for a guest", () => {
    expect(of(exampleUserAgent, "request", {}, exampleSession({ guest: true }))).toEqual(["Vy35FsNWq1GpqrXnvzhvw"]);
  });
});
