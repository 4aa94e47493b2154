/** `/ajax/login`, `whoami`, the cookies and the error objects, as the App Suite middleware answers them. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  appSuiteClient,
  asBrowser,
  ask,
  cookieHash,
  logIn,
  type Login,
  logOut,
  readLogin,
  tryLogin,
  userAgent,
  whoami,
} from "../../support/acceptance/http.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

const hex32 = /^[0-9a-f]{32}$/;
const good = { name: "anton", password: "secret", client: appSuiteClient };

/** What every error object holds; the code is what clients switch on. */
const errorObject = (code: unknown): unknown =>
  expect.objectContaining({
    error: expect.any(String),
    error_params: expect.any(Array),
    category: expect.any(Number),
    code,
    error_id: expect.any(String),
    error_desc: expect.any(String),
  });

let oxbow: Oxbow;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: { ...restCredentials, "com.openexchange.sessiond.autologin": "true" },
  });
});

describe("login", () => {
  test("answers the bare object and the three cookies, named by the reference's hash", async () => {
    const login = await logIn(oxbow.url);
    expect(login.answer.status).toBe(200);
    expect(login.answer.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(login.answer.headers.get("cache-control")).toMatch(/no-store|no-cache/);
    expect(login.answer.json).toMatchObject({ user: "anton", user_id: 3, context_id: 1 });
    expect(login.answer.json["session"]).toMatch(hex32);
    expect(login.answer.json["locale"]).toMatch(/^[a-z]{2}_[A-Z]{2}$/);
    expect(login.answer.json).not.toHaveProperty("data");
    expect(login.answer.json).not.toHaveProperty("requires_multifactor");
    expect(login.secretName).toBe("open-xchange-secret-ewVgq30ckdZgPB629cI0bA");
    expect(login.secret).toMatch(hex32);
    expect(login.cookies.get("open-xchange-public-session-RivqejidTBreBSJWSghuwg")).toMatch(hex32);
    expect(login.cookies.has("open-xchange-shard")).toBe(true);
  });

  test("sets cookies for this host and this browser session that scripts cannot read", async () => {
    const { setCookies } = await logIn(oxbow.url);
    for (const line of setCookies) {
      expect(line).toMatch(/; ?path=\/(;|$)/i);
      expect(line).not.toMatch(/max-age|expires|domain/i);
    }
    expect(setCookies.find((line) => line.startsWith("open-xchange-secret-"))).toMatch(/httponly/i);
    expect(setCookies.find((line) => line.startsWith("open-xchange-public-session-"))).toMatch(/httponly/i);
  });

  test("gives every session its own id and secrets", async () => {
    const [first, second] = [await logIn(oxbow.url), await logIn(oxbow.url)];
    const values = [first, second].flatMap((login) => [login.session, login.secret]);
    expect(new Set(values).size).toBe(4);
    expect((await whoami(oxbow.url, first)).json).toHaveProperty("data");
  });

  test("names the cookie after the User-Agent that the parameter clientUserAgent names", async () => {
    const login = readLogin(await tryLogin(oxbow.url, { ...good, clientUserAgent: userAgent }, "Proxy/1.0"));
    expect(login.secretName).toBe("open-xchange-secret-ewVgq30ckdZgPB629cI0bA");
  });

  test("without a client names the cookie after one of the two documented default clients", async () => {
    const login = readLogin(await tryLogin(oxbow.url, { name: "anton", password: "secret" }));
    const names = ["default", "com.openexchange.ox.gui.dhtml"].map((id) => cookieHash(userAgent, id));
    expect(names.map((name) => `open-xchange-secret-${name}`)).toContain(login.secretName);
    expect((await whoami(oxbow.url, login)).json).toHaveProperty("data");
  });

  test.each(["anton@1", "anton@demo-context", " anton "])("takes the login name %j", async (name) => {
    expect((await logIn(oxbow.url, name)).answer.json).toMatchObject({ user: "anton", user_id: 3, context_id: 1 });
  });

  test("takes its parameters, but not the password, from the URL as well", async () => {
    const answer = await ask(`${oxbow.url}/ajax/login?action=login&name=berta&client=${appSuiteClient}`, {
      method: "POST",
      headers: { "User-Agent": userAgent },
      body: new URLSearchParams({ password: "secret" }),
    });
    expect(answer.json).toMatchObject({ user: "berta", user_id: 4, context_id: 1 });
  });

  test.each(["GET", "POST"])("refuses a password in the URL of a %s", async (method) => {
    const answer = await ask(`${oxbow.url}/ajax/login?action=login&name=anton&password=secret`, { method });
    expect(answer.json).not.toHaveProperty("session");
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.status === 200 ? answer.json["code"] : "refused").toBeDefined();
  });

  test.each([
    { name: "a wrong password", fields: { ...good, password: "Secret" } },
    { name: "an empty password", fields: { ...good, password: "" } },
    { name: "an unknown user", fields: { ...good, name: "nobody" } },
    { name: "an unknown context", fields: { ...good, name: "anton@2" } },
    { name: "no name", fields: { password: "secret" } },
    { name: "no password", fields: { name: "anton" } },
    { name: "built-in names", fields: { ...good, name: "__proto__@constructor" } },
  ])("answers $name with an error object, HTTP 200 and no cookies", async ({ fields }) => {
    const answer = await tryLogin(oxbow.url, fields);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(errorObject(expect.stringMatching(/^[A-Z]{3}-\d{4}$/)));
    expect(answer.json).not.toHaveProperty("session");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("does not tell an unknown user from a wrong password", async () => {
    const unknown = await tryLogin(oxbow.url, { ...good, name: "nobody" });
    const wrong = await tryLogin(oxbow.url, { ...good, password: "wrong" });
    expect(unknown.json["code"]).toBe(wrong.json["code"]);
    expect(wrong.json["code"]).toMatch(/^LGI-/);
  });

  test.each(["", "?action=", "?action=nothing", "?action=__proto__"])(
    "answers %j with an error object",
    async (query) => {
      const answer = await ask(`${oxbow.url}/ajax/login${query}`, { method: "POST" });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(errorObject(expect.any(String)));
    },
  );

  test("keeps a stay-signed-in login's cookies for the cookie lifetime of a week", async () => {
    const login = await logIn(oxbow.url, "anton", { staySignedIn: "true" });
    const secretLine = login.setCookies.find((line) => line.startsWith("open-xchange-secret-"));
    expect(secretLine).toMatch(/max-age=604800/i);
  });
});

describe("whoami", () => {
  let login: Login;
  beforeAll(async () => (login = await logIn(oxbow.url)));
  const ask401 = async (session: string, headers: Record<string, string>): Promise<ReturnType<typeof ask>> =>
    ask(`${oxbow.url}/ajax/system?action=whoami&session=${session}`, { headers });

  test("answers the login fields in `data`", async () => {
    const answer = await whoami(oxbow.url, login);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      data: expect.objectContaining({ session: login.session, user: "anton", user_id: 3, context_id: 1 }),
    });
  });

  test("answers an unknown session with SES-0203, try again, and the id", async () => {
    const answer = await asBrowser(`${oxbow.url}/ajax/system?action=whoami&session=${"0".repeat(32)}`, login);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^(text\/javascript|application\/json)/);
    expect(answer.json).toEqual(errorObject("SES-0203"));
    expect(answer.json).toMatchObject({ error_params: ["0".repeat(32)], categories: "TRY_AGAIN", category: 4 });
    for (const absent of ["data", "error_stack", "timestamp", "problematic"])
      expect(answer.json).not.toHaveProperty(absent);
  });

  test("does not repeat a session id that is none", async () => {
    const answer = await asBrowser(`${oxbow.url}/ajax/system?action=whoami&session=%3Cscript%3E`, login);
    expect(answer.json).toMatchObject({ code: "SES-0203", error_params: ["<invalid_sessionid>"] });
    expect(answer.text).not.toContain("<script>");
  });

  test.each([
    { name: "no cookie", headers: (): Record<string, string> => ({ "User-Agent": userAgent }) },
    {
      name: "a wrong secret",
      headers: (): Record<string, string> => ({
        "User-Agent": userAgent,
        Cookie: `${login.secretName}=${"0".repeat(32)}`,
      }),
    },
    {
      name: "another User-Agent",
      headers: (): Record<string, string> => ({ "User-Agent": "x", Cookie: login.cookie }),
    },
  ])("answers $name with SES-0203, and the session lives on", async ({ headers }) => {
    const answer = await ask401(login.session, headers());
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(errorObject("SES-0203"));
    expect((await whoami(oxbow.url, login)).json).toHaveProperty("data");
  });

  test.each([undefined, "", "*/*", "application/json", "text/javascript"])(
    "answers JSON to Accept: %j",
    async (accept) => {
      const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
      const answer = await ask401("0".repeat(32), headers);
      expect(answer.status).toBe(200);
      expect(answer.json["code"]).toBe("SES-0203");
    },
  );

  test("answers a browser's navigation with an HTML page and 403", async () => {
    const answer = await ask401("0".repeat(32), { Accept: "text/html,application/xhtml+xml" });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
  });

  test("answers a missing session with 400, or with its error object", async () => {
    const answer = await ask(`${oxbow.url}/ajax/system?action=whoami`);
    if (answer.status === 200) expect(answer.json).toEqual(errorObject(expect.stringMatching(/^(SES-0201|SVL-)/)));
    else expect(answer.status).toBe(400);
  });
});

