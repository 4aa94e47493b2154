/** Set-up of a checkout: when there is something to do, and that two at once do not get into each other's way. */
import { expect, test } from "@jest/globals";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { build, isBuilt } from "../../../server/set-up/build.mjs";
import { oneAtATime } from "../../../server/set-up/one-at-a-time.mjs";
import { packagesMissing } from "../../../server/set-up/packages.mjs";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";

const locked = {
  "": { version: "0.1.0" },
  adapters: { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/for-another-platform": { version: "1.0.0", integrity: "sha512-b", optional: true },
};
const installed = { adapters: locked.adapters, "node_modules/a": locked["node_modules/a"] };

const complete = {
  "package-lock.json": JSON.stringify({ packages: locked }),
  "node_modules/.package-lock.json": JSON.stringify({ packages: installed }),
  "node_modules/a/package.json": "{}",
  "adapters/package.json": "{}",
};

test.each([
  { name: "all is there", change: {}, reason: undefined },
  {
    name: "a fresh clone",
    change: { node_modules: undefined },
    reason: "nothing is installed",
  },
  {
    name: "npm was interrupted before its last step",
    change: { "node_modules/.package-lock.json": undefined },
    reason: "an earlier installation was interrupted",
  },
  {
    name: "npm was interrupted in its last step",
    change: { "node_modules/.package-lock.json": '{"packages": {"node_mod' },
    reason: "an earlier installation was interrupted",
  },
  {
    name: "a package was deleted by hand",
    change: { "node_modules/a/package.json": undefined },
    reason: "node_modules/a has been deleted",
  },
  {
    name: "the lock file has moved on",
    change: { "package-lock.json": JSON.stringify({ packages: { "node_modules/a": { version: "1.0.1" } } }) },
    reason: "node_modules/a is not as the lock file says",
  },
  {
    name: "the lock file names one more package",
    change: {
      "package-lock.json": JSON.stringify({ packages: { ...locked, "node_modules/c": { version: "1.0.0" } } }),
    },
    reason: "node_modules/c is not as the lock file says",
  },
])("packages: $name", ({ change, reason }) => {
  const root = folderWith(complete);
  for (const [path, text] of Object.entries(change)) put(root, path, text);
  expect(packagesMissing(root)).toBe(reason);
});

const buildable = {
  "package.json": JSON.stringify({ scripts: { build: "mkdir -p dist && touch dist/made-by-the-build" } }),
  "package-lock.json": "{}",
  "tsconfig.base.json": "{}",
  "tsconfig.build.json": "{}",
  "server/main.ts": "main();",
  "auth/index.ts": "",
  "cascade/index.ts": "",
  "adapters/index.ts": "",
};

test.each([
  { name: "a source differs in one character", path: "server/main.ts", text: "main(); " },
  { name: "a source is new", path: "auth/new.ts", text: "" },
  { name: "a source is gone", path: "auth/index.ts", text: undefined },
  { name: "a package has another version", path: "package-lock.json", text: "{ }" },
])("a build serves until $name", async ({ path, text }) => {
  const root = folderWith(buildable);
  expect(isBuilt(root)).toBe(false);
  await build(root, () => undefined);
  expect(isBuilt(root)).toBe(true);
  put(root, "dist/server/main.js", "built files are no sources");
  put(root, "server/main.ts", buildable["server/main.ts"]); // a newer time, the same content
  expect(isBuilt(root)).toBe(true);
  put(root, path, text);
  expect(isBuilt(root)).toBe(false);
});

test("what was built from a source that is gone does not survive the next build, the rest does", async () => {
  const root = folderWith(buildable);
  await build(root, () => undefined);
  put(root, "dist/auth/index.js", "");
  put(root, "server/main.ts", "changed();");
  await build(root, () => undefined);
  expect(existsSync(join(root, "dist/auth/index.js"))).toBe(true);
  put(root, "auth/index.ts", undefined);
  await build(root, () => undefined);
  expect(existsSync(join(root, "dist/auth/index.js"))).toBe(false);
  expect(existsSync(join(root, "dist/made-by-the-build"))).toBe(true);
});

test("a build that fails is told and not taken for one", async () => {
  const root = folderWith({ ...buildable, "package.json": JSON.stringify({ scripts: { build: "exit 3" } }) });
  await expect(build(root, () => undefined)).rejects.toThrow("the build failed (3)");
  expect(isBuilt(root)).toBe(false);
});

test("work of two processes on one checkout never overlaps, and the one that waits says so", async () => {
  const root = folderWith({});
  const journal: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    journal.push(`${name} begins`);
    await pause(50);
    journal.push(`${name} ends`);
  };
  const other = lockHolder(root);
  await waitFor("the other process has the lock", () => existsSync(join(root, "held")));
  const said: string[] = [];
  const waiting = oneAtATime(root, (line: string) => said.push(line), work("own"));
  await waitFor("this one says that it waits", () => said.length > 0);
  expect(said).toEqual([`another process (${other.pid ?? 0}) is setting up; waiting for it`]);
  expect(journal).toEqual([]);
  other.kill("SIGTERM");
  await waiting;
  expect(journal).toEqual(["own begins", "own ends"]);
});

test("the lock of a process that was killed is taken over", async () => {
  const root = folderWith({});
  const other = lockHolder(root);
  await waitFor("the other process has the lock", () => existsSync(join(root, "held")));
  other.kill("SIGKILL");
  let worked = false;
  await oneAtATime(
    root,
    () => undefined,
    () => {
      worked = true;
      return Promise.resolve();
    },
  );
  expect(worked).toBe(true);
  expect(existsSync(join(root, ".cache/set-up.lock"))).toBe(false);
});

/** A process that keeps the lock until it is ended; SIGTERM lets it give the lock back. */
function lockHolder(root: string): ChildProcess {
  const module = new URL("../../../server/set-up/one-at-a-time.mjs", import.meta.url).href;
  const script = `
    import { writeFileSync } from "node:fs";
    const { oneAtATime } = await import(${JSON.stringify(module)});
    const end = new Promise((resolve) => process.once("SIGTERM", resolve));
    await oneAtATime(${JSON.stringify(root)}, () => undefined, async () => {
      writeFileSync(${JSON.stringify(join(root, "held"))}, "");
      const alive = setInterval(() => undefined, 1_000);
      await end;
      clearInterval(alive);
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
  onCleanUp(() => child.kill("SIGKILL"));
  return child;
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "oxbow-set-up-"));
  onCleanUp(() => {
    rmSync(root, { recursive: true });
  });
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  return root;
}

/** Writes a file, or removes what is there. */
function put(root: string, path: string, text: string | undefined): void {
  const file = join(root, path);
  rmSync(file, { recursive: true, force: true });
  if (text === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
