/** The configuration REST over real HTTP, on settings from files, a small directory and a scripted middleware. */
import { describe, expect, test } from "@jest/globals";
import express from "express";
import { MiddlewareFault } from "../../../../auth/index.ts";
import { createBasicAuth } from "../../../../server/http/basic-auth.ts";
import { createConfigurationRestRoutes } from "../../../../server/http/configuration-rest.ts";
import type { ConfigurationRestDeps, MiddlewareQuestions } from "../../../../server/http/configuration-rest.ts";
import { answerFaults } from "../../../../server/http/json-body.ts";
import { enabled, fixed, known, limit, load, rate } from "../../cascade/loaded.ts";
import { serve } from "./serve.ts";

const files = {
  "a.properties": [
    `${rate.name} = 1`,
    `${fixed.name} = 7`,
    "com.openexchange.some.text = ä = b",
    "com.openexchange.some.empty =",
    "com.openexchange.some.password = geheim",
    "com.openexchange.some.tokens = geheim",
    "writeUrl = jdbc:mysql://ox:geheim@db/ox",
    "__proto__ = odd",
  ].join("\n"),
  mpasswd: "oxadminmaster = {CRYPT_SHA1}geheim",
  "contextSets/a.yml": `set:\n  withTags: "1"\n  ${rate.name}: 2\n  com.openexchange.some.setPassword: geheim\n`,
};
const people = [
  { context: 1, user: 3, attributes: { [`config/${rate.name}`]: "4", [`config/${fixed.name}`]: "9" } },
  { context: 1, user: 4, contextAttributes: {} },
  { context: 2, user: 3 },
] as const;

interface Open {
  readonly get: (path: string, init?: RequestInit) => Promise<{ status: number; body: unknown; headers: Headers }>;
  readonly faults: unknown[];
}

