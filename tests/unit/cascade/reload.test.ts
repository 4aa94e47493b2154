import { describe, expect, test } from "@jest/globals";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import {
  boolean,
  integer,
  loadSettings,
  setting,
  type LoadedSettings,
  type SettingsCandidate,
} from "../../../cascade/index.ts";
import { folderWith, write } from "./temporary-folder.ts";

const plain = { cascade: false, secret: false, text: "For the test." } as const;
const limit = setting({ name: "com.openexchange.oxbow.limit", value: integer(), default: 8, reload: true, ...plain });
const fixed = setting({ name: "com.openexchange.oxbow.fixed", value: integer(), default: 1, reload: false, ...plain });
const enabled = setting({
  name: "com.openexchange.websockets.enabled",
  value: boolean,
  default: true,
  reload: true,
  ...plain,
});

async function load(
  files: Readonly<Record<string, string>>,
  assignments: readonly { name: string; text: string }[] = [],
): Promise<{ settings: LoadedSettings; folder: string; told: string[][] }> {
  const folder = await folderWith(files);
  const outcome = await loadSettings({ directories: [folder], assignments, known: [limit, fixed, enabled] });
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("\n"));
  const told: string[][] = [];
  outcome.settings.onChange((names) => told.push([...names]));
  return { settings: outcome.settings, folder, told };
}

const nothing = { changed: [], needsRestart: [], problems: [], warnings: [], listenerErrors: [] };

describe("a reload that whoever reloads refuses", () => {
  const neverNine = (candidate: SettingsCandidate): string | undefined =>
    candidate.read(limit) === 9 ? "nine is too many" : undefined;

  test("changes nothing, says why, and tells nobody", async () => {
    const { settings, folder, told } = await load({ "a.properties": `${limit.name}=5\n${enabled.name}=true` });
    await write(folder, { "a.properties": `${limit.name}=9\n${enabled.name}=false` });
    expect(await settings.reload(neverNine)).toEqual({ ...nothing, problems: [{ message: "nine is too many" }] });
    expect([settings.read(limit), settings.read(enabled), told]).toEqual([5, true, []]);
  });

  test("is forgotten once the files are right again", async () => {
    const { settings, folder } = await load({ "a.properties": `${limit.name}=5` });
    await write(folder, { "a.properties": `${limit.name}=9` });
    await settings.reload(neverNine);
    await write(folder, { "a.properties": `${limit.name}=7` });
    expect(await settings.reload(neverNine)).toEqual({ ...nothing, changed: [limit.name] });
    expect(settings.read(limit)).toBe(7);
  });

  test("is asked about what would be in force: of a value that needs a restart about the old one", async () => {
    const { settings, folder } = await load({ "a.properties": `${fixed.name}=1` });
    await write(folder, { "a.properties": `${fixed.name}=2` });
    const seen: number[] = [];
    await settings.reload((candidate) => void seen.push(candidate.read(fixed)));
    expect(seen).toEqual([1]);
  });
});

describe("a reload tells which effective values changed", () => {
  test("nothing changed: nobody is called", async () => {
    const { settings, told } = await load({ "a.properties": `${limit.name}=5` });
    expect(await settings.reload()).toEqual(nothing);
    expect(told).toEqual([]);
  });

  test("changed, new and removed values, of undeclared names too", async () => {
    const { settings, folder, told } = await load({ "a.properties": `${limit.name}=5\nother.a=1\nother.b=1` });
    await write(folder, { "a.properties": `${limit.name}=6\nother.a=2\nother.c=\n${enabled.name}=false` });
    const changed = [limit.name, enabled.name, "other.a", "other.b", "other.c"].sort();
    expect(await settings.reload()).toEqual({ ...nothing, changed });
    expect(told).toEqual([changed]);
    expect(settings.read(limit)).toBe(6);
    expect(settings.read(enabled)).toBe(false);
  });

  test("a deleted file takes its names with it", async () => {
    const { settings, folder, told } = await load({ "a.properties": `${limit.name}=5` });
    await rm(join(folder, "a.properties"));
    expect(await settings.reload()).toEqual({ ...nothing, changed: [limit.name] });
    expect(settings.read(limit)).toBe(8);
    expect(settings.origin(limit.name)).toEqual({ from: "default" });
    expect(told).toEqual([[limit.name]]);
  });

  test("another spelling or place of the same value is no change, but the place is the new one", async () => {
    const { settings, folder, told } = await load({ "a.properties": `${limit.name}=5\n${enabled.name}=true` });
    await write(folder, { "a.properties": `# moved\n\n${limit.name} : +5\n${enabled.name}=TRUE` });
    expect(await settings.reload()).toEqual(nothing);
    expect(told).toEqual([]);
    expect(settings.origin(limit.name)).toMatchObject({ line: 3 });
  });

  test("writing down the default is no change", async () => {
    const { settings, folder } = await load({});
    await write(folder, { "a.properties": `${limit.name}=8` });
    expect(await settings.reload()).toEqual(nothing);
  });

  test("a change below --set is no change", async () => {
    const { settings, folder } = await load({ "a.properties": `${limit.name}=5` }, [{ name: limit.name, text: "9" }]);
    await write(folder, { "a.properties": `${limit.name}=6` });
    expect(await settings.reload()).toEqual(nothing);
    expect(settings.read(limit)).toBe(9);
  });
});

