import { describe, expect, test } from "@jest/globals";
import { TooBusyError } from "../../auth/index.ts";
import { openAjaxApp } from "../support/ajax-app.ts";
import { createBrowserClient } from "../support/browser-client.ts";

const hexId: unknown = expect.stringMatching(/^[0-9a-f]{32}$/);
const credentials = { name: "anton", password: "secret", client: "open-xchange-appsuite" };
const path = "/ajax/login?action=login";

describe("a login", () => {
  test("answers with the bare session, uncached, as JavaScript", async () => {
    const { url, sessions } = await openAjaxApp();
    const { status, headers, text, json } = await createBrowserClient(url).ask(path, { form: credentials });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(headers.get("cache-control")).toBe("no-store, no-cache, must-revalidate");
    expect(headers.get("etag")).toBeNull();
    expect(json()).toEqual({ session: hexId, user: "anton", user_id: 3, context_id: 1, locale: "en_US" });
    expect(Object.keys(json() as object)).toEqual(["session", "user", "user_id", "context_id", "locale"]);
    const [session] = await sessions.ofUser(1, 3);
    expect(text).toContain(`"session":"${session?.id ?? "none"}"`);
    expect(session).toMatchObject({ localIp: "192.0.2.1", client: "open-xchange-appsuite", login: "anton" });
  });

  test("sets the secret, public session and shard cookies", async () => {
    const { url, sessions } = await openAjaxApp();
    const { setCookies } = await createBrowserClient(url).ask(path, { form: credentials });
    const [session] = await sessions.ofUser(1, 3);
    const attributes = "Path=/; HttpOnly; SameSite=Lax";
    expect(setCookies).toEqual([
      `open-xchange-secret-ewVgq30ckdZgPB629cI0bA=${session?.secret ?? ""}; ${attributes}`,
      `open-xchange-public-session-RivqejidTBreBSJWSghuwg=${session?.altId ?? ""}; ${attributes}`,
      `open-xchange-shard=default; ${attributes}`,
    ]);
  });

  test.each([
    { name: "the name alone", login: "berta" },
    { name: "context name", login: "berta@example" },
    { name: "context id", login: " berta@1 " },
  ])("knows a user by $name, and answers with the user part", async ({ login }) => {
    const { url } = await openAjaxApp();
    const { json } = await createBrowserClient(url).ask(path, { form: { ...credentials, name: login } });
    expect(json()).toMatchObject({ user: "berta", user_id: 4, locale: "de_DE" });
  });

  test("takes everything but the password from the URL as well", async () => {
    const { url, sessions } = await openAjaxApp();
    const query = "&name=anton&client=my-client&authId=trace-7&clientIP=2001:db8::1";
    const { json } = await createBrowserClient(url).ask(`${path}${query}`, { form: { password: "secret" } });
    expect(json()).toMatchObject({ user: "anton" });
    const [session] = await sessions.ofUser(1, 3);
    expect(session).toMatchObject({ client: "my-client", authId: "trace-7", localIp: "2001:db8::1" });
  });

  test("without a client is one of the default client", async () => {
    const { url, sessions } = await openAjaxApp();
    await createBrowserClient(url).ask(path, { form: { name: "anton", password: "secret" } });
    expect((await sessions.ofUser(1, 3))[0]?.client).toBe("com.openexchange.ox.gui.dhtml");
  });

  test("that wants to stay signed in leaves cookies for the configured time, the session's id among them", async () => {
    const { url, sessions } = await openAjaxApp();
    const { setCookies } = await createBrowserClient(url).ask(path, { form: { ...credentials, staySignedIn: "true" } });
    const [session] = await sessions.ofUser(1, 3);
    expect(setCookies).toHaveLength(4);
    expect(setCookies.every((line) => line.includes("; Max-Age=604800; Path=/; Expires="))).toBe(true);
    expect(setCookies.join()).toContain(`open-xchange-session-ewVgq30ckdZgPB629cI0bA=${session?.id ?? ""};`);
  });

  test("through TLS sets Secure cookies, with a Domain where one is wanted", async () => {
    const { url } = await openAjaxApp({
      client: { scheme: "https" },
      cookieRules: { domain: { prefixWithDot: true } },
    });
    const { setCookies } = await createBrowserClient(url).ask(path, { form: credentials });
    const end = "; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax";
    expect(setCookies.filter((line) => line.endsWith(end))).toHaveLength(3);
  });

  test("of a guest hashes context and user into the name of the secret cookie", async () => {
    const { url } = await openAjaxApp();
    const browser = createBrowserClient(url);
    const session = await browser.login("gast");
    const { json } = await browser.ask(`/ajax/system?action=whoami&session=${session}`);
    expect(json()).toMatchObject({ data: { user: "gast" } });
    expect(browser.cookies.has("open-xchange-secret-ewVgq30ckdZgPB629cI0bA")).toBe(false);
  });

  test("that still needs a second factor says so", async () => {
    const { url, sessions } = await openAjaxApp();
    const { json } = await createBrowserClient(url).ask(path, { form: { ...credentials, name: "mfa" } });
    expect(json()).toMatchObject({ user: "mfa", requires_multifactor: true });
    expect((await sessions.ofUser(1, 6))[0]).toMatchObject({ multifactor: true, multifactorAuthenticated: false });
  });
});

