import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";

import { cascadeScopes, cascadeTypes, loadSettings, type Resolution } from "../../../cascade/index.ts";
import { anton, berta, enabled, fixed, known, load, rate } from "./loaded.ts";
import { createPeople, type Listed } from "./people.ts";
import { write } from "./temporary-folder.ts";

const stranger = { contextId: 9, userId: 9 };

const from = ({ value, shadowed }: Resolution): unknown => ({
  value: value === undefined ? undefined : [value.scope, value.text],
  shadowed: shadowed.map(({ scope, text }) => [scope, text]),
});

const all = {
  files: {
    "a.properties": `${rate.name} = 1`,
    "contextSets/a.yml": `set:\n  withTags: "1"\n  ${rate.name}: 2\n`,
  },
  anton: {
    context: 1,
    user: 3,
    contextAttributes: { [`config/${rate.name}`]: "3; protected=false" },
    attributes: { [`config/${rate.name}`]: "4" },
  },
} as const;

describe("the most specific scope that defines a name wins", () => {
  test("user, context, context set, server", async () => {
    const { settings } = await load(all.files, all.anton, { context: 1, user: 4 }, { context: 2, user: 5 });
    expect(settings.readFor(rate, anton)).toBe(4);
    expect(settings.readFor(rate, berta)).toBe(3);
    expect(settings.readFor(rate, { contextId: 2, userId: 5 })).toBe(1);
    expect(settings.read(rate)).toBe(1);
    expect(from(settings.resolve(rate.name, anton))).toEqual({
      value: ["user", "4"],
      shadowed: [
        ["context", "3"],
        ["contextSets", "2"],
        ["server", "1"],
      ],
    });
  });

  test("each value knows its place", async () => {
    const { settings, folder } = await load(all.files, all.anton);
    const { value, shadowed } = settings.resolve(rate.name, anton);
    expect([value, ...shadowed].map((one) => one?.origin)).toEqual([
      { from: "directory", attribute: `config/${rate.name}`, file: "people.yaml", line: 1 },
      { from: "directory", attribute: `config/${rate.name}`, file: "people.yaml", line: 1 },
      { from: "context set", file: join(folder, "contextSets/a.yml"), line: 3, set: "set", withTags: "1" },
      { from: "file", file: join(folder, "a.properties"), line: 1 },
    ]);
  });

  test("an empty text is a value and ends the search", async () => {
    const { settings } = await load(
      { "a.properties": `${enabled.name} = true` },
      { context: 1, user: 3, attributes: { [`config/${enabled.name}`]: "" } },
    );
    expect(settings.readFor(enabled, anton)).toBe(false);
  });

  test("nothing anywhere is the default", async () => {
    const { settings } = await load({}, { context: 1, user: 3 });
    expect(settings.readFor(enabled, anton)).toBe(true);
    expect(settings.resolve(enabled.name, anton)).toEqual({ shadowed: [] });
  });

  test("a setting of the server alone ignores users", async () => {
    const { settings } = await load(
      { "contextSets/a.yml": `set: {withTags: "1", ${fixed.name}: 7}` },
      { context: 1, user: 3, attributes: { [`config/${fixed.name}`]: "9" } },
    );
    expect(settings.readFor(fixed, anton)).toBe(1);
  });

  test("the order of search is a setting", async () => {
    const order = `${cascadeScopes.name} = server, contextSets`;
    const { settings, warnings } = await load({ ...all.files, "b.properties": order }, all.anton);
    expect(settings.order).toEqual(["server", "contextSets"]);
    expect(settings.readFor(rate, anton)).toBe(1);
    expect(from(settings.resolve(rate.name, anton))).toEqual({
      value: ["server", "1"],
      shadowed: [["contextSets", "2"]],
    });
    expect(warnings).toEqual([]);
  });

  test("all names of a user", async () => {
    const { settings } = await load(
      { "a.properties": "a=1", "contextSets/a.yml": "one: {withTags: '1', b: ''}\ntwo: {withTags: '2', c: ''}" },
      {
        context: 1,
        user: 3,
        contextAttributes: { "config/d": "", "taxonomy/types": "x" },
        attributes: { "config/e": "" },
      },
    );
    expect([...settings.names(anton)].sort()).toEqual(["a", "b", "d", "e"]);
    expect([...settings.names()]).toEqual(["a"]);
  });
});

