/** What a request with a session meets: every refusal in each of its forms, and what it does to the session. */

import { describe, expect, test } from "@jest/globals";
import { openAjaxApp, exampleUsers, type AjaxApp } from "../support/ajax-app.ts";
import { createBrowserClient, type BrowserClient } from "../support/browser-client.ts";
import { newHexId } from "../support/example-session.ts";

const html = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const capabilities = "/ajax/capabilities?action=all";
const whoami = "/ajax/system?action=whoami";
const secretName = "open-xchange-secret-ewVgq30ckdZgPB629cI0bA";

/** One way to be refused: what is done after a login, and the session id that the request then names. */
interface Case {
  readonly name: string;
  readonly login?: string;
  readonly spoil: (app: AjaxApp, browser: BrowserClient, session: string) => unknown;
  readonly named?: (session: string) => string;
  readonly code: string;
  readonly categories: string;
  readonly category: number;
  readonly page: number;
  readonly reason: string;
  /** The session lives on. */
  readonly lives: boolean;
}
const nothing = (): void => undefined;
const users = (id: number, change: object): object => ({
  users: exampleUsers.map((user) => (user["id"] === id ? { ...user, ...change } : user)),
});
const expired = { code: "SES-0203", categories: "TRY_AGAIN", category: 4, page: 403 };

const cases: readonly Case[] = [
  { ...expired, name: "an unknown session", spoil: nothing, named: newHexId, reason: "session-unknown", lives: true },
  {
    ...expired,
    name: "no session id at all",
    spoil: nothing,
    named: () => "%3Cb%3E",
    reason: "session-unknown",
    lives: true,
  },
  {
    ...expired,
    name: "no secret cookie",
    spoil: (_app, { cookies }) => cookies.delete(secretName),
    reason: "secret-missing",
    lives: true,
  },
  {
    ...expired,
    name: "another session's secret",
    spoil: (_app, { cookies }) => cookies.set(secretName, newHexId()),
    reason: "secret-mismatch",
    lives: true,
  },
  {
    ...expired,
    name: "a secret that `cookie-parser` takes for an object",
    spoil: (_app, { cookies }) => cookies.set(secretName, encodeURIComponent('j:{"a":1}')),
    reason: "secret-missing",
    lives: true,
  },
  {
    ...expired,
    name: "a session that is over",
    spoil: ({ clock }) => (clock.nowMs += 3_600_000),
    reason: "session-unknown",
    lives: false,
  },
  {
    code: "MFA-0001",
    categories: "USER_INPUT",
    category: 1,
    page: 500,
    name: "a second factor that is awaited",
    login: "mfa",
    spoil: nothing,
    reason: "multifactor-pending",
    lives: true,
  },
];

describe.each(cases)("a request with $name", (one) => {
  const ask = async (
    headers: Readonly<Record<string, string>>,
  ): Promise<{
    readonly app: AjaxApp;
    readonly named: string;
    readonly session: string;
    readonly answer: Awaited<ReturnType<BrowserClient["ask"]>>;
  }> => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login(one.login ?? "anton");
    await one.spoil(app, browser, session);
    const named = one.named?.(session) ?? session;
    const answer = await browser.ask(`${capabilities}&session=${named}`, { headers });
    return { app, named, session, answer };
  };

  test.each([
    { name: "none", headers: {} },
    { name: "*/*", headers: { accept: "*/*" } },
    { name: "application/json", headers: { accept: "application/json" } },
  ])(`gets ${one.code} as JSON with status 200 for Accept $name`, async ({ headers }) => {
    const { app, named, session, answer } = await ask(headers);
    const params = one.code !== "SES-0203" ? [] : [/^[0-9a-f]{32}$/.test(named) ? named : "<invalid_sessionid>"];
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(answer.headers.get("cache-control")).toContain("no-store");
    expect(answer.json()).toEqual({
      error: expect.any(String),
      error_params: params,
      categories: one.categories,
      category: one.category,
      code: one.code,
      error_id: expect.any(String),
      error_desc: expect.any(String),
    });
    expect(answer.setCookies).toEqual([]);
    expect(app.refusals).toEqual([one.reason]);
    expect((await app.sessions.peek(session)) !== undefined).toBe(one.lives);
  });

  test(`gets a page with status ${one.page} when a browser navigates`, async () => {
    const { app, named, answer } = await ask(html);
    expect(answer.status).toBe(one.page);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(answer.text).toContain(one.code);
    expect(answer.text).not.toContain(decodeURIComponent(named));
    expect(app.refusals).toEqual([one.reason]);
  });
});