describe("a login that is refused", () => {
  const error = (code: string, categories: string, category: number): object => ({
    code,
    categories,
    category,
    error: expect.any(String),
    error_params: [],
    error_id: expect.any(String),
    error_desc: expect.any(String),
  });
  const missing = error("SVL-0002", "ERROR", 8);
  const invalid = error("OXB-0111", "USER_INPUT", 1);

  test.each([
    {
      name: "a wrong password",
      form: { ...credentials, password: "guess" },
      expected: error("LGI-0006", "USER_INPUT", 1),
    },
    { name: "an unknown name", form: { ...credentials, name: "nobody" }, expected: error("LGI-0006", "USER_INPUT", 1) },
    {
      name: "a name that objects know",
      form: { ...credentials, name: "__proto__" },
      expected: error("LGI-0006", "USER_INPUT", 1),
    },
    { name: "no name", form: { password: "secret" }, expected: missing },
    { name: "a blank name", form: { name: "  ", password: "secret" }, expected: missing },
    { name: "no password", form: { name: "anton" }, expected: missing },
    { name: "an address that is none", form: { ...credentials, clientIP: "elsewhere" }, expected: invalid },
    { name: "an authId with blanks", form: { ...credentials, authId: "a b" }, expected: invalid },
    { name: "an endless client", form: { ...credentials, client: "c".repeat(257) }, expected: invalid },
  ])("for $name gets the error object with status 200 and no cookie", async ({ form, expected }) => {
    const { url, sessions } = await openAjaxApp();
    const { status, headers, setCookies, json } = await createBrowserClient(url).ask(path, {
      form,
      headers: { accept: "text/html" },
    });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(json()).toEqual(expected);
    expect(setCookies).toEqual([]);
    expect(await sessions.ofContext(1)).toEqual([]);
  });

  test.each([
    { name: "POST", asked: { form: credentials } },
    { name: "GET", asked: {} },
  ])("had its password in the URL, by $name, even when it is right", async ({ asked }) => {
    const { url, sessions } = await openAjaxApp();
    const { json } = await createBrowserClient(url).ask(`${path}&name=anton&password=secret`, asked);
    expect(json()).toMatchObject({ code: "OXB-0112" });
    expect(await sessions.ofContext(1)).toEqual([]);
  });

  test("gives each error an id of its own", async () => {
    const { url } = await openAjaxApp();
    const ask = async (): Promise<unknown> => (await createBrowserClient(url).ask(path)).json();
    const [one, two] = [await ask(), await ask()];
    expect(one).toMatchObject({ code: "SVL-0002" });
    expect(one).not.toEqual(two);
  });

  test("after too many failures answers 429, until the time is over", async () => {
    const { url, clock } = await openAjaxApp({ maxFailures: 2 });
    const browser = createBrowserClient(url);
    const attempt = async (password: string): Promise<readonly unknown[]> => {
      const { status, headers, json } = await browser.ask(path, { form: { ...credentials, password } });
      const { code } = json() as { code?: string };
      return [status, code, headers.get("retry-after")];
    };
    expect(await attempt("guess")).toEqual([200, "LGI-0006", null]);
    expect(await attempt("guess")).toEqual([200, "LGI-0006", null]);
    expect(await attempt("secret")).toEqual([429, "OXB-0115", "300"]);
    clock.nowMs = 299_500;
    expect(await attempt("secret")).toEqual([429, "OXB-0115", "1"]);
    clock.nowMs = 300_000;
    expect(await attempt("secret")).toEqual([200, undefined, null]);
  });

  test.each([
    { code: "SES-0002", limits: { maxSessions: 1 }, again: {} },
    { code: "SES-0007", limits: { maxSessionsPerUser: 1 }, again: {} },
    { code: "SES-0207", limits: { maxSessionsPerClient: 1 }, again: {} },
    { code: "SES-0008", limits: {}, again: { authId: "trace-1" } },
  ])("for a session too many says $code", async ({ code, limits, again }) => {
    const { url, sessions } = await openAjaxApp({ limits });
    const form = { ...credentials, ...again };
    const browser = createBrowserClient(url);
    expect((await browser.ask(path, { form })).json()).toHaveProperty("session");
    expect((await browser.ask(path, { form })).json()).toMatchObject({ code });
    expect(await sessions.ofContext(1)).toHaveLength(1);
  });

  test("for lack of a free password check says that it may be tried again", async () => {
    const { url } = await openAjaxApp({ login: () => Promise.reject(new TooBusyError()) });
    const { status, headers, json } = await createBrowserClient(url).ask(path, { form: credentials });
    expect([status, headers.get("retry-after"), json()]).toEqual([200, "2", error("SRV-0001", "SERVICE_DOWN", 5)]);
  });
});

