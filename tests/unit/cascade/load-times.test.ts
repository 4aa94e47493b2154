/** When what is in force was read. */
import { expect, test } from "@jest/globals";
import { setting, boolean, loadSettings } from "../../../cascade/index.ts";
import type { LoadedSettings } from "../../../cascade/index.ts";
import { folderWith, write } from "./temporary-folder.ts";

const fixed = setting({
  name: "fixed",
  value: boolean,
  default: true,
  cascade: false,
  reload: false,
  secret: false,
  text: "Only a restart changes it.",
});

async function open() {
  const clock = { nowMs: 1_000 };
  const folder = await folderWith({
    "a.properties": "fixed=true\nfree=1\n",
    "b.properties": "other=1\n",
    "contextSets/sets.yml": "gold:\n  withTags: gold\n  free: '2'\n",
  });
  const outcome = await loadSettings({
    directories: [folder],
    assignments: [],
    known: [fixed],
    nowEpochMs: () => clock.nowMs,
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return { settings: outcome.settings, folder, clock };
}

const readAt = (settings: LoadedSettings, name: string): number | undefined =>
  settings.readAtMs(name, settings.origin(name));
const inSet = { from: "context set", file: "", line: 3, set: "gold", withTags: "gold" } as const;

test("a value has the time of the reload that read it", async () => {
  const { settings, clock } = await open();
  expect([readAt(settings, "free"), readAt(settings, "other")]).toEqual([1_000, 1_000]);
  clock.nowMs = 2_000;
  await settings.reload();
  expect([readAt(settings, "free"), readAt(settings, "other")]).toEqual([2_000, 2_000]);
});

test("what a bad file keeps has the time at which it was read", async () => {
  const { settings, folder, clock } = await open();
  const file = `${folder}/contextSets/sets.yml`;
  await write(folder, { "b.properties": "other=\\u00zz\n" });
  await write(folder, { "contextSets/sets.yml": "gold: [\n" });
  clock.nowMs = 2_000;
  expect((await settings.reload()).problems).toHaveLength(2);
  expect([readAt(settings, "free"), readAt(settings, "other")]).toEqual([2_000, 1_000]);
  expect(settings.readAtMs("free", { ...inSet, file })).toBe(1_000);
});

test("what waits for a restart has the time of the value in force", async () => {
  const { settings, folder, clock } = await open();
  await write(folder, { "a.properties": "fixed=false\nfree=1\n" });
  clock.nowMs = 2_000;
  expect((await settings.reload()).needsRestart).toEqual(["fixed"]);
  expect([readAt(settings, "fixed"), readAt(settings, "free")]).toEqual([1_000, 2_000]);
});

test("what another process has in force keeps its times there", async () => {
  const { settings, folder, clock } = await open();
  await write(folder, { "b.properties": "other=\\u00zz\n" });
  clock.nowMs = 2_000;
  await settings.reload();
  const written = structuredClone(settings.inForce());
  const handed = await loadSettings({ directories: [], assignments: [], known: [fixed], handed: () => written });
  if (!handed.ok) throw new Error("not loaded");
  expect([readAt(handed.settings, "free"), readAt(handed.settings, "other")]).toEqual([2_000, 1_000]);
});

test("without a clock no time is known", async () => {
  const folder = await folderWith({ "a.properties": "free=1\n" });
  const outcome = await loadSettings({ directories: [folder], assignments: [], known: [] });
  expect(outcome.ok && readAt(outcome.settings, "free")).toBeUndefined();
});