describe("what in the order of search cannot be searched is warned about", () => {
  test.each([
    { written: "user, reseller, server", order: ["user", "server"], says: "names reseller, which is left out here" },
    {
      written: "user, contextsets, server",
      order: ["user", "server"],
      says: "names contextsets, which is no scope; the scopes are user, context, contextSets, server",
    },
    { written: "server, user, server", order: ["server", "user"], says: "names server twice; the first place counts" },
    {
      written: "",
      order: ["user", "context", "contextSets", "server"],
      says: "names no scope, so the usual order is searched: user, context, contextSets, server",
    },
  ])("$written", async ({ written, order, says }) => {
    const { settings, warnings } = await load({ "system.properties": `${cascadeScopes.name} = ${written}` });
    expect(settings.order).toEqual(order);
    expect(warnings).toEqual([`system.properties:1: ${cascadeScopes.name} ${says}`]);
  });

  test("a change of it needs a restart", async () => {
    const { settings, folder } = await load({});
    await write(folder, { "a.properties": `${cascadeScopes.name} = server` });
    expect((await settings.reload()).needsRestart).toEqual([cascadeScopes.name]);
    expect(settings.order).toEqual(["user", "context", "contextSets", "server"]);
  });
});

describe("final at a context", () => {
  const files = { "a.properties": `${rate.name} = 1`, "contextSets/a.yml": `set: {withTags: "1", ${rate.name}: 2}` };
  const attributes = { [`config/${rate.name}`]: "4" };
  const withFinal = (scope: string): Listed => ({
    context: 1,
    user: 3,
    contextAttributes: { [`config/${rate.name}`]: `3; final=${scope}` },
    attributes,
  });

  test.each([
    { scope: "server", value: ["server", "1"] },
    { scope: "contextSets", value: ["contextSets", "2"] },
    { scope: "context", value: ["context", "3"] },
    { scope: "user", value: ["user", "4"] },
  ])("$scope bars what is more specific", async ({ scope, value }) => {
    const { settings } = await load(files, withFinal(scope));
    const resolution = settings.resolve(rate.name, anton);
    expect(from(resolution)).toMatchObject({ value });
    expect(resolution.final?.scope).toBe(scope);
    expect(settings.readFor(rate, anton)).toBe(Number(value[1]));
  });

  test("one that names no scope is warned about and ignored", async () => {
    const { settings, warnings } = await load(files, withFinal("true"));
    expect(settings.readFor(rate, anton)).toBe(4);
    expect(settings.readFor(rate, berta)).toBe(3);
    expect(warnings).toEqual([
      `people.yaml:1: ${rate.name}: final names true, which is not among the scopes that are searched (user, context, contextSets, server), and is ignored`,
    ]);
  });
});

describe("tags of a user", () => {
  const setFor = (expression: string): Record<string, string> => ({
    "contextSets/a.yml": `set: {withTags: "${expression}", ${rate.name}: 2}`,
  });
  const rich: Listed = {
    context: 1,
    contextName: "example.com",
    contextAttributes: {
      "taxonomy/types": "gold, beta",
      [`config/${cascadeTypes.name}`]: "ofContext; protected=false",
    },
    user: 3,
    permissions: ["Task"],
    attributes: { [`config/${cascadeTypes.name}`]: "ofUser,also" },
  };

  test("come from the context, the permissions, every scope but context sets, and the sets that fit", async () => {
    const { settings } = await load(
      {
        "a.properties": `${cascadeTypes.name} = ofServer`,
        "contextSets/a.yml": `set: {withTags: gold, addTags: added, ${cascadeTypes.name}: notThis}`,
      },
      rich,
    );
    expect([...settings.tags(anton)].sort()).toEqual(
      ["1", "added", "also", "beta", "example.com", "gold", "ofContext", "ofServer", "ofUser", "ucTask"].sort(),
    );
  });

  test("of an unknown user are those of the context", async () => {
    const { settings } = await load({}, rich);
    expect([...settings.tags({ contextId: 1, userId: 77 })].sort()).toEqual([
      "1",
      "beta",
      "example.com",
      "gold",
      "ofContext",
    ]);
  });

  test("of an unknown context are its id and those of the server", async () => {
    const { settings } = await load({ ...setFor("9 & ofServer"), "a.properties": `${cascadeTypes.name} = ofServer` });
    expect([...settings.tags(stranger)]).toEqual(["9", "ofServer"]);
    expect(settings.readFor(rate, stranger)).toBe(2);
    expect(settings.readFor(rate, { contextId: 8, userId: 9 })).toBe(5);
  });

  test("ids of zero and below are nobody and no context", async () => {
    const { settings } = await load(setFor("!gold"), rich);
    expect([...settings.tags({ contextId: 0, userId: -1 })]).toEqual([]);
    expect(settings.readFor(rate, { contextId: -1, userId: 0 })).toBe(2);
    expect(settings.readFor(rate, { contextId: 1, userId: 0 })).toBe(5);
  });
});

test("what is in force can be handed on, and gives the same values with the same places", async () => {
  const { settings } = await load(all.files, all.anton);
  const written = structuredClone(settings.inForce());
  const outcome = await loadSettings({ directories: [], assignments: [], known, handed: () => written });
  if (!outcome.ok) throw new Error("refused");
  outcome.settings.useDirectory(createPeople(all.anton), () => undefined);
  expect(outcome.settings.resolve(rate.name, anton)).toEqual(settings.resolve(rate.name, anton));
});
