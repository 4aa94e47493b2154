/** Each step of a request with a session at the stand-in: how its failure looks, and what it does to the session. */
import { describe, expect, test } from "@jest/globals";
import { owned } from "../../../support/clean-up.ts";
import {
  type Answer,
  ask,
  asBrowser,
  logIn,
  type Login,
  readLogin,
  tryLogin,
  userAgent,
  whoami,
} from "../../../support/acceptance/http.ts";
import { hashOf } from "../../../support/middleware/cookie-names.ts";
import { type StandIn, type StandInOptions, startStandIn } from "../../../support/middleware/stand-in.ts";

const open = async (options: StandInOptions = {}): Promise<StandIn> => owned(await startStandIn(options));

interface Failing {
  readonly name: string;
  /** Changes what is wrong; the request below is whoami with the login's cookies and User-Agent. */
  readonly spoil: (middleware: StandIn, login: Login) => void;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code: string;
  readonly oldCode?: string;
  readonly category?: number;
  /** The session is gone afterwards. */
  readonly ends?: boolean;
}

const failing: readonly Failing[] = [
  { name: "an unknown session", spoil: (m, { session }) => m.sessions.remove(session), code: "SES-0203", ends: true },
  { name: "no cookie", spoil: () => undefined, headers: { Cookie: "a=b" }, code: "SES-0203", oldCode: "SES-0206" },
  {
    name: "another User-Agent",
    spoil: () => undefined,
    headers: { "User-Agent": "Other/1.0" },
    code: "SES-0203",
    oldCode: "SES-0206",
  },
  {
    name: "a wrong secret",
    spoil: (m, { session }) => Object.assign(m.sessions.peek(session) ?? {}, { secret: "0".repeat(32) }),
    code: "SES-0203",
    oldCode: "SES-0206",
  },
  {
    name: "a removed user",
    spoil: (m) => Object.assign(m.people.person(1, 3) ?? {}, { exists: false }),
    code: "SES-0203",
    ends: true,
  },
  {
    name: "a removed context",
    spoil: (m) => Object.assign(m.people.context(1) ?? {}, { exists: false }),
    code: "SES-0203",
    ends: true,
  },
  {
    name: "a user without mail",
    spoil: (m) => Object.assign(m.people.person(1, 3) ?? {}, { active: false }),
    code: "SES-0203",
  },
  {
    name: "a disabled context",
    spoil: (m) => Object.assign(m.people.context(1) ?? {}, { enabled: false }),
    code: "SES-0204",
    ends: true,
  },
  {
    name: "a changed address under a strict check",
    spoil: (m, { session }) => {
      m.switches.ipCheck = "strict";
      Object.assign(m.sessions.peek(session) ?? {}, { localIp: "203.0.113.7" });
    },
    code: "SES-0203",
    oldCode: "SES-0205",
    category: 3,
    ends: true,
  },
];

