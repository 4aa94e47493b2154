import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createEmbeddedDirectory, DirectoryFileError, type EmbeddedDirectory } from "../../../auth/index.ts";
import type { DirectoryChange } from "../../../auth/index.ts";
import { scryptOf } from "../../support/scrypt.ts";

let folder = "";
let file: string | undefined;
const faults: unknown[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "oxbow-directory-"));
  file = join(folder, "directory.yaml");
  faults.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (...users: readonly object[]): Promise<void> => {
  const contexts = [{ id: 1, name: "example", users }];
  await writeFile(join(folder, "directory.yaml"), JSON.stringify({ contexts }));
};
const create = (): EmbeddedDirectory =>
  createEmbeddedDirectory({ file: () => file, onFault: (fault) => faults.push(fault) });
const opened = async (): Promise<EmbeddedDirectory> => {
  const directory = create();
  await directory.start();
  return directory;
};

const anton = { id: 3, login: "anton", password: scryptOf("apple") };
const berta = { id: 4, login: "berta", password: scryptOf("banana"), enabled: false };

test("without a file the demo users exist, and say so", async () => {
  file = undefined;
  const directory = await opened();
  expect(directory.isDemo()).toBe(true);
  expect(await directory.context(1)).toEqual({ id: 1, name: "demo-context", enabled: true });
  expect(await directory.authenticate("anton", "secret")).toEqual(await directory.user(1, 3));
  expect(await directory.authenticate("berta@demo-context", "secret")).toEqual(await directory.user(1, 4));
  expect((await directory.user(1, 3))?.capabilities).toEqual(["webmail", "calendar"]);
  expect(await directory.user(1, 5)).toBeUndefined();
});

test("with a file its users exist and the demo users do not", async () => {
  await write(anton, berta);
  const directory = await opened();
  expect(directory.isDemo()).toBe(false);
  expect(await directory.authenticate("anton", "secret")).toBeUndefined();
  expect(await directory.authenticate("anton", "apple")).toMatchObject({ contextId: 1, id: 3, login: "anton" });
  expect((await directory.user(1, 4))?.enabled).toBe(false);
  expect(await directory.context(2)).toBeUndefined();
});

test.each([
  { name: "a wrong password", login: "anton", password: "banana" },
  { name: "an empty password", login: "anton", password: "" },
  { name: "an unknown login", login: "nobody", password: "apple" },
  { name: "an unknown context", login: "anton@elsewhere", password: "apple" },
])("$name authenticates nobody", async ({ login, password }) => {
  await write(anton, berta);
  expect(await (await opened()).authenticate(login, password)).toBeUndefined();
});

test("an unknown login takes as long as a known one", async () => {
  await write({ ...anton, password: scryptOf("apple", 14) });
  const directory = await opened();
  const fastest = async (login: string): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const start = performance.now();
      await directory.authenticate(login, "wrong");
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  };
  expect(await fastest("nobody")).toBeGreaterThan((await fastest("anton")) / 3);
});

test("a start with a file that cannot be used stops with file, line, path and what is wrong", async () => {
  await writeFile(join(folder, "directory.yaml"), "contexts:\n  - id: 1\n    nam: example\n");
  const started = create().start();
  await expect(started).rejects.toBeInstanceOf(DirectoryFileError);
  await expect(started).rejects.toMatchObject({
    code: "OXB-0102",
    message: expect.stringContaining(`${join(folder, "directory.yaml")}:3: contexts[0].nam is not a field`),
  });
});

test.each([
  {
    name: "a file that is not there",
    prepare: () => rm(folder, { recursive: true }),
    says: /cannot be read \(ENOENT\)/,
  },
  {
    name: "a file that is not UTF-8",
    prepare: () => writeFile(join(folder, "directory.yaml"), Buffer.from("contexts: [\xff]", "latin1")),
    says: /is not UTF-8/,
  },
])("$name stops the start", async ({ prepare, says }) => {
  await prepare();
  await expect(create().start()).rejects.toThrow(says);
});

