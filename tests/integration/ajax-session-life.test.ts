/** What a client does with its session after the login: take it up again, renew its cookies, move, leave. */

import { describe, expect, test } from "@jest/globals";
import { exampleUsers, openAjaxApp } from "../support/ajax-app.ts";
import { createBrowserClient } from "../support/browser-client.ts";
import { newHexId } from "../support/example-session.ts";

const hash = "ewVgq30ckdZgPB629cI0bA";
const whoami = "/ajax/system?action=whoami";
const autologin = "/ajax/login?action=autologin&client=open-xchange-appsuite";

describe("a logout", () => {
  test("ends the session, answers with nothing and deletes the cookies", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    const ended = new Promise((resolve) => app.sessions.onRemoved(({ id }, end) => resolve([id, end])));
    const { status, headers, text, setCookies } = await browser.ask(`/ajax/login?action=logout&session=${session}`);
    expect([status, text, headers.get("content-type")]).toEqual([200, "", "text/javascript; charset=UTF-8"]);
    expect(await ended).toEqual([session, "logout"]);
    const names = [`session-${hash}`, `secret-${hash}`, "public-session-RivqejidTBreBSJWSghuwg", "shard"];
    for (const name of [...names.map((end) => `open-xchange-${end}`), "JSESSIONID"]) {
      const lines = setCookies.filter((line) => line.startsWith(`${name}=invalid; Max-Age=0; `));
      expect([name, lines.length, lines.filter((line) => line.includes("; Domain=ox.example.com;")).length]).toEqual([
        name,
        2,
        1,
      ]);
    }
    expect(browser.cookies.size).toBe(0);
    expect((await browser.ask(`${whoami}&session=${session}`)).json()).toMatchObject({ code: "SES-0203" });
  });

  test("may come as a form", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    expect((await browser.ask("/ajax/login?action=logout", { form: { session } })).status).toBe(200);
    expect(await app.sessions.peek(session)).toBeUndefined();
  });

  test.each([
    { name: "no session", session: () => "", cookie: undefined, status: 400, reason: "session-missing" },
    { name: "an unknown session", session: newHexId, cookie: undefined, status: 403, reason: "session-unknown" },
    { name: "a wrong secret", session: (id: string) => id, cookie: newHexId(), status: 403, reason: "secret-mismatch" },
    { name: "no secret", session: (id: string) => id, cookie: "", status: 403, reason: "secret-missing" },
  ])(
    "with $name is refused with a page and status $status, and ends nothing",
    async ({ session, cookie, status, reason }) => {
      const app = await openAjaxApp();
      const browser = createBrowserClient(app.url);
      const id = await browser.login("anton");
      if (cookie !== undefined) browser.cookies.set(`open-xchange-secret-${hash}`, cookie);
      if (cookie === "") browser.cookies.clear();
      const named = session(id);
      const answer = await browser.ask(`/ajax/login?action=logout&session=${named}`, { headers: { accept: "*/*" } });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "text/html; charset=UTF-8"]);
      expect(answer.setCookies).toEqual([]);
      expect(app.refusals).toEqual([reason]);
      expect(await app.sessions.peek(id)).toBeDefined();
    },
  );

  test("is open to a user who is disabled by now, and before the second factor is shown", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await app.sessions.peek(await browser.login("mfa"));
    await app.change({ users: exampleUsers.filter(({ login }) => login !== "mfa") });
    if (session === undefined) throw new Error("no session");
    await app.sessions.add(session);
    expect((await browser.ask(`/ajax/login?action=logout&session=${session.id}`)).status).toBe(200);
    expect(await app.sessions.peek(session.id)).toBeUndefined();
  });
});