describe.each(failing)("$name", ({ spoil, headers = {}, code, oldCode = code, category = 4, ends = false }) => {
  test.each(["new", "old"] as const)("is told by the code of the %s releases, with 200", async (errors) => {
    const middleware = await open({ switches: { errors } });
    const login = await logIn(middleware.url);
    spoil(middleware, login);
    const answer = await askWith(middleware, login, headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(answer.json).toMatchObject({ code: errors === "old" ? oldCode : code, error_params: [login.session] });
    if (errors === "old") expect(answer.json["category"]).toBe(category);
    expect(middleware.sessions.peek(login.session) === undefined).toBe(ends);
  });

  test("is a page with 403 for a client that does not take JSON", async () => {
    const middleware = await open();
    const login = await logIn(middleware.url);
    spoil(middleware, login);
    const accept = { ...headers, Accept: "text/html,application/json;q=0.9,*/*;q=0.8" };
    const answer = await askWith(middleware, login, accept);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([403, "text/html; charset=utf-8"]);
  });
});

/** The login's own cookies and User-Agent, unless the headers replace them. */
const askWith = async (middleware: StandIn, login: Login, headers: Readonly<Record<string, string>>): Promise<Answer> =>
  ask(whoamiUrl(middleware, login), { headers: { "User-Agent": userAgent, Cookie: login.cookie, ...headers } });

const whoamiUrl = ({ url }: StandIn, { session }: Login): string =>
  `${url}/ajax/system?action=whoami&session=${session}`;

test("a request without a session is a page with 400 for everybody", async () => {
  const { url } = await open();
  const answer = await ask(`${url}/ajax/system?action=whoami`, { headers: { Accept: "application/json" } });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
});

test("whoami tells whose session it is, and keeps it alive", async () => {
  let nowMs = 0;
  const middleware = await open({ nowMs: () => nowMs });
  const login = await logIn(middleware.url);
  for (nowMs = 3_000_000; nowMs < 10_000_000; nowMs += 3_000_000)
    expect((await whoami(middleware.url, login)).json).toEqual({
      data: { session: login.session, user: "anton", user_id: 3, context_id: 1, locale: "en_US" },
    });
  expect(middleware.sessions.peek(login.session)?.touches).toBe(3);
  nowMs += 3_600_000;
  expect((await whoami(middleware.url, login)).json["code"]).toBe("SES-0203");
});

describe("a second factor that is still asked for", () => {
  const pending = async (): Promise<{ middleware: StandIn; login: Login }> => {
    const middleware = await open();
    Object.assign(middleware.people.person(1, 3) ?? {}, { multifactor: true });
    return { middleware, login: await logIn(middleware.url) };
  };

  test("does not keep whoami from succeeding, which says so", async () => {
    const { middleware, login } = await pending();
    expect(login.answer.json["requires_multifactor"]).toBe(true);
    expect((await whoami(middleware.url, login)).json["data"]).toHaveProperty("requires_multifactor", true);
  });

  test("refuses other paths, 500 as a page, until it is solved", async () => {
    const { middleware, login } = await pending();
    const url = `${middleware.url}/ajax/capabilities?action=all&session=${login.session}`;
    expect((await asBrowser(url, login)).json).toMatchObject({ code: "MFA-0001", category: 1 });
    expect((await asBrowser(url, login, { headers: { Accept: "text/html" } })).status).toBe(500);
    Object.assign(middleware.sessions.peek(login.session) ?? {}, { multifactor: "done" });
    expect((await asBrowser(url, login)).json).toHaveProperty("data");
    expect((await whoami(middleware.url, login)).json["data"]).not.toHaveProperty("requires_multifactor");
  });
});

describe("the HTTP session", () => {
  test("is made anew for a request without the cookie, and overwrites the parameter", async () => {
    const middleware = await open();
    const login = await logIn(middleware.url);
    const of = (): string | undefined => middleware.sessions.peek(login.session)?.httpSession;
    const first = of();
    const cookie = login.cookie.replace(/JSESSIONID=[^;]*/, "");
    const answer = await whoami(middleware.url, { ...login, cookie });
    expect(answer.headers.getSetCookie().join()).toContain("JSESSIONID=");
    expect([middleware.httpSessions.made, of() === first]).toEqual([2, false]);
  });

  test("stays where the cookie comes along", async () => {
    const middleware = await open();
    const login = await logIn(middleware.url);
    const answer = await whoami(middleware.url, login);
    expect([middleware.httpSessions.made, answer.headers.getSetCookie()]).toEqual([1, []]);
    expect(login.cookie).toContain(`JSESSIONID=${middleware.sessions.peek(login.session)?.httpSession ?? "none"}`);
  });
});

describe("the address", () => {
  const at = (address: string): Readonly<Record<string, string>> => ({ "X-Forwarded-For": address });
  const logInAt = async (url: string, address: string, client: string): Promise<Login> => {
    const body = new URLSearchParams({ name: "anton", password: "secret", client });
    return readLogin(
      await ask(`${url}/ajax/login?action=login`, {
        method: "POST",
        body,
        headers: { ...at(address), "User-Agent": userAgent },
      }),
    );
  };
  const proxied = { considerXForwards: true, knownProxies: ["127.0.0.0/8"] };

  test.each([
    { name: "of an unknown proxy's client is the proxy's own", switches: {}, header: "203.0.113.7", seen: "127.0.0.1" },
    { name: "comes from a known proxy's header", switches: proxied, header: "203.0.113.7", seen: "203.0.113.7" },
    {
      name: "is the last one before the known proxies",
      switches: { ...proxied, knownProxies: ["127.0.0.1", "10.1.0.0/16"] },
      header: "198.51.100.1, 203.0.113.7, 10.1.2.3",
      seen: "203.0.113.7",
    },
  ])("$name", async ({ switches, header, seen }) => {
    const middleware = await open({ switches });
    const { session } = await logInAt(middleware.url, header, "open-xchange-appsuite");
    expect(middleware.sessions.peek(session)?.localIp).toBe(seen);
  });

  test.each([
    { name: "a stranger", client: "open-xchange-appsuite", to: "203.0.113.8", lives: false },
    { name: "a neighbour", client: "open-xchange-appsuite", to: "203.0.113.8", mask: "/24", lives: true },
    { name: "one from another net", client: "open-xchange-appsuite", to: "203.0.114.8", mask: "/24", lives: false },
    { name: "a free range", client: "open-xchange-appsuite", to: "198.51.100.9", free: "198.51.100.0/24", lives: true },
    { name: "a listed client", client: "open-xchange-mailapp", to: "203.0.113.8", lives: true, bound: true },
  ])(
    "of $name is borne or not under a strict check",
    async ({ client, to, mask = "", free = "# none", lives, bound }) => {
      const switches = { ...proxied, ipCheck: "strict", ipMaskV4: mask, noIpCheck: [free] } as const;
      const middleware = await open({ switches });
      const login = await logInAt(middleware.url, "203.0.113.7", client);
      const answer = await asBrowser(whoamiUrl(middleware, login), login, { headers: at(to) });
      expect("data" in answer.json).toBe(lives);
      expect(middleware.sessions.peek(login.session)?.localIp).toBe(lives ? (bound ? to : "203.0.113.7") : undefined);
      if (!lives) expect(deletedIn(answer)).toEqual(expect.arrayContaining([login.secretName, "JSESSIONID"]));
    },
  );

  test.each([
    { client: "open-xchange-appsuite", localIp: "203.0.113.8" },
    { client: "USM-EAS", localIp: "203.0.113.7" },
  ])("follows $client without a check: $localIp", async ({ client, localIp }) => {
    const middleware = await open({ switches: proxied });
    const login = await logInAt(middleware.url, "203.0.113.7", client);
    await asBrowser(whoamiUrl(middleware, login), login, { headers: at("203.0.113.8") });
    expect(middleware.sessions.peek(login.session)?.localIp).toBe(localIp);
  });
});

const deletedIn = ({ headers }: Answer): readonly string[] =>
  headers.getSetCookie().flatMap((line) => (line.includes("Max-Age=0") ? [line.slice(0, line.indexOf("="))] : []));

describe("the name of the secret cookie", () => {
  test("is the hash of User-Agent and client, for a guest of context and user, too", async () => {
    const { url } = await open();
    const [user, guest] = [await logIn(url), await logIn(url, "gast")];
    expect(user.secretName).toBe("open-xchange-secret-ewVgq30ckdZgPB629cI0bA");
    const additionals = ["1", "5"];
    const hash = hashOf({ userAgent, client: "open-xchange-appsuite", additionals });
    expect(guest.secretName).toBe(`open-xchange-secret-${hash}`);
    expect((await whoami(url, guest)).json).toHaveProperty("data.user_id", 5);
  });

  test("is remembered from the login where that is switched on", async () => {
    const middleware = await open({ switches: { hashSource: "remember" } });
    const login = await logIn(middleware.url);
    expect((await askWith(middleware, login, { "User-Agent": "Other/1.0" })).json).toHaveProperty("data");
  });

  test("counts header fields", async () => {
    const middleware = await open({ switches: { hashFields: ["X-Device"] } });
    const login = await logIn(middleware.url);
    const headers = { "X-Device": "phone" };
    expect((await asBrowser(whoamiUrl(middleware, login), login, { headers })).json["code"]).toBe("SES-0203");
    expect((await whoami(middleware.url, login)).json).toHaveProperty("data");
  });

  test("follows clientUserAgent at the login", async () => {
    const { url } = await open();
    const fields = { name: "anton", password: "secret", client: "open-xchange-appsuite", clientUserAgent: userAgent };
    const answer = await tryLogin(url, fields, "Proxy/1.0");
    expect(readLogin(answer).secretName).toBe("open-xchange-secret-ewVgq30ckdZgPB629cI0bA");
  });
});