test("a reload takes what the file says now, and tells whose sessions must end", async () => {
  await write(anton, { ...berta, enabled: true });
  const directory = await opened();
  const heard: DirectoryChange[] = [];
  directory.onChange((change) => heard.push(change));
  await write({ ...anton, password: scryptOf("apricot") }, berta);
  const change = {
    disabledContexts: [],
    disabledUsers: [{ contextId: 1, userId: 4 }],
    changedPasswords: [{ contextId: 1, userId: 3 }],
  };
  expect(await directory.reload()).toEqual({ ok: true, change, listenerErrors: [] });
  expect(heard).toEqual([change]);
  expect(await directory.authenticate("anton", "apple")).toBeUndefined();
  expect(await directory.authenticate("anton", "apricot")).toMatchObject({ id: 3 });
});

test("settings are told of attributes that a reload changed, once the new ones count, and of nothing else", async () => {
  await write(anton);
  const directory = await opened();
  const heard: unknown[] = [];
  const user = { contextId: 1, userId: 3 };
  directory.facts.onChange((difference) =>
    heard.push([...difference.attributes], directory.facts.describe(user)?.user.attributes.get("config/x")?.text),
  );
  await write({ ...anton, locale: "de_DE" });
  await directory.reload();
  expect(heard).toEqual([]);
  await write({ ...anton, attributes: { "config/x": "1" } });
  await directory.reload();
  expect(heard).toEqual([["config/x"], "1"]);
  expect(directory.facts.file()).toBe(join(folder, "directory.yaml"));
});

test("a reload of a bad file changes nothing and says what is wrong", async () => {
  await write(anton);
  const directory = await opened();
  const heard: DirectoryChange[] = [];
  directory.onChange((change) => heard.push(change));
  await writeFile(join(folder, "directory.yaml"), "contexts: nothing");
  const reload = await directory.reload();
  expect(reload.ok ? "taken" : reload.error.problems).toEqual([
    { line: 1, path: "contexts", says: expect.stringContaining("array") },
  ]);
  expect(heard).toEqual([]);
  expect(await directory.authenticate("anton", "apple")).toMatchObject({ id: 3 });
});

test("a reload takes the file that the setting names by then", async () => {
  file = undefined;
  const directory = await opened();
  file = join(folder, "directory.yaml");
  await write(anton);
  expect((await directory.reload()).ok).toBe(true);
  expect(directory.isDemo()).toBe(false);
  expect(await directory.authenticate("anton", "secret")).toBeUndefined();
});

test("a reload never brings the demo users back to a directory of one's own", async () => {
  await write(anton);
  const directory = await opened();
  file = undefined;
  expect((await directory.reload()).ok).toBe(false);
  expect(directory.isDemo()).toBe(false);
  expect(await directory.authenticate("anton", "apple")).toMatchObject({ id: 3 });
});

test("a password that changed during its check is not good any more", async () => {
  const slow = { id: 5, login: "slow", password: scryptOf("banana", 14) };
  await write(anton, slow);
  const directory = await opened();
  let done = 0;
  const before = Array.from({ length: 24 }, async () => {
    await directory.authenticate("slow", "banana");
    done += 1;
  });
  const waiting = directory.authenticate("anton", "apple"); // behind all of them
  await write({ ...anton, password: scryptOf("apricot") }, slow);
  await directory.reload();
  expect(done).toBeLessThan(before.length - 2); // so this one is still waiting
  expect(await waiting).toBeUndefined();
  await Promise.all(before);
});

test("many checks at once are made a few at a time; beyond the queue they fail with a code", async () => {
  await write(anton);
  const directory = await opened();
  const outcomes = await Promise.allSettled(Array.from({ length: 70 }, () => directory.authenticate("anton", "apple")));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused).toHaveLength(4); // 2 run, 64 wait
  expect(refused.every(({ reason }) => reason instanceof Error && "code" in reason && reason.code === "OXB-0105")).toBe(
    true,
  );
});