describe("/ajax/login", () => {
  test.each([
    { name: "no action", query: "", code: "SVL-0002" },
    { name: "an unknown action", query: "?action=%3Cscript%3E", code: "SVL-0001" },
    { name: "an action that objects know", query: "?action=constructor", code: "SVL-0001" },
    { name: "autologin while it is off", query: "?action=autologin", code: "OXB-0113" },
  ])("answers $name with $code", async ({ query, code }) => {
    const { url } = await openAjaxApp();
    const { status, text, json } = await createBrowserClient(url).ask(`/ajax/login${query}`);
    expect([status, json()]).toEqual([200, expect.objectContaining({ code })]);
    expect(text).not.toContain("script>");
  });

  test("takes `store` as done and says that it is deprecated", async () => {
    const { url } = await openAjaxApp();
    const { status, headers, text } = await createBrowserClient(url).ask("/ajax/login?action=store");
    expect([status, headers.get("deprecation"), text]).toEqual([200, 'version="v7.10.3"', ""]);
  });

  test.each([
    { name: "another method", asked: { method: "PUT" }, status: 405 },
    { name: "a form that is too large", asked: { form: { name: "a".repeat(3_000) } }, status: 413 },
    {
      name: "a compressed form",
      asked: { form: credentials, headers: { "content-encoding": "gzip" } },
      status: 415,
    },
  ])("answers $name with $status", async ({ asked, status }) => {
    const { url } = await openAjaxApp();
    const answer = await createBrowserClient(url).ask(path, asked);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("allow")).toBe(status === 405 ? "GET, HEAD, POST" : null);
  });

  test.each(["/ajax/login/", "/AJAX/login", "/ajax/login/more", "/ajax"])("is not at %s", async (other) => {
    const { url } = await openAjaxApp();
    expect((await createBrowserClient(url).ask(`${other}?action=login`, { form: credentials })).status).toBe(404);
  });
});