async function open(
  options: Partial<Pick<ConfigurationRestDeps, "exists" | "settings" | "middleware">> = {},
): Promise<Open> {
  const { settings, people: directory } = await load(files, ...people);
  const faults: unknown[] = [];
  const routes = createConfigurationRestRoutes({
    requireBasicAuth: createBasicAuth(() => ({ login: "rest", password: "rest" })),
    settings,
    declared: known,
    exists: ({ contextId, userId }) =>
      Promise.resolve(
        (userId > 0 ? directory.describe({ contextId, userId }) : directory.context(contextId)) !== undefined,
      ),
    middleware: undefined,
    ...options,
  });
  const { url } = await serve(
    express().use(
      routes,
      answerFaults((fault) => faults.push(fault)),
    ),
  );
  const authorization = `Basic ${Buffer.from("rest:rest").toString("base64")}`;
  return {
    faults,
    get: async (path, init = {}) => {
      const response = await fetch(`${url}/preliminary/configuration/v1/${path}`, {
        headers: { authorization },
        ...init,
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === "" ? "" : (JSON.parse(text) as unknown),
        headers: response.headers,
      };
    },
  };
}

const notFound = { error: "not defined, or no such context or user" };

describe("one property", () => {
  test.each([
    { what: "at server scope", path: `property/${rate.name}`, value: { [rate.name]: "1" } },
    { what: "of a user", path: `property/${rate.name}/1/3`, value: { [rate.name]: "4" } },
    { what: "of a context set", path: `property/${rate.name}/1/4`, value: { [rate.name]: "2" } },
    { what: "of a user whom no set fits", path: `property/${rate.name}/2/3`, value: { [rate.name]: "1" } },
    { what: "of a context alone", path: `property/${rate.name}/1/0`, value: { [rate.name]: "2" } },
    { what: "of nobody, by ids that are none", path: `property/${rate.name}/-1/-1`, value: { [rate.name]: "1" } },
    { what: "of the server alone, whoever asks", path: `property/${fixed.name}/1/3`, value: { [fixed.name]: "7" } },
    {
      what: "that is not declared",
      path: "property/com.openexchange.some.text/1/3",
      value: { "com.openexchange.some.text": "ä = b" },
    },
    {
      what: "that is empty",
      path: "property/com.openexchange.some.empty",
      value: { "com.openexchange.some.empty": "" },
    },
    {
      what: "with a name of JavaScript's",
      path: "property/__proto__",
      value: JSON.parse('{"__proto__":"odd"}') as unknown,
    },
  ])("$what", async ({ path, value }) => {
    const { status, body, headers } = await (await open()).get(path);
    expect([status, body]).toEqual([200, value]);
    expect(JSON.stringify(body)).toBe(JSON.stringify(value));
    expect([headers.get("content-type"), headers.get("cache-control")]).toEqual([
      "application/json; charset=utf-8",
      "no-store",
    ]);
  });

  test.each([
    { what: "which nobody defines", path: "property/com.openexchange.some.other" },
    { what: "which has a default only", path: `property/${enabled.name}/1/3` },
    { what: "of a user who does not exist", path: `property/${rate.name}/1/9` },
    { what: "of a context that does not exist", path: `property/${rate.name}/9/3` },
    { what: "of a context that does not exist, alone", path: `property/${rate.name}/9/0` },
    { what: "of a user of no context", path: `property/${rate.name}/0/3` },
    { what: "of ids that are none", path: `property/${rate.name}/one/three` },
    { what: "with a name of dots", path: "property/%2e%2e%2e" },
    { what: "with an endless name", path: `property/${"x".repeat(257)}` },
    { what: "with a name of JavaScript's that is not set", path: "property/constructor" },
  ])("$what is 404", async ({ path }) => {
    const { status, body } = await (await open()).get(path);
    expect([status, body]).toEqual([404, notFound]);
  });

  test.each([
    "property/com.openexchange.some.password",
    "property/com.openexchange.some.password/1/3",
    "property/com.openexchange.some.tokens",
    "property/com.openexchange.some.setPassword/1/3",
    "property/writeUrl",
    "property/oxadminmaster",
  ])("%s is a secret: 404", async (path) => {
    const { status, body } = await (await open()).get(path);
    expect([status, body]).toEqual([404, notFound]);
  });
});

describe("all with a prefix", () => {
  test("are what each is by itself", async () => {
    const { get } = await open();
    const some = { "com.openexchange.some.empty": "", "com.openexchange.some.text": "ä = b" };
    const [server, user] = [await get("withPrefix/com.openexchange."), await get("withPrefix/com.openexchange./1/3")];
    expect([server.status, server.body]).toEqual([200, { ...some, [rate.name]: "1", [fixed.name]: "7" }]);
    expect([user.status, user.body]).toEqual([200, { ...some, [rate.name]: "4", [fixed.name]: "7" }]);
  });

  test("may be none", async () => {
    const { status, body } = await (await open()).get("withPrefix/com.openexchange.nothing/1/3");
    expect([status, body]).toEqual([200, {}]);
  });

  test("hold no secret, whatever the prefix", async () => {
    const { get } = await open();
    for (const path of ["withPrefix/com", "withPrefix/com/1/3", "withPrefix/w", "withPrefix/ox"])
      expect(JSON.stringify((await get(path)).body)).not.toMatch(/geheim|password|tokens|oxadmin/i);
  });

  test("of somebody who does not exist are 404", async () => {
    const { get } = await open();
    expect([(await get("withPrefix/com/1/9")).status, (await get("withPrefix/com/9/0")).status]).toEqual([404, 404]);
  });
});

test.each([
  { what: "no credentials", headers: {} },
  { what: "a wrong password", headers: { authorization: `Basic ${Buffer.from("rest:guess").toString("base64")}` } },
])("with $what it is nobody's business, existing or not: 401", async ({ headers }) => {
  const { get } = await open();
  for (const path of [`property/${rate.name}`, `property/${rate.name}/1/9`, "withPrefix/com", "withPrefix/com/1/3"])
    expect([path, (await get(path, { headers })).status]).toEqual([path, 401]);
});

test("it is only read", async () => {
  const { get } = await open();
  const { status, headers } = await get(`property/${rate.name}`, { method: "PUT" });
  expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("a fault of ours is 500, and says nothing", async () => {
  const { get, faults } = await open({ exists: () => Promise.reject(new Error("geheim")) });
  const { status, body } = await get(`property/${rate.name}/1/3`);
  expect([status, body]).toEqual([500, { error: "internal error" }]);
  expect(faults).toEqual([new Error("geheim")]);
});

describe("behind the middleware", () => {
  const answers = new Map([
    [limit.name, "3"],
    [fixed.name, "8"],
    ["com.openexchange.some.text", "theirs"],
    ["com.openexchange.there.only", "x"],
    ["com.openexchange.there.password", "geheim"],
  ]);
  const asked: string[] = [];
  const there: MiddlewareQuestions = {
    ask: (name) => {
      asked.push(name);
      return Promise.resolve(answers.get(name));
    },
    askAll: (prefix) => Promise.resolve(new Map([...answers].filter(([name]) => name.startsWith(prefix)))),
  };
  const away: MiddlewareQuestions = {
    ask: () => Promise.reject(new MiddlewareFault("timeout", "no answer")),
    askAll: () => Promise.reject(new MiddlewareFault("timeout", "no answer")),
  };

  test.each([
    { what: "its value of the user wins", path: `property/${limit.name}/1/3`, value: { [limit.name]: "3" } },
    {
      what: "what it does not define is searched here",
      path: `property/${rate.name}/1/3`,
      value: { [rate.name]: "4" },
    },
    {
      what: "names that only it knows are answered",
      path: "property/com.openexchange.there.only/1/3",
      value: { "com.openexchange.there.only": "x" },
    },
    {
      what: "settings of this server alone are this server's",
      path: `property/${fixed.name}/1/3`,
      value: { [fixed.name]: "7" },
    },
    {
      what: "without a user the settings here answer",
      path: "property/com.openexchange.some.text",
      value: { "com.openexchange.some.text": "ä = b" },
    },
    {
      what: "all with a prefix are its own over those here",
      path: "withPrefix/com.openexchange./1/3",
      value: {
        [rate.name]: "4",
        [fixed.name]: "7",
        [limit.name]: "3",
        "com.openexchange.some.empty": "",
        "com.openexchange.some.text": "theirs",
        "com.openexchange.there.only": "x",
      },
    },
  ])("$what", async ({ path, value }) => {
    const { status, body } = await (await open({ middleware: there })).get(path);
    expect([status, body]).toEqual([200, value]);
  });

  test("its secrets are no more shown than ours", async () => {
    const { get } = await open({ middleware: there });
    expect((await get("property/com.openexchange.there.password/1/3")).status).toBe(404);
  });

  test("nobody is asked about the server, or for a setting of this server alone", async () => {
    asked.length = 0;
    const { get } = await open({ middleware: there });
    await get(`property/${rate.name}`);
    await get(`property/${fixed.name}/1/3`);
    expect(asked).toEqual([]);
  });

  test("503 while it cannot be asked and would have to be", async () => {
    const { get } = await open({ middleware: away });
    for (const path of [`property/${rate.name}/1/3`, "withPrefix/com/1/3"]) {
      const { status, headers } = await get(path);
      expect([path, status, headers.get("retry-after")]).toEqual([path, 503, "2"]);
    }
    expect((await get(`property/${rate.name}`)).status).toBe(200);
  });
});
