import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";

import { loadSettings } from "../../../cascade/index.ts";
import { anton, enabled, known, limit, load } from "./loaded.ts";
import { folderWith, write } from "./temporary-folder.ts";

async function problemsOf(meta: string): Promise<string[]> {
  const folder = await folderWith({ "meta/a.yml": meta });
  const outcome = await loadSettings({ directories: [folder], assignments: [], known });
  return outcome.ok ? [] : outcome.problems.map(({ message }) => message.replaceAll(`${folder}/`, ""));
}

/** A context set for everybody of context 1 and an attribute of the user. */
const everywhere = {
  "contextSets/a.yml": `all:\n  withTags: "1"\n  ${enabled.name}: "false"\n`,
  "a.properties": `${enabled.name}=true`,
};
const person = { context: 1, user: 3, attributes: { [`config/${enabled.name}`]: "FALSE" } };

describe("a file in meta", () => {
  test.each([
    { final: "server", scope: "server", text: "true" },
    { final: "contextSets", scope: "contextSets", text: "false" },
    { final: "context", scope: "contextSets", text: "false" },
    { final: "user", scope: "user", text: "FALSE" },
    { final: "reseller", scope: "contextSets", text: "false" },
  ])("final: $final leaves $scope the word", async ({ final, scope, text }) => {
    const { settings } = await load({ ...everywhere, "meta/a.yml": `${enabled.name}:\n  final: ${final}\n` }, person);
    expect(settings.resolve(enabled.name, anton).value).toMatchObject({ scope, text });
  });

  test("says where final, protected and preferencePath come from", async () => {
    const { settings, folder } = await load({
      "meta/sub/a.yaml": "x: {final: server, protected: false, preferencePath: io.ox/x, other: [1]}\ny:\nz: {}\n",
    });
    expect(settings.inForce().metadata.get("x")).toEqual({
      final: { scope: "server", origin: { from: "file", file: join(folder, "meta/sub/a.yaml"), line: 1 } },
      protected: false,
      preferencePath: "io.ox/x",
    });
    expect(settings.inForce().metadata.has("y")).toBe(false);
  });

  test("gives a value, which beats the properties files with a warning and loses to --set", async () => {
    const files = {
      "z.properties": `${limit.name}=3`,
      "meta/a.yml": `${limit.name}:\n  value: 4\n${enabled.name}:\n  value: no\n`,
    };
    const { settings, warnings, folder } = await load(files);
    expect(settings.read(limit)).toBe(4);
    expect(settings.read(enabled)).toBe(false);
    expect(settings.origin(limit.name)).toEqual({ from: "file", file: join(folder, "meta/a.yml"), line: 2 });
    expect(warnings).toEqual([`meta/a.yml:2: ${limit.name} is set again and beats z.properties:1`]);
    const set = await loadSettings({ directories: [folder], assignments: [{ name: limit.name, text: "5" }], known });
    expect(set.ok && set.settings.read(limit)).toBe(5);
  });

  test("of a later directory beats those of an earlier one, field by field; so do its properties files", async () => {
    const first = await folderWith({
      "meta/a.yml": `${limit.name}: {value: 4, final: user}\nx: {final: user, protected: true}\n`,
    });
    const second = await folderWith({ "a.properties": `${limit.name}=9`, "meta/b.yml": "x: {final: context}\n" });
    const outcome = await loadSettings({ directories: [first, second], assignments: [], known });
    if (!outcome.ok) throw new Error("no settings");
    expect(outcome.settings.read(limit)).toBe(9);
    expect(outcome.settings.inForce().metadata.get("x")).toMatchObject({
      final: { scope: "context" },
      protected: true,
    });
    expect(outcome.warnings).toEqual([]);
  });

  test.each([
    { text: "- a", says: "meta/a.yml: must be a map from names of settings to maps of metadata" },
    { text: "a: {}\nx: server", says: "meta/a.yml:2: x: must be a map of metadata, for example: {final: server}" },
    {
      text: "x:\n  final: servr",
      says: 'meta/a.yml:2: x: final names "servr", which is no scope; the scopes are user, context, contextSets, server',
    },
    {
      text: "x:\n  final: true",
      says: 'meta/a.yml:2: x: final names "true", which is no scope; the scopes are user, context, contextSets, server',
    },
    { text: "x:\n  value: [1]", says: "meta/a.yml:2: x: value must be a text, a number or a boolean" },
    { text: "x: {}\nx: {}", says: "meta/a.yml:2: x stands twice in its map" },
  ])("is refused for $text", async ({ text, says }) => {
    expect(await problemsOf(text)).toEqual([says]);
  });

  test.each([
    {
      text: "x:\n  final: reseller",
      says: "meta/a.yml:2: x: final names reseller, which is left out here; it counts as contextSets, the scope after it",
    },
    { text: "x:\n  finale: server", says: "meta/a.yml:2: x: finale has no effect; did you mean final?" },
    {
      text: "x:\n  protected: maybe",
      says: 'meta/a.yml:2: x: protected is "maybe", which counts as false; allowed: true or false',
    },
    {
      text: "com.openexchange.oxbow.limits: {final: server}",
      says: `meta/a.yml:1: com.openexchange.oxbow.limits is no known setting; did you mean ${limit.name}?`,
    },
  ])("is warned about for $text", async ({ text, says }) => {
    expect((await load({ "meta/a.yml": text })).warnings).toEqual([says]);
  });

  test("that turns bad keeps what it said before; listeners are told of a new final", async () => {
    const { settings, folder, told } = await load({ ...everywhere, "meta/a.yml": "" }, person);
    await write(folder, { "meta/a.yml": `${enabled.name}: {final: server}\n` });
    await settings.reload();
    expect(told).toEqual([[enabled.name]]);
    await write(folder, { "meta/a.yml": `${enabled.name}: {final: nowhere}\n` });
    const { problems } = await settings.reload();
    expect(problems.map(({ message }) => message.replaceAll(`${folder}/`, ""))).toEqual([
      `meta/a.yml:1: ${enabled.name}: final names "nowhere", which is no scope; the scopes are user, context, contextSets, server; what was read before stays in force`,
    ]);
    expect(settings.resolve(enabled.name, anton).value?.scope).toBe("server");
  });
});
