/** Login, autologin, logout, refreshSecret and changeip of the stand-in, and capabilities. */
import { expect, test } from "@jest/globals";
import { ask, asBrowser, logIn, logOut, tryLogin, whoami } from "../../../support/acceptance/http.ts";
import { owned } from "../../../support/clean-up.ts";
import { type StandIn, type StandInOptions, startStandIn } from "../../../support/middleware/stand-in.ts";

const open = async (options: StandInOptions = {}): Promise<StandIn> => owned(await startStandIn(options));

test("a login answers with the bare object and sets secret, public session, shard and HTTP session", async () => {
  const { url } = await open();
  const login = await logIn(url);
  expect(login.answer.json).toEqual({
    session: expect.stringMatching(/^[0-9a-f]{32}$/),
    user: "anton",
    user_id: 3,
    context_id: 1,
    locale: "en_US",
  });
  const names = [...login.cookies.keys()].sort();
  expect(names).toEqual([
    "JSESSIONID",
    "open-xchange-public-session-RivqejidTBreBSJWSghuwg",
    "open-xchange-secret-ewVgq30ckdZgPB629cI0bA",
    "open-xchange-shard",
  ]);
  for (const line of login.setCookies) expect(line).toMatch(/Path=\/; HttpOnly/);
});

test.each([
  { login: "anton@1", user: 3, context: 1 },
  { login: " anton@demo-context ", user: 3, context: 1 },
  { login: "carla@2", user: 3, context: 2 },
])("$login is user $user of context $context", async ({ login, user, context }) => {
  const { url } = await open();
  expect((await logIn(url, login)).answer.json).toMatchObject({ user_id: user, context_id: context });
});

test.each([
  { name: "no action", query: "", fields: {}, code: "SVL-0002" },
  { name: "an unknown action", query: "?action=formlogin2", fields: {}, code: "SVL-0001" },
  { name: "no name", query: "?action=login", fields: { password: "secret" }, code: "SVL-0002" },
  { name: "no password", query: "?action=login", fields: { name: "anton" }, code: "SVL-0002" },
  { name: "a wrong password", query: "?action=login", fields: { name: "anton", password: "x" }, code: "LGI-0006" },
  { name: "an unknown user", query: "?action=login", fields: { name: "carla", password: "secret" }, code: "LGI-0006" },
  {
    name: "a password in the URL",
    query: "?action=login&password=secret",
    fields: { name: "anton" },
    code: "SVL-PASSWORD",
  },
  { name: "autologin, which is off", query: "?action=autologin", fields: {}, code: "SVL-DISABLED" },
])("$name is an error as JSON with 200", async ({ query, fields, code }) => {
  const { url } = await open();
  const answer = await ask(`${url}/ajax/login${query}`, { method: "POST", body: new URLSearchParams({ ...fields }) });
  expect([answer.status, answer.json["code"]]).toEqual([200, code]);
  expect(answer.headers.getSetCookie()).toEqual([]);
});

test("a trace id counts once", async () => {
  const { url } = await open();
  const fields = { name: "anton", password: "secret", authId: "a".repeat(32) };
  expect((await tryLogin(url, fields)).json).toHaveProperty("session");
  expect((await tryLogin(url, fields)).json["code"]).toBe("SES-0008");
});

test("a logout answers with nothing, deletes each cookie twice, and the session is gone", async () => {
  const { url, sessions } = await open();
  const login = await logIn(url);
  const answer = await logOut(url, login);
  expect([answer.status, answer.text]).toEqual([200, ""]);
  const deleted = answer.headers.getSetCookie().filter((line) => line.includes("Max-Age=0"));
  expect(deleted.filter((line) => line.startsWith(`${login.secretName}=invalid`))).toHaveLength(2);
  expect(deleted.filter((line) => line.startsWith("JSESSIONID=invalid"))).toHaveLength(2);
  expect(sessions.all()).toEqual([]);
  expect((await logOut(url, login)).status).toBe(403);
});

test("a logout needs a session and its secret", async () => {
  const { url, sessions } = await open();
  const login = await logIn(url);
  expect((await ask(`${url}/ajax/login?action=logout`)).status).toBe(400);
  expect((await ask(`${url}/ajax/login?action=logout&session=${login.session}`)).status).toBe(403);
  expect(sessions.all()).toHaveLength(1);
});

test("a refreshed secret replaces the old one", async () => {
  const { url } = await open();
  const login = await logIn(url);
  const answer = await asBrowser(`${url}/ajax/login?action=refreshSecret&session=${login.session}`, login);
  expect(answer.json).toEqual({ data: "1" });
  expect((await whoami(url, login)).json["code"]).toBe("SES-0203");
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  expect((await whoami(url, { ...login, cookie })).json).toHaveProperty("data");
});

test("changeip binds the session to another address", async () => {
  const { url, sessions } = await open({ switches: { ipCheck: "strict" } });
  const login = await logIn(url);
  const change = `${url}/ajax/login?action=changeip&session=${login.session}&clientIP=`;
  expect((await asBrowser(`${change}203.0.113.7`, login)).json).toEqual({ data: "1" });
  expect(sessions.peek(login.session)?.localIp).toBe("203.0.113.7");
  expect((await whoami(url, login)).json["code"]).toBe("SES-0203");
});

test("store does nothing and says so", async () => {
  const { url } = await open();
  const answer = await ask(`${url}/ajax/login?action=store`);
  expect([answer.status, answer.text, answer.headers.get("deprecation")]).toEqual([200, "", 'version="v7.10.3"']);
});

test("autologin resumes a session by its cookies, and drops cookies that resume nothing", async () => {
  const { url, sessions } = await open({ switches: { autologin: true } });
  const login = await logIn(url);
  const resume = `${url}/ajax/login?action=autologin&client=open-xchange-appsuite`;
  expect((await asBrowser(resume, login)).json).toMatchObject({ session: login.session, user_id: 3 });
  sessions.remove(login.session);
  const answer = await asBrowser(resume, login);
  expect(answer.json["code"]).toBe("SVL-COOKIE");
  expect(answer.headers.getSetCookie().some((line) => line.startsWith(`${login.secretName}=invalid`))).toBe(true);
});

test.each([
  { value: undefined, user: "anton", has: true },
  { value: "true", user: "anton", has: true },
  { value: "false", user: "anton", has: false },
  { value: "", user: "anton", has: false },
  { value: "true", user: "gast", has: false },
])("with $value for everybody $user has the capability: $has", async ({ value, user, has }) => {
  const { url, properties } = await open();
  properties.set("com.openexchange.websockets.enabled", value);
  const login = await logIn(url, user);
  const answer = await asBrowser(`${url}/ajax/capabilities?action=get&id=websocket&session=${login.session}`, login);
  expect(answer.json).toEqual({ data: has ? [{ id: "websocket", attributes: {} }] : [] });
});