describe("an autologin", () => {
  const on = { cookieRules: { autologin: true } };

  test("gives the session to the browser that holds its cookies, and renews them", async () => {
    const app = await openAjaxApp(on);
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton", { staySignedIn: "true" });
    const { json, setCookies } = await browser.ask(autologin);
    expect(json()).toEqual({ session, user: "anton", user_id: 3, context_id: 1, locale: "en_US" });
    expect(setCookies.map((line) => line.slice(0, line.indexOf("=")))).toEqual([
      `open-xchange-secret-${hash}`,
      "open-xchange-public-session-RivqejidTBreBSJWSghuwg",
      "open-xchange-shard",
      `open-xchange-session-${hash}`,
    ]);
    expect((await browser.ask(`${whoami}&session=${session}`)).json()).toHaveProperty("data");
  });

  test("keeps the session alive", async () => {
    const app = await openAjaxApp(on);
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    app.clock.nowMs = 3_000_000;
    await browser.ask(autologin);
    app.clock.nowMs = 6_000_000;
    expect(await app.sessions.peek(session)).toBeDefined();
  });

  test("says that a second factor is still awaited", async () => {
    const app = await openAjaxApp(on);
    const browser = createBrowserClient(app.url);
    await browser.login("mfa");
    expect((await browser.ask(autologin)).json()).toMatchObject({ requires_multifactor: true });
  });

  test("takes the User-Agent from its parameter as the login does", async () => {
    const app = await openAjaxApp(on);
    const browser = createBrowserClient(app.url);
    await browser.login("anton", { clientUserAgent: "Inner browser" });
    const query = `${autologin}&clientUserAgent=Inner%20browser`;
    expect((await browser.ask(query)).json()).toMatchObject({ user: "anton" });
  });

  test.each([
    { name: "no session cookie", cookies: { secret: newHexId() } },
    { name: "no secret cookie", cookies: { session: "own" } },
    { name: "a wrong secret", cookies: { session: "own", secret: newHexId() } },
    { name: "an unknown session", cookies: { session: newHexId(), secret: newHexId() } },
    { name: "a session id that is none", cookies: { session: "__proto__", secret: newHexId() } },
  ])("with $name drops the cookies", async ({ cookies }) => {
    const app = await openAjaxApp(on);
    const session = await createBrowserClient(app.url).login("anton");
    const browser = createBrowserClient(app.url);
    for (const [kind, value] of Object.entries(cookies)) {
      browser.cookies.set(`open-xchange-${kind}-${hash}`, value === "own" ? session : value);
    }
    const { status, json, setCookies } = await browser.ask(autologin);
    expect([status, json()]).toEqual([200, expect.objectContaining({ code: "OXB-0114" })]);
    const deleted = new Set(setCookies.map((line) => line.slice(0, line.indexOf("="))));
    expect(deleted).toEqual(new Set([`open-xchange-session-${hash}`, `open-xchange-secret-${hash}`, "JSESSIONID"]));
    expect(browser.cookies.size).toBe(0);
    expect(await app.sessions.peek(session)).toBeDefined();
  });

  test("of a client other than the one that logged in finds nothing", async () => {
    const app = await openAjaxApp(on);
    const browser = createBrowserClient(app.url);
    await browser.login("anton");
    const { json } = await browser.ask("/ajax/login?action=autologin&client=another");
    expect(json()).toMatchObject({ code: "OXB-0114" });
    expect(browser.cookies.has(`open-xchange-session-${hash}`)).toBe(true);
  });

  test.each([
    { name: "user", change: { users: exampleUsers.map((user) => ({ ...user, enabled: false })) } },
    { name: "context", change: { enabled: false } },
  ])("of a disabled $name is refused as wrong credentials", async ({ change }) => {
    const app = await openAjaxApp(on);
    const browser = createBrowserClient(app.url);
    const session = await app.sessions.peek(await browser.login("anton"));
    await app.change(change);
    if (session === undefined) throw new Error("no session");
    await app.sessions.add(session);
    expect((await browser.ask(autologin)).json()).toMatchObject({ code: "LGI-0006" });
  });
});

describe("refreshSecret", () => {
  test("writes the same cookies again", async () => {
    const { url } = await openAjaxApp();
    const browser = createBrowserClient(url);
    const session = await browser.login("anton");
    const before = new Map(browser.cookies);
    const { json, setCookies } = await browser.ask(`/ajax/login?action=refreshSecret&session=${session}`);
    expect(json()).toEqual({ data: "1" });
    expect(setCookies).toHaveLength(3);
    expect(browser.cookies).toEqual(before);
  });

  test("writes them under the remembered name where names are remembered", async () => {
    const { url } = await openAjaxApp({ hashRules: { source: "remember" } });
    const browser = createBrowserClient(url);
    const session = await browser.login("anton");
    const query = `/ajax/login?action=refreshSecret&session=${session}`;
    const { json, setCookies } = await browser.ask(query, { headers: { "user-agent": "Updated browser" } });
    expect(json()).toEqual({ data: "1" });
    expect(setCookies[0]).toContain(`open-xchange-secret-${hash}=`);
  });

  test("needs the secret", async () => {
    const { url } = await openAjaxApp();
    const session = await createBrowserClient(url).login("anton");
    const stranger = createBrowserClient(url);
    const { json, setCookies } = await stranger.ask(`/ajax/login?action=refreshSecret&session=${session}`);
    expect(json()).toMatchObject({ code: "SES-0203" });
    expect(setCookies).toEqual([]);
  });
});

describe("changeip", () => {
  const path = "/ajax/login?action=changeip";

  test("binds the session to another address", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    const { json } = await browser.ask(`${path}&session=${session}&clientIP=198.51.100.9`);
    expect(json()).toEqual({ data: "1" });
    expect((await app.sessions.peek(session))?.localIp).toBe("198.51.100.9");
  });

  test.each([
    { name: "no address", query: "", code: "SVL-0002" },
    { name: "an address that is none", query: "&clientIP=198.51.100", code: "OXB-0111" },
  ])("with $name is refused with $code", async ({ query, code }) => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    expect((await browser.ask(`${path}&session=${session}${query}`)).json()).toMatchObject({ code });
    expect((await app.sessions.peek(session))?.localIp).toBe("192.0.2.1");
  });

  test("needs the secret", async () => {
    const app = await openAjaxApp();
    const session = await createBrowserClient(app.url).login("anton");
    const { json } = await createBrowserClient(app.url).ask(`${path}&session=${session}&clientIP=198.51.100.9`);
    expect(json()).toMatchObject({ code: "SES-0203" });
    expect((await app.sessions.peek(session))?.localIp).toBe("192.0.2.1");
  });
});
