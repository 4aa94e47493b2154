import { describe, expect, test } from "@jest/globals";
import { openAjaxApp, type AjaxApp } from "../support/ajax-app.ts";
import { createBrowserClient } from "../support/browser-client.ts";
import { newHexId } from "../support/example-session.ts";

const basic = (login: string, password: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`,
});
const get = ({ url }: AjaxApp, session: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${url}/preliminary/session/v1/get/${session}`, { headers });

describe("the session over REST", () => {
  test.each([
    { login: "anton", answer: { context: 1, user: 3, guest: false } },
    { login: "gast", answer: { context: 1, user: 5, guest: true } },
  ])("tells whose it is: $login's", async ({ login, answer }) => {
    const app = await openAjaxApp();
    const session = await createBrowserClient(app.url).login(login);
    const response = await get(app, session, basic("rest", "rest"));
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(answer);
  });

  test.each([
    { name: "that is not there", session: newHexId() },
    { name: "whose id is none", session: "%2e%2e%2fx" },
  ])("is an empty object for one $name", async ({ session }) => {
    const response = await get(await openAjaxApp(), session, basic("rest", "rest"));
    expect([response.status, await response.json()]).toEqual([200, {}]);
  });

  test("is not kept alive by asking", async () => {
    const app = await openAjaxApp();
    const session = await createBrowserClient(app.url).login("anton");
    app.clock.nowMs = 3_000_000;
    expect(await (await get(app, session, basic("rest", "rest"))).json()).toHaveProperty("user", 3);
    app.clock.nowMs = 3_600_000;
    expect(await (await get(app, session, basic("rest", "rest"))).json()).toEqual({});
  });

  test.each([
    { name: "no credentials", headers: {} },
    { name: "a wrong password", headers: basic("rest", "guess") },
    { name: "a wrong login", headers: basic("guess", "rest") },
    { name: "empty credentials", headers: basic("", "") },
    { name: "another scheme", headers: { authorization: "Bearer cmVzdDpyZXN0" } },
    { name: "rubbish", headers: { authorization: "Basic %%%" } },
  ])("is nobody's business with $name: 401", async ({ headers }) => {
    const app = await openAjaxApp();
    const response = await get(app, await createBrowserClient(app.url).login("anton"), headers);
    expect([response.status, await response.text()]).toEqual([401, ""]);
    expect(response.headers.get("www-authenticate")).toBe('Basic realm="oxbow", charset="UTF-8"');
  });

  test.each([
    { name: "login", unset: { login: "", password: "rest" } },
    { name: "password", unset: { login: "rest", password: "" } },
  ])("is nobody's business while no $name is set, empty credentials included", async ({ unset }) => {
    const app = await openAjaxApp();
    Object.assign(app.credentials, unset);
    expect((await get(app, newHexId(), basic(unset.login, unset.password))).status).toBe(401);
    expect((await get(app, newHexId(), {})).status).toBe(401);
  });

  test("takes changed credentials at once", async () => {
    const app = await openAjaxApp();
    Object.assign(app.credentials, { login: "other", password: "pässword" });
    expect((await get(app, newHexId(), basic("rest", "rest"))).status).toBe(401);
    expect((await get(app, newHexId(), basic("other", "pässword"))).status).toBe(200);
  });

  test("is asked by GET", async () => {
    const { url } = await openAjaxApp();
    const response = await fetch(`${url}/preliminary/session/v1/get/${newHexId()}`, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});