describe("listeners", () => {
  test("one that fails does not stop the others and is reported", async () => {
    const { settings, folder } = await load({});
    const calls: string[] = [];
    const fault = new Error("no room");
    settings.onChange(() => {
      throw fault;
    });
    settings.onChange(() => calls.push("second"));
    await write(folder, { "a.properties": `${limit.name}=6` });
    expect((await settings.reload()).listenerErrors).toEqual([fault]);
    expect(calls).toEqual(["second"]);
  });

  test("see the new state, all of it", async () => {
    const { settings, folder } = await load({ "a.properties": `${limit.name}=5\n${enabled.name}=true` });
    const seen: unknown[] = [];
    settings.onChange(() => seen.push(settings.read(limit), settings.read(enabled)));
    await write(folder, { "a.properties": `${limit.name}=6\n${enabled.name}=false` });
    await settings.reload();
    expect(seen).toEqual([6, false]);
  });

  test("are not called after they ended, each registration by itself", async () => {
    const { settings, folder } = await load({});
    let calls = 0;
    const listener = (): void => {
      calls++;
    };
    const end = settings.onChange(listener);
    settings.onChange(listener);
    end();
    end();
    await write(folder, { "a.properties": `${limit.name}=6` });
    await settings.reload();
    expect(calls).toBe(1);
  });
});

describe("what is bad keeps its last good state", () => {
  test("a wrong value of a name of ours", async () => {
    const { settings, folder, told } = await load({ "a.properties": `${limit.name}=5` });
    await write(folder, { "a.properties": `${limit.name}=lots\n${enabled.name}=false` });
    const report = await settings.reload();
    expect(report).toMatchObject({ changed: [enabled.name], problems: [{ name: limit.name, line: 1 }] });
    expect(settings.read(limit)).toBe(5);
    expect(told).toEqual([[enabled.name]]);
  });

  test("a wrong value of a name that had none", async () => {
    const { settings, folder } = await load({});
    await write(folder, { "a.properties": `${limit.name}=lots` });
    expect(await settings.reload()).toMatchObject({ changed: [], problems: [{ name: limit.name }] });
    expect(settings.read(limit)).toBe(8);
    expect(settings.origin(limit.name)).toEqual({ from: "default" });
  });

  test("a file that cannot be parsed, through several reloads, until it is good again", async () => {
    const { settings, folder } = await load({ "a.properties": `${limit.name}=5` });
    await write(folder, { "a.properties": `${limit.name}=6\nx=\\uNOPE`, "b.properties": `${enabled.name}=false` });
    for (const changed of [[enabled.name], []]) {
      const report = await settings.reload();
      expect(report).toMatchObject({ changed, problems: [{ file: join(folder, "a.properties"), line: 2 }] });
      expect(settings.read(limit)).toBe(5);
    }
    await write(folder, { "a.properties": `${limit.name}=7` });
    expect(await settings.reload()).toEqual({ ...nothing, changed: [limit.name] });
    expect(settings.read(limit)).toBe(7);
  });
});

describe("a setting that only a restart can change", () => {
  test("keeps its value and is reported as long as the written one differs", async () => {
    const { settings, folder, told } = await load({ "a.properties": `${fixed.name}=1` });
    await write(folder, { "a.properties": `\n${fixed.name}=2` });
    expect(await settings.reload()).toEqual({ ...nothing, needsRestart: [fixed.name] });
    expect(await settings.reload()).toEqual({ ...nothing, needsRestart: [fixed.name] });
    expect(settings.read(fixed)).toBe(1);
    expect(settings.origin(fixed.name)).toMatchObject({ line: 1 });
    await write(folder, { "a.properties": `${fixed.name}=1` });
    expect(await settings.reload()).toEqual(nothing);
    expect(told).toEqual([]);
  });

  test("a wrong value of it is a problem, not a change to come", async () => {
    const { settings, folder } = await load({});
    await write(folder, { "a.properties": `${fixed.name}=two` });
    expect(await settings.reload()).toMatchObject({ needsRestart: [], problems: [{ name: fixed.name }] });
  });
});

test("a warning that was given before is not given again", async () => {
  const { settings, folder } = await load({ "a.properties": `${enabled.name}=yes` });
  expect(await settings.reload()).toEqual(nothing);
  await write(folder, { "a.properties": `${enabled.name}=on` });
  expect(await settings.reload()).toMatchObject({ changed: [], warnings: [{ name: enabled.name }] });
});

test("of reloads asked for at once one reports the change, and readers never see a gap", async () => {
  const { settings, folder } = await load({ "a.properties": `${limit.name}=5` });
  await write(folder, { "a.properties": `${limit.name}=6` });
  const seen = new Set<number>();
  const watch = setInterval(() => seen.add(settings.read(limit)), 0);
  const reloads = [settings.reload(), settings.reload(), settings.reload()];
  expect(settings.read(limit)).toBe(5);
  const reports = await Promise.all(reloads);
  clearInterval(watch);
  expect(reports.map(({ changed }) => changed)).toEqual([[limit.name], [], []]);
  expect([...seen].filter((value) => value !== 5 && value !== 6)).toEqual([]);
});
