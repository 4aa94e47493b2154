/** The configuration REST of the product as another service meets it: real files, real users, a reload. */
import { beforeAll, expect, test } from "@jest/globals";
import { ask, type Answer, restAuthorization } from "../../support/acceptance/http.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";
import { scryptOf } from "../../support/scrypt.ts";
import { waitFor } from "../../support/wait-for.ts";

const enabled = "com.openexchange.websockets.enabled";
const directory = (attribute: string): string =>
  JSON.stringify({
    contexts: [
      {
        id: 1,
        name: "gold.example.com",
        attributes: { "taxonomy/types": "gold" },
        users: [
          { id: 3, login: "anton", password: scryptOf("secret"), attributes: { [`config/${enabled}`]: attribute } },
          { id: 4, login: "berta", password: scryptOf("secret") },
        ],
      },
    ],
  });

let oxbow: Oxbow;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: { ...restCredentials, [enabled]: "true" },
    files: {
      "users.yaml": directory("false"),
      "contextSets/gold.yml": `gold:\n  withTags: gold\n  com.openexchange.oxbow.maxSocketsPerUser: "20"\n`,
    },
    pathSettings: { "com.openexchange.oxbow.directory": "users.yaml" },
  });
});

const get = (path: string, authorization = restAuthorization): Promise<Answer> =>
  ask(`${oxbow.url}/preliminary/configuration/v1/${path}`, { headers: { authorization } });

test("each scope answers: server, context set, user", async () => {
  expect((await get(`property/${enabled}`)).json).toEqual({ [enabled]: "true" });
  expect((await get(`property/${enabled}/1/4`)).json).toEqual({ [enabled]: "true" });
  expect((await get(`property/${enabled}/1/3`)).json).toEqual({ [enabled]: "false" });
  expect((await get("withPrefix/com.openexchange.oxbow.max/1/4")).json).toEqual({
    "com.openexchange.oxbow.maxSocketsPerUser": "20",
  });
});

test("who does not exist and what is not defined is 404, a secret too, and without credentials all is 401", async () => {
  const paths = [
    `property/${enabled}/1/9`,
    `property/${enabled}/9/3`,
    "property/com.openexchange.nothing",
    "property/com.openexchange.rest.services.basic-auth.password",
  ];
  for (const path of paths) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect([path, (await get(path, "Basic eA==")).status]).toEqual([path, 401]);
  }
  const all = await get("withPrefix/com.openexchange.rest");
  expect(all.json).toEqual({ "com.openexchange.rest.services.basic-auth.login": "rest" });
});

test("a reload changes what is answered", async () => {
  await oxbow.writeConfig("users.yaml", directory("true"));
  oxbow.kill("SIGHUP");
  await waitFor("the new value", async () => (await get(`property/${enabled}/1/3`)).json[enabled] === "true");
});
