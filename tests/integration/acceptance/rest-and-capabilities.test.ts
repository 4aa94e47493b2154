/** The capability list, the REST peek and their guards; autologin while it is off; failed logins limited. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  asBrowser,
  asObject,
  ask,
  type Answer,
  logIn,
  type Login,
  logOut,
  restAuthorization,
  tryLogin,
  userAgent,
  whoami,
} from "../../support/acceptance/http.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

let oxbow: Oxbow;
let anton: Login;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: { ...restCredentials, "com.openexchange.ajax.login.maxRate": "3" },
  });
  anton = await logIn(oxbow.url);
});

const capabilityIds = (answer: Answer): readonly unknown[] => {
  const data: unknown = answer.json["data"];
  return Array.isArray(data) ? data.map((entry) => asObject(entry)["id"]) : [asObject(data)["id"]];
};

describe("capabilities", () => {
  const list = async (query: string): Promise<Answer> =>
    asBrowser(`${oxbow.url}/ajax/capabilities?${query}&session=${anton.session}`, anton);

  test("all of a demo user: the web socket, mail and calendar", async () => {
    const answer = await list("action=all");
    expect(answer.status).toBe(200);
    expect(capabilityIds(answer)).toEqual(expect.arrayContaining(["websocket", "webmail", "calendar"]));
    expect(answer.json["data"]).toContainEqual({ id: "websocket", attributes: {} });
  });

  test.each(["websocket", "webmail", "calendar"])("get of %s finds it", async (id) => {
    expect(capabilityIds(await list(`action=get&id=${id}`))).toEqual([id]);
  });

  test.each(["nothing", "__proto__"])("get of %s finds nothing", async (id) => {
    const answer = await list(`action=get&id=${id}`);
    expect(answer.status).toBe(200);
    expect(capabilityIds(answer)).not.toContain(id);
  });

  test("need a session like any other request", async () => {
    const answer = await ask(`${oxbow.url}/ajax/capabilities?action=all&session=${anton.session}`, {
      headers: { "User-Agent": userAgent },
    });
    expect(answer.json["code"]).toBe("SES-0203");
  });
});

describe("the REST peek", () => {
  const peek = async (session: string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(`${oxbow.url}/preliminary/session/v1/get/${session}`, { headers });

  test("tells context and user of a session", async () => {
    const answer = await peek(anton.session, { Authorization: restAuthorization });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.json).toMatchObject({ context: 1, user: 3, guest: false });
    expect(answer.text).not.toContain(anton.secret);
  });

  test.each(["0".repeat(32), "nothing", "__proto__", "%3Cx%3E"])(
    "answers the unknown %s with an empty object",
    async (id) => {
      const answer = await peek(id, { Authorization: restAuthorization });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe("{}");
    },
  );

  test("of a session that was logged out is empty", async () => {
    const login = await logIn(oxbow.url);
    await logOut(oxbow.url, login);
    expect((await peek(login.session, { Authorization: restAuthorization })).text).toBe("{}");
  });

  test.each([
    { name: "no credentials", headers: {} },
    { name: "a wrong password", headers: { Authorization: `Basic ${Buffer.from("rest:wrong").toString("base64")}` } },
    { name: "a wrong login", headers: { Authorization: `Basic ${Buffer.from("root:rest").toString("base64")}` } },
    { name: "empty credentials", headers: { Authorization: `Basic ${Buffer.from(":").toString("base64")}` } },
    { name: "rubbish", headers: { Authorization: "Basic ???" } },
    { name: "another scheme", headers: { Authorization: "Bearer rest:rest" } },
  ])("answers $name with 401", async ({ headers }) => {
    const answer = await peek(anton.session, { ...headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic/i);
    expect(answer.text).not.toContain('"user"');
  });
});

test("autologin is refused while it is switched off", async () => {
  const answer = await asBrowser(`${oxbow.url}/ajax/login?action=autologin&client=open-xchange-appsuite`, anton);
  expect(answer.status).toBe(200);
  expect(answer.json).toHaveProperty("code");
  expect(answer.json).not.toHaveProperty("session");
  expect((await whoami(oxbow.url, anton)).json).toHaveProperty("data");
});

test("failed logins beyond the configured rate are answered 429", async () => {
  const statuses: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const answer = await tryLogin(oxbow.url, { name: "berta", password: `wrong ${round}` });
    expect(answer.json).not.toHaveProperty("session");
    statuses.push(answer.status);
  }
  expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
  expect(statuses.at(-1)).toBe(429);
  expect((await logIn(oxbow.url, "anton")).answer.status).toBe(200);
});

test("without configured credentials the REST routes answer 401 to everybody, and the start warns", async () => {
  const bare = await startOxbow({ properties: {} });
  const empty = `Basic ${Buffer.from(":").toString("base64")}`;
  const routes = ["/preliminary/session/v1/get/x", "/preliminary/http-notify/v1/notify", "/preliminary/oxbow/v1/push"];
  const methods = ["GET", "PUT", "POST"];
  for (const [index, route] of routes.entries())
    for (const authorization of [empty, restAuthorization]) {
      const method = methods[index] ?? "GET";
      const answer = await ask(`${bare.url}${route}`, {
        method,
        headers: { Authorization: authorization, "Content-Type": "application/json" },
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      expect(answer.status).toBe(401);
    }
  expect(bare.output()).toMatch(/com\.openexchange\.rest\.services\.basic-auth|401/);
  await bare.stop();
});