describe.each([
  {
    name: "a disabled user",
    change: users(3, { enabled: false }),
    reason: "user-disabled",
    code: "SES-0203",
    end: "user-disabled",
  },
  {
    name: "a user who is gone",
    change: { users: exampleUsers.slice(1) },
    reason: "user-unknown",
    code: "SES-0203",
    end: "user-disabled",
  },
  {
    name: "a disabled context",
    change: { enabled: false },
    reason: "context-disabled",
    code: "SES-0204",
    end: "context-disabled",
  },
])("a session of $name", ({ change, code, reason, end }) => {
  test("ends with the reload of the directory", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    const ended = new Promise((resolve) => app.sessions.onRemoved(({ id }, why) => resolve([id, why])));
    await app.change(change);
    expect(await ended).toEqual([session, end]);
    expect((await browser.ask(`${whoami}&session=${session}`)).json()).toMatchObject({ code: "SES-0203" });
  });

  test(`is refused with ${code} where it has not ended yet`, async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await app.sessions.peek(await browser.login("anton"));
    await app.change(change);
    if (session === undefined) throw new Error("no session");
    await app.sessions.add({ ...session }); // as a login would that was under way during the reload
    const { json } = await browser.ask(`${whoami}&session=${session.id}`);
    expect(json()).toMatchObject({ code });
    expect(app.refusals).toEqual([reason]);
    expect(await app.sessions.peek(session.id)).toEqual(reason === "user-disabled" ? session : undefined);
  });
});

describe("a request without a session id", () => {
  test.each([
    { name: "one that takes JSON", headers: { accept: "application/json" } },
    { name: "a browser that navigates", headers: html },
  ])("gets a page with status 400 for $name", async ({ headers }) => {
    const app = await openAjaxApp();
    const { status, text, headers: answered } = await createBrowserClient(app.url).ask(whoami, { headers });
    expect([status, answered.get("content-type")]).toEqual([400, "text/html; charset=UTF-8"]);
    expect(text).toContain("SVL-0002");
    expect(app.refusals).toEqual(["session-missing"]);
  });

  test("is what one with two different ids is", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    expect((await browser.ask(`${whoami}&session=${session}&session=${newHexId()}`)).status).toBe(400);
    expect((await browser.ask(`${whoami}&session=${session}&session=${session}`)).status).toBe(200);
    expect((await browser.ask(`${whoami}&session=`)).status).toBe(400);
  });
});

describe("whoami", () => {
  test("tells the session's user", async () => {
    const { url } = await openAjaxApp();
    const browser = createBrowserClient(url);
    const session = await browser.login("berta@example");
    const { status, headers, json } = await browser.ask(`${whoami}&session=${session}`);
    expect([status, headers.get("content-type")]).toEqual([200, "text/javascript; charset=UTF-8"]);
    expect(json()).toEqual({ data: { session, user: "berta", user_id: 4, context_id: 1, locale: "de_DE" } });
  });

  test("is there before the second factor is shown, and says that it is awaited", async () => {
    const { url } = await openAjaxApp();
    const browser = createBrowserClient(url);
    const session = await browser.login("mfa");
    const { json } = await browser.ask(`${whoami}&session=${session}`);
    expect(json()).toMatchObject({ data: { user: "mfa", requires_multifactor: true } });
  });

  test("keeps a session alive", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    for (let hour = 0; hour < 3; hour += 1) {
      app.clock.nowMs += 3_000_000;
      expect((await browser.ask(`${whoami}&session=${session}`)).json()).toHaveProperty("data");
    }
  });

  test.each([
    { name: "no action", path: "/ajax/system", code: "SVL-0002" },
    { name: "an unknown action", path: "/ajax/system?action=ping", code: "SVL-0001" },
  ])("is the only action: $name is $code", async ({ path, code }) => {
    const { url } = await openAjaxApp();
    const browser = createBrowserClient(url);
    const session = await browser.login("anton");
    const asked = `${path}${path.includes("?") ? "&" : "?"}session=${session}`;
    expect((await browser.ask(asked)).json()).toMatchObject({ code });
  });

  test("is asked by GET", async () => {
    const { url } = await openAjaxApp();
    const { status, headers } = await createBrowserClient(url).ask(whoami, { method: "POST" });
    expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});
