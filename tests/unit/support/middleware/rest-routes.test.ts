/** The REST look-ups of the stand-in: sessions and configuration, with Basic auth. */
import { describe, expect, test } from "@jest/globals";
import { ask, type Answer, logIn, restAuthorization } from "../../../support/acceptance/http.ts";
import { owned } from "../../../support/clean-up.ts";
import { type StandIn, type StandInOptions, startStandIn } from "../../../support/middleware/stand-in.ts";

const open = async (options: StandInOptions = {}): Promise<StandIn> => owned(await startStandIn(options));
const get = async ({ url }: StandIn, path: string, authorization = restAuthorization): Promise<Answer> =>
  ask(`${url}/preliminary/${path}`, { headers: { Authorization: authorization } });

const enabled = "com.openexchange.websockets.enabled";

test.each(["session/v1/get/0", `configuration/v1/property/${enabled}`])("%s needs the credentials", async (path) => {
  const middleware = await open();
  expect((await get(middleware, path, "Basic eDp5")).status).toBe(401);
  expect((await ask(`${middleware.url}/preliminary/${path}`)).status).toBe(401);
});

describe("a session", () => {
  test("is told with context, user and guest", async () => {
    const middleware = await open();
    for (const [name, answer] of [
      ["berta", { context: 1, user: 4, guest: false }],
      ["gast", { context: 1, user: 5, guest: true }],
    ] as const)
      expect((await get(middleware, `session/v1/get/${(await logIn(middleware.url, name)).session}`)).json).toEqual(
        answer,
      );
  });

  test("that is not there is an empty object with 200", async () => {
    const { status, text } = await get(await open(), "session/v1/get/00000000000000000000000000000000");
    expect([status, text]).toEqual([200, "{}"]);
  });

  test.each([
    { peekTouches: false, endsMs: 3_600_000 },
    { peekTouches: true, endsMs: 6_600_000 },
  ])("asked for after 50 minutes ends after $endsMs ms when look-ups touch: $peekTouches", async (each) => {
    let nowMs = 0;
    const middleware = await open({ nowMs: () => nowMs, switches: { peekTouches: each.peekTouches } });
    const path = `session/v1/get/${(await logIn(middleware.url)).session}`;
    nowMs = 3_000_000;
    expect((await get(middleware, path)).json).toHaveProperty("user", 3);
    nowMs = each.endsMs - 1;
    expect(middleware.sessions.all()).toHaveLength(1);
    nowMs = each.endsMs;
    expect(middleware.sessions.all()).toHaveLength(0);
  });
});

describe("the configuration", () => {
  const configured = async (): Promise<StandIn> => {
    const middleware = await open();
    middleware.properties.set(enabled, "true");
    middleware.properties.set(enabled, "false", { contextId: 1, userId: 3 });
    middleware.properties.set("com.openexchange.websockets.other", "x");
    middleware.properties.set("com.openexchange.limit", "5", { contextId: 1 });
    middleware.properties.set("com.openexchange.limit", "7", { contextId: 1, userId: 4 });
    return middleware;
  };

  test.each([
    { path: `property/${enabled}`, json: { [enabled]: "true" } },
    { path: `property/${enabled}/1/3`, json: { [enabled]: "false" } },
    { path: `property/${enabled}/2/3`, json: { [enabled]: "true" } },
    {
      path: "withPrefix/com.openexchange.websockets/1/3",
      json: { [enabled]: "false", "com.openexchange.websockets.other": "x" },
    },
    { path: "withPrefix/com.openexchange.websockets.e", json: { [enabled]: "true" } },
    { path: "withPrefix/org", json: {} },
    { path: "property/com.openexchange.limit/1/3", json: { "com.openexchange.limit": "5" } },
    { path: "property/com.openexchange.limit/1/4", json: { "com.openexchange.limit": "7" } },
    { path: "property/com.openexchange.limit/1/-1", json: { "com.openexchange.limit": "5" } },
    { path: `property/${enabled}/-1/-1`, json: { [enabled]: "true" } },
  ])("answers $path with texts by name", async ({ path, json }) => {
    const answer = await get(await configured(), `configuration/v1/${path}`);
    expect([answer.status, answer.json]).toEqual([200, json]);
  });

  test.each([
    "property/undefined.name",
    "property/undefined.name/1/3",
    `property/${enabled}/1/99`,
    `property/${enabled}/9/3`,
    `property/${enabled}/9/-1`,
    "property/com.openexchange.limit/2/3",
    `property/${enabled}/one/three`,
  ])("does not know %s: 404", async (path) => {
    expect((await get(await configured(), `configuration/v1/${path}`)).status).toBe(404);
  });
});
