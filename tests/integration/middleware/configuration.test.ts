/** Values of users in the middleware's cascade: what they change here, what counts without them, and who else may read them. */
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { behind, openMiddleware, openOxbow, upgrade } from "../../support/acceptance/behind-middleware.ts";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { ask, logIn, type Answer } from "../../support/acceptance/http.ts";
import type { StandIn } from "../../support/middleware/stand-in.ts";
import { type Oxbow, propertiesText } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

const enabled = "com.openexchange.websockets.enabled";
const maxSockets = "com.openexchange.oxbow.maxSocketsPerUser";
const anton = { contextId: 1, userId: 3 };

/** How long an answer about a user serves; then the next handshake asks again. */
const servesMs = 5_000;

const basic = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;

const configuration = (oxbow: Oxbow, path: string, authorization = basic("rest", "rest")): Promise<Answer> =>
  ask(`${oxbow.url}/preliminary/configuration/v1/${path}`, { headers: { authorization } });

describe("one middleware, whose files say nothing", () => {
  let middleware: StandIn;
  let oxbow: Oxbow;
  beforeAll(async () => {
    middleware = await openMiddleware();
    oxbow = await openOxbow(middleware.url, { [maxSockets]: "2", "com.openexchange.some.text": "ours" });
  });
  beforeEach(() => middleware.calm());

  test("the limit of sockets is the one that the middleware has for the user's context, the files' for all others", async () => {
    middleware.properties.set(maxSockets, "1", { contextId: 2 });
    const [carla, berta] = [await logIn(middleware.url, "carla@2"), await logIn(middleware.url, "berta")];
    const open = (login: typeof carla) => openEngineSocket(oxbow.url, { login, protocol: 4 });
    const ofBerta = [await open(berta), await open(berta)];
    const first = await open(carla);
    const second = await open(carla);
    await first.closed(5_000);
    expect([second, ...ofBerta].map((socket) => socket.closeCode())).toEqual([undefined, undefined, undefined]);
    await open(berta);
    await ofBerta[0]?.closed(5_000);
  });

  test("the REST answers what the middleware says of a user, and its own files without one", async () => {
    middleware.properties.set("com.openexchange.some.text", "theirs", anton);
    middleware.properties.set("com.openexchange.some.password", "geheim", anton);
    const path = "property/com.openexchange.some.text";
    expect((await configuration(oxbow, path)).json).toEqual({ "com.openexchange.some.text": "ours" });
    expect((await configuration(oxbow, `${path}/1/3`)).json).toEqual({ "com.openexchange.some.text": "theirs" });
    expect((await configuration(oxbow, `${path}/1/4`)).json).toEqual({ "com.openexchange.some.text": "ours" });
    expect((await configuration(oxbow, "withPrefix/com.openexchange.some/1/3")).json).toEqual({
      "com.openexchange.some.text": "theirs",
    });
    expect((await configuration(oxbow, "property/com.openexchange.some.password/1/3")).status).toBe(404);
    expect((await configuration(oxbow, `${path}/1/3`, basic("rest", "guess"))).status).toBe(401);
  });

  test("a name cannot lead anywhere else at the middleware", async () => {
    middleware.traffic.forget();
    await configuration(oxbow, "property/a%2F..%2F..%2Fwhoami%3Fsession%3D1/1/3");
    expect(middleware.traffic.seen("everything").map(({ path }) => path)).toEqual([
      "/preliminary/configuration/v1/property/a%2F..%2F..%2Fwhoami%3Fsession%3D1/1/3",
    ]);
  });

  test("while it is away the REST says what it said last, and 503 of those who were not asked about", async () => {
    middleware.properties.set(enabled, "false", anton);
    const of = (user: number): Promise<Answer> => configuration(oxbow, `property/${enabled}/1/${user}`);
    await waitFor("the new value", async () => (await of(3)).json[enabled] === "false", servesMs + 2_000);
    middleware.disturb("configuration", { kind: "status", status: 503 });
    expect(await of(77)).toMatchObject({ status: 503 });
    expect(await of(3)).toMatchObject({ status: 200, json: { [enabled]: "false" } });
  });
});

test("what the middleware defines wins over the files, and where it defines nothing they count", async () => {
  const middleware = await openMiddleware();
  const oxbow = await openOxbow(middleware.url, { [enabled]: "false" });
  const statusOf = async (name: string): Promise<number> =>
    (await upgrade(oxbow, await logIn(middleware.url, name))).status;
  middleware.properties.set(enabled, "true", anton);
  expect([await statusOf("anton"), await statusOf("berta")]).toEqual([101, 403]);
  middleware.properties.set(enabled, "true");
  await waitFor("berta may", async () => (await statusOf("berta")) === 101, servesMs + 2_000);
});

describe("the REST credentials", () => {
  test("of our own routes are those towards the middleware, and a reload brings others", async () => {
    const middleware = await openMiddleware();
    const oxbow = await openOxbow(middleware.url);
    expect((await upgrade(oxbow, await logIn(middleware.url))).status).toBe(101);
    Object.assign(middleware.switches, { basicAuthLogin: "other", basicAuthPassword: "pässword" });
    await oxbow.writeConfig(
      "10-test.properties",
      propertiesText({
        ...behind(middleware.url),
        "com.openexchange.rest.services.basic-auth.login": "other",
        "com.openexchange.rest.services.basic-auth.password": "pässword",
      }),
    );
    oxbow.kill("SIGHUP");
    await waitFor("the reload", () => oxbow.output().includes('"event":"reloaded"'));
    expect((await upgrade(oxbow, await logIn(middleware.url, "berta"))).status).toBe(101);
    expect((await configuration(oxbow, `property/${enabled}`, basic("other", "pässword"))).status).toBe(404);
  });

  test("that are the middleware's alone need a restart, and a reload says so", async () => {
    const middleware = await openMiddleware();
    const own = {
      "com.openexchange.oxbow.middleware.login": "rest",
      "com.openexchange.oxbow.middleware.password": "rest",
    };
    const oxbow = await openOxbow(middleware.url, own);
    await oxbow.writeConfig(
      "10-test.properties",
      propertiesText({ ...behind(middleware.url), ...own, "com.openexchange.oxbow.middleware.password": "other" }),
    );
    oxbow.kill("SIGHUP");
    await waitFor("the reload", () => oxbow.output().includes('"event":"reloaded"'));
    expect(oxbow.output()).toMatch(/com\.openexchange\.oxbow\.middleware\.password changed: it needs a restart/);
    expect((await upgrade(oxbow, await logIn(middleware.url))).status).toBe(101);
  });
});
