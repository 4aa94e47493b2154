/** Values for users that are wrong or odd, and values for users across reloads. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";

import { loadSettings, type DirectoryDifference } from "../../../cascade/index.ts";
import { anton, berta, enabled, fixed, known, limit, load, rate } from "./loaded.ts";
import type { Listed } from "./people.ts";
import { folderWith, write } from "./temporary-folder.ts";

describe("values of context sets are judged like those of files", () => {
  test("a wrong value of a name of ours stops the start", async () => {
    const folder = await folderWith({ "contextSets/a.yml": `set:\n  withTags: x\n  ${limit.name}: none\n` });
    const outcome = await loadSettings({ directories: [folder], assignments: [], known });
    expect(outcome).toMatchObject({
      ok: false,
      problems: [
        {
          message: `${folder}/contextSets/a.yml:3: ${limit.name} = "none" is not allowed here; allowed: a whole number from 1`,
        },
      ],
    });
  });

  test("an odd value of the middleware's names is warned about once", async () => {
    const set = (name: string): string => `${name}: {withTags: x, ${enabled.name}: "yes"}\n`;
    const { warnings } = await load({ "contextSets/a.yml": set("a") + set("b") });
    expect(warnings).toEqual([expect.stringContaining(`${enabled.name} = "yes" is odd: only \`true\` counts as true`)]);
  });

  test("a name of ours that does not exist, and a setting that users have none of, are warned about", async () => {
    const { warnings } = await load({
      "contextSets/a.yml": `set:\n  withTags: x\n  com.openexchange.oxbow.limt: 1\n  ${fixed.name}: 3\n`,
    });
    expect(warnings).toEqual([
      `contextSets/a.yml:4: ${fixed.name} is read at server scope only, so what stands here has no effect`,
      "contextSets/a.yml:3: com.openexchange.oxbow.limt is no known setting; did you mean com.openexchange.oxbow.limit?",
    ]);
  });

  test("an odd or wrong value in the directory is warned about when it is read, once per name and value", async () => {
    const attributes = { [`config/${enabled.name}`]: "on", [`config/${limit.name}`]: "many" };
    const { settings, warnings } = await load(
      {},
      { context: 1, user: 3, attributes },
      { context: 1, user: 4, attributes },
    );
    expect(warnings).toEqual([]);
    for (const user of [anton, berta, anton]) {
      expect(settings.readFor(enabled, user)).toBe(false);
      expect(settings.readFor(limit, user)).toBe(8);
    }
    expect(warnings).toEqual([
      `people.yaml:1: ${enabled.name} = "on" is odd: only \`true\` counts as true, so this means false; allowed: true or false`,
      `people.yaml:2: ${limit.name} = "many" is not understood, so the default 8 is used; allowed: a whole number from 1`,
    ]);
  });
});

describe("a reload", () => {
  const set = (expression: string, value: number): string => `set: {withTags: "${expression}", ${rate.name}: ${value}}`;
  const person: Listed = { context: 1, user: 3 };

  test("tells what context sets give another value, or to other users", async () => {
    const { settings, folder, told } = await load({ "contextSets/a.yml": set("1", 2) }, person);
    await write(folder, { "contextSets/a.yml": set("1", 3) });
    await settings.reload();
    expect(settings.readFor(rate, anton)).toBe(3);
    await write(folder, { "contextSets/a.yml": set("2", 3) });
    await settings.reload();
    expect(settings.readFor(rate, anton)).toBe(5);
    await write(folder, { "contextSets/b.yml": "x: {withTags: a, addTags: b}" });
    await settings.reload();
    expect(told).toEqual([[rate.name], [rate.name], [rate.name]]);
    await settings.reload();
    expect(told).toHaveLength(3);
  });

  test("a bad file keeps its last good sets, and the others are taken", async () => {
    const { settings, folder } = await load({ "contextSets/a.yml": set("1", 2), "contextSets/b.yml": "" }, person);
    for (const bad of ["set: [", "set: {withTags: 1 2}", `set: {withTags: x, ${limit.name}: 0}`]) {
      await write(folder, { "contextSets/a.yml": bad });
      const { problems } = await settings.reload();
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toMatch(/a\.yml:1: .*; what was read before stays in force$/);
      expect(problems[0]).toMatchObject({ file: join(folder, "contextSets/a.yml"), line: 1 });
      expect(settings.readFor(rate, anton)).toBe(2);
    }
    await write(folder, { "contextSets/b.yml": `set: {withTags: "1", ${enabled.name}: "false"}` });
    await settings.reload();
    expect([settings.readFor(rate, anton), settings.readFor(enabled, anton)]).toEqual([2, false]);
    await write(folder, { "contextSets/a.yml": set("1", 7) });
    expect((await settings.reload()).problems).toEqual([]);
    expect(settings.readFor(rate, anton)).toBe(7);
  });

  test("a change of the directory counts at once and tells whose names it may concern", async () => {
    const { settings, people, told } = await load({ "contextSets/a.yml": set("gold", 2) }, person);
    const change = (listed: Listed, difference: Partial<DirectoryDifference>): void =>
      people.become([listed], { attributes: new Set(), others: false, ...difference });
    expect(settings.readFor(rate, anton)).toBe(5);
    change({ ...person, contextAttributes: { "taxonomy/types": "gold" } }, { attributes: new Set(["taxonomy/types"]) });
    expect(settings.readFor(rate, anton)).toBe(2);
    change({ ...person, attributes: { "config/x": "1" } }, { attributes: new Set(["config/x"]) });
    expect(settings.readFor(rate, anton)).toBe(5);
    change({ ...person, contextName: "gold" }, { others: true });
    expect(settings.readFor(rate, anton)).toBe(2);
    expect(told).toEqual([[rate.name], ["x"], [rate.name]]);
  });

  test("a later directory's sets are asked before an earlier one's", async () => {
    const [weak, strong] = [
      await folderWith({ "contextSets/a.yml": set("1", 2) }),
      await folderWith({ "contextSets/z.yml": set("1", 3) }),
    ];
    const outcome = await loadSettings({ directories: [weak, strong], assignments: [], known });
    expect(outcome.ok && outcome.settings.readFor(rate, anton)).toBe(3);
  });
});
