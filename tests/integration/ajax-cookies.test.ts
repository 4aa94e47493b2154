/** What ordinary requests do for the cookies of their session, and what becomes of both where the address is a wrong one. */

import { describe, expect, test } from "@jest/globals";
import { openAjaxApp } from "../support/ajax-app.ts";
import { createBrowserClient } from "../support/browser-client.ts";

const hash = "ewVgq30ckdZgPB629cI0bA";
const secretName = `open-xchange-secret-${hash}`;
const publicName = "open-xchange-public-session-RivqejidTBreBSJWSghuwg";
const whoami = "/ajax/system?action=whoami";
const dayMs = 86_400_000;

const namesOf = (setCookies: readonly string[]): readonly string[] =>
  setCookies.map((line) => line.split("=")[0] ?? "");

describe("an ordinary request", () => {
  test("writes all cookies anew once a seventh of their life is over, then not again", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    const ask = async (): Promise<readonly string[]> => (await browser.ask(`${whoami}&session=${session}`)).setCookies;
    expect(await ask()).toEqual([]);
    app.clock.epochMs += dayMs;
    expect(namesOf(await ask())).toEqual([secretName, publicName, "open-xchange-shard"]);
    expect(await ask()).toEqual([]);
    app.clock.epochMs += dayMs;
    expect(namesOf(await ask())).toContain(secretName);
  });

  test("keeps the life time of a stay-signed-in login", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton", { staySignedIn: "true" });
    app.clock.epochMs += dayMs;
    const { setCookies } = await browser.ask(`${whoami}&session=${session}`);
    expect(setCookies).toHaveLength(4);
    expect(setCookies.every((line) => line.includes("; Max-Age=604800;"))).toBe(true);
  });

  test("brings back a lost public session and a shard that is wrong", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    const altId = (await app.sessions.peek(session))?.altId;
    browser.cookies.delete(publicName);
    browser.cookies.set("open-xchange-shard", "elsewhere");
    await browser.ask(`${whoami}&session=${session}`);
    expect([browser.cookies.get(publicName), browser.cookies.get("open-xchange-shard")]).toEqual([altId, "default"]);
  });

  test("that is refused writes none", async () => {
    const app = await openAjaxApp();
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton");
    app.clock.epochMs += dayMs;
    browser.cookies.set(secretName, "wrong");
    expect((await browser.ask(`${whoami}&session=${session}`)).setCookies).toEqual([]);
  });
});

test("a refreshed secret begins the cookies' life anew", async () => {
  const app = await openAjaxApp();
  const browser = createBrowserClient(app.url);
  const session = await browser.login("anton");
  app.clock.epochMs += dayMs;
  const refreshed = await browser.ask(`/ajax/login?action=refreshSecret&session=${session}`);
  expect(namesOf(refreshed.setCookies)).toEqual([secretName, publicName, "open-xchange-shard"]);
  expect((await browser.ask(`${whoami}&session=${session}`)).setCookies).toEqual([]);
});

describe("from an address that the session is not bound to, under the strict check,", () => {
  const strict = { ipCheck: { mode: "strict" } } as const;

  /** A login that was made for another address than the one it comes from. */
  const loggedInElsewhere = async (fields: Readonly<Record<string, string>> = {}) => {
    const app = await openAjaxApp({ ...strict, cookieRules: { autologin: true } });
    const browser = createBrowserClient(app.url);
    const session = await browser.login("anton", { clientIP: "203.0.113.9", ...fields });
    return { app, browser, session };
  };

  test("a logout is refused, and ends the session and its cookies all the same", async () => {
    const { app, browser, session } = await loggedInElsewhere();
    const { status } = await browser.ask(`/ajax/login?action=logout&session=${session}`);
    expect([status, app.refusals]).toEqual([403, ["ip-check"]]);
    expect([await app.sessions.peek(session), browser.cookies.size]).toEqual([undefined, 0]);
  });

  test("an autologin finds nothing, and ends the session and its cookies", async () => {
    const { app, browser, session } = await loggedInElsewhere();
    const answer = await browser.ask("/ajax/login?action=autologin&client=open-xchange-appsuite");
    expect(answer.json()).toMatchObject({ code: "OXB-0114" });
    expect([await app.sessions.peek(session), browser.cookies.has(secretName)]).toEqual([undefined, false]);
  });
});

test("an autologin from another address binds the session to it where nothing is checked", async () => {
  const app = await openAjaxApp({ cookieRules: { autologin: true } });
  const browser = createBrowserClient(app.url);
  const session = await browser.login("anton", { clientIP: "203.0.113.9" });
  const answer = await browser.ask("/ajax/login?action=autologin&client=open-xchange-appsuite");
  expect(answer.json()).toMatchObject({ session });
  expect(await app.sessions.peek(session)).toMatchObject({ localIp: "192.0.2.1" });
});