describe("the end and the renewal of a session", () => {
  test("logout answers nothing, deletes the cookies and ends the session", async () => {
    const login = await logIn(oxbow.url);
    const answer = await logOut(oxbow.url, login);
    expect(answer).toMatchObject({ status: 200, text: "" });
    const deleted = answer.headers.getSetCookie();
    for (const name of ["open-xchange-secret-", "open-xchange-public-session-", "open-xchange-shard"])
      expect(deleted.filter((line) => line.startsWith(name) && /max-age=0/i.test(line)).length).toBeGreaterThan(0);
    expect((await whoami(oxbow.url, login)).json["code"]).toBe("SES-0203");
  });

  test("logout takes the session from a form, too", async () => {
    const login = await logIn(oxbow.url);
    const body = new URLSearchParams({ session: login.session });
    const answer = await asBrowser(`${oxbow.url}/ajax/login?action=logout`, login, { method: "POST", body });
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect((await whoami(oxbow.url, login)).json["code"]).toBe("SES-0203");
  });

  test("logout is refused without a session, with an unknown one, and without the secret, which ends nothing", async () => {
    const login = await logIn(oxbow.url);
    const logout = `${oxbow.url}/ajax/login?action=logout`;
    expect((await asBrowser(logout, login)).status).toBe(400);
    expect((await asBrowser(`${logout}&session=${"0".repeat(32)}`, login)).status).toBe(403);
    const without = await ask(`${logout}&session=${login.session}`, { headers: { "User-Agent": userAgent } });
    expect(without.status).toBe(403);
    expect((await whoami(oxbow.url, login)).json).toHaveProperty("data");
  });

  test("refreshSecret writes the cookies again", async () => {
    const login = await logIn(oxbow.url);
    const answer = await asBrowser(`${oxbow.url}/ajax/login?action=refreshSecret&session=${login.session}`, login);
    expect(answer.json).toEqual({ data: "1" });
    const names = answer.headers.getSetCookie().map((line) => line.split("=")[0]);
    expect(names).toEqual(expect.arrayContaining([login.secretName, "open-xchange-shard"]));
    const unknown = await asBrowser(`${oxbow.url}/ajax/login?action=refreshSecret&session=${"0".repeat(32)}`, login);
    expect(unknown.json["code"]).toBe("SES-0203");
  });

  test("changeip takes a new address, and only with the secret", async () => {
    const login = await logIn(oxbow.url);
    const changeIp = `${oxbow.url}/ajax/login?action=changeip&session=${login.session}`;
    expect((await asBrowser(`${changeIp}&clientIP=127.0.0.1`, login)).json).toEqual({ data: "1" });
    expect((await asBrowser(changeIp, login)).json).toEqual(errorObject(expect.any(String)));
    const without = await ask(`${changeIp}&clientIP=127.0.0.1`, { headers: { "User-Agent": userAgent } });
    expect(without.json["code"]).toBe("SES-0203");
  });

  test("autologin gives the existing session to whoever holds its cookies, and nothing to others", async () => {
    const login = await logIn(oxbow.url, "anton", { staySignedIn: "true" });
    const autologin = `${oxbow.url}/ajax/login?action=autologin&client=${appSuiteClient}`;
    const answer = await asBrowser(autologin, login);
    expect(answer.json).toMatchObject({ session: login.session, user: "anton", user_id: 3, context_id: 1 });
    const stranger = await asBrowser(autologin, { cookie: `${login.secretName}=${login.secret}` });
    expect(stranger.json).toEqual(errorObject(expect.any(String)));
    expect(stranger.json).not.toHaveProperty("session");
  });
});
