import { expect, test } from "@jest/globals";
import { dueCookies, type CookieRules, type Session } from "../../../auth/index.ts";
import { exampleSession, exampleUserAgent } from "../../support/example-session.ts";

const hash = { source: "calculate", salt: "replaceMe1234567890", fields: [] } as const;
const channel = { secure: true, serverName: "ox.example.com" };
const loginMs = 1_700_000_000_000;
const weekSeconds = 604_800;
const dayMs = 86_400_000;
const publicName = "open-xchange-public-session-RivqejidTBreBSJWSghuwg";
const complete = { "open-xchange-secret-HASH": "s", [publicName]: "p", "open-xchange-shard": "default" };

interface Case {
  readonly name: string;
  readonly afterMs?: number;
  readonly session?: Partial<Session>;
  readonly rules?: Partial<CookieRules>;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly userAgent?: string;
  readonly due: readonly string[];
  readonly renewed?: true;
}

const all = ["open-xchange-secret-HASH", publicName, "open-xchange-shard"];

test.each<Case>([
  { name: "young ones, all there: none", due: [] },
  { name: "just short of a seventh of their life: none", afterMs: dayMs - 1, due: [] },
  { name: "after a seventh of their life: all", afterMs: dayMs, due: all, renewed: true },
  {
    name: "a seventh counts from when they were written last",
    afterMs: 3 * dayMs,
    session: { cookiesWrittenAtMs: loginMs + 2.5 * dayMs },
    due: [],
  },
  {
    name: "with autologin the session's cookie too",
    afterMs: dayMs,
    rules: { autologin: true },
    due: [...all, "open-xchange-session-HASH"],
    renewed: true,
  },
  { name: "those that end with the browser: never", afterMs: 30 * dayMs, rules: { ttlSeconds: -1 }, due: [] },
  { name: "an odd public session, which is there: none", cookies: { ...complete, [publicName]: "x" }, due: [] },
  {
    name: "a missing public session",
    cookies: { "open-xchange-shard": "default" },
    due: [publicName],
  },
  {
    name: "a missing public session of the synchronizing client: none",
    cookies: { "open-xchange-shard": "default" },
    userAgent: "Open-Xchange USM HTTP Client",
    due: [],
  },
  { name: "another shard", cookies: { ...complete, "open-xchange-shard": "b" }, due: ["open-xchange-shard"] },
  { name: "nothing but the secret", cookies: {}, due: [publicName, "open-xchange-shard"] },
])("of the cookies are due: $name", ({ afterMs = 1, session, rules, cookies, userAgent, due, renewed }) => {
  const outcome = dueCookies(
    exampleSession({ createdAtMs: loginMs, ...session }),
    { hash: "HASH", cookies: cookies ?? complete, headers: { "user-agent": userAgent ?? exampleUserAgent } },
    { cookies: { ttlSeconds: weekSeconds, httpOnly: true, forceHttps: false, autologin: false, ...rules }, hash },
    channel,
    loginMs + afterMs,
  );
  expect(outcome.cookies.map(({ name }) => name)).toEqual(due);
  expect(outcome.renewed).toBe(renewed === true);
});
