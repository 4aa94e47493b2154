/** The test switches over HTTP, as somebody at a terminal uses them. */
import { expect, test } from "@jest/globals";
import { type Answer, ask, logIn, type Login, whoami } from "../../../support/acceptance/http.ts";
import { owned } from "../../../support/clean-up.ts";
import { type StandIn, startStandIn } from "../../../support/middleware/stand-in.ts";

const open = async (): Promise<{
  middleware: StandIn;
  login: Login;
  post: (what: string, body: object) => Promise<Answer>;
}> => {
  const middleware = owned(await startStandIn({ byHand: true }));
  const post = async (what: string, body: object): Promise<Answer> =>
    ask(`${middleware.url}/control/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  return { middleware, login: await logIn(middleware.url), post };
};

test.each([
  { what: "remove", body: { user: "anton" }, code: "SES-0203" },
  { what: "switches", body: { hashSalt: "another salt of ours" }, code: "SES-0203" },
  { what: "users", body: { user: "anton", active: false }, code: "SES-0203" },
  { what: "contexts", body: { context: 1, enabled: false }, code: "SES-0204" },
])("$what changes what whoami says", async ({ what, body, code }) => {
  const { middleware, login, post } = await open();
  expect((await post(what, body)).json).toEqual({ done: true });
  expect((await whoami(middleware.url, login)).json["code"]).toBe(code);
});

test("a disturbance comes and goes", async () => {
  const { middleware, login, post } = await open();
  await post("disturb", { place: "whoami", disturbance: { kind: "status", status: 502 } });
  expect((await whoami(middleware.url, login)).status).toBe(502);
  await post("calm", {});
  expect((await whoami(middleware.url, login)).status).toBe(200);
});

test("settings are set for everybody and for one, and taken away", async () => {
  const { middleware, post } = await open();
  await post("properties", { name: "a", value: "1" });
  await post("properties", { name: "a", value: "2", context: 1, user: 3 });
  expect(middleware.properties.get("a", { contextId: 1, userId: 3 })).toBe("2");
  await post("properties", { name: "a", value: "3", context: 1 });
  expect(middleware.properties.get("a", { contextId: 1, userId: 4 })).toBe("3");
  await post("properties", { name: "a", value: null, context: 1, user: 3 });
  expect(middleware.properties.get("a", { contextId: 1, userId: 3 })).toBe("3");
  await post("properties", { name: "a", value: null, context: 1 });
  expect(middleware.properties.get("a", { contextId: 1, userId: 3 })).toBe("1");
});

test.each([
  { what: "switches", body: { colour: "red" } },
  { what: "switches", body: { errors: "older" } },
  { what: "disturb", body: { place: "whoami", disturbance: { kind: "earthquake" } } },
  { what: "disturb", body: { place: "nowhere", disturbance: { kind: "html" } } },
])("$body is refused with a reason and changes nothing", async ({ what, body }) => {
  const { middleware, login, post } = await open();
  const answer = await post(what, body);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("✖")]);
  expect((await whoami(middleware.url, login)).json).toHaveProperty("data");
});

test("the state shows switches, sessions and how much was asked", async () => {
  const { middleware, login } = await open();
  const { json } = await ask(`${middleware.url}/control/state`);
  expect(json).toMatchObject({ switches: { errors: "new" }, sessions: [{ id: login.session }], httpSessionsMade: 1 });
  expect(json).toHaveProperty("requests.login.requests", 1);
  await whoami(middleware.url, login);
  const later = await ask(`${middleware.url}/control/state`);
  expect(later.json).toHaveProperty("requests.whoami.mostInFlightOfOneSession", 1);
});

test("there is no such endpoint unless it was asked for", async () => {
  const { url } = owned(await startStandIn());
  expect((await ask(`${url}/control/state`)).status).toBe(404);
  expect((await ask(url)).status).toBe(404);
});

test("the page and its client are served", async () => {
  const { middleware } = await open();
  expect((await ask(middleware.url)).text).toContain("/socket.io-client.js");
  expect((await ask(`${middleware.url}/socket.io-client.js`)).text).toContain("export");
});
