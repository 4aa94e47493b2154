/** The arrows between the folders and the other rules of docs/architecture, on the real sources; then the checker. */
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { breachesOf, longestFile, packagesOf, readSources } from "../support/architecture.ts";
import { tiers } from "../tiers.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the sources keep every rule", () => {
  expect(breachesOf(readSources(root))).toEqual([]);
});

test("all sources were read", () => {
  const paths = [...readSources(root).keys()];
  for (const folder of ["server/http", "auth", "cascade", "adapters", "tests/unit"]) {
    expect(paths.filter((path) => path.startsWith(`${folder}/`)).length).toBeGreaterThan(4);
  }
});

test("every test file lies in the folder of a tier", () => {
  const tests = [...readSources(root).keys()].filter((path) => path.endsWith(".test.ts"));
  const folders = tiers.map(({ name }) => `tests/${name}/`);
  expect(tests.filter((path) => !folders.some((folder) => path.startsWith(folder)))).toEqual([]);
});

test.each([
  ["server", "package.json"],
  ["auth", "package.json"],
  ["cascade", "package.json"],
  ["adapters", "adapters/package.json"],
])("%s imports no package that %s leaves to chance or to developers", (folder, manifest) => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}${manifest}`, "utf8")) as Manifest;
  const declared = { ...dependencies, ...peerDependencies };
  const imported = [...packagesOf(readSources(root), folder)].filter(
    ([name]) => name !== "socket.io-hazelcast-adapter",
  );
  expect(imported.filter(([name]) => declared[name] === undefined)).toEqual([]);
});

test("the lock file holds a hash of every package and no address to download from", () => {
  const lock = readFileSync(`${root}package-lock.json`, "utf8");
  const { packages } = JSON.parse(lock) as { packages: Record<string, { integrity?: string; link?: boolean }> };
  const installed = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  expect(lock).not.toMatch(/"resolved": "[a-z]+:/);
});

test.each([
  ["auth may not know the server", { "auth/a.ts": 'import { x } from "../server/b.ts";' }, "against the arrows"],
  ["auth may not know the cascade", { "auth/a.ts": 'import { x } from "../cascade/b.ts";' }, "against the arrows"],
  ["cascade may not know auth", { "cascade/a.ts": 'import { x } from "../auth/b.ts";' }, "against the arrows"],
  ["adapters may not know auth", { "adapters/a.ts": 'import { x } from "../auth/b.ts";' }, "against the arrows"],
  ["a type import counts", { "auth/a.ts": 'import type { X } from "../cascade/b.ts";' }, "against the arrows"],
  ["a type's import() counts", { "auth/a.ts": 'let x: import("../cascade/b.ts").X;' }, "against the arrows"],
  ["a dynamic import counts", { "auth/a.ts": 'await import("../cascade/b.ts");' }, "against the arrows"],
  ["a re-export counts", { "auth/a.ts": 'export * from "../cascade/b.ts";' }, "against the arrows"],
  ["the product may not know the tests", { "server/a.ts": 'import "../tests/b.ts";' }, "against the arrows"],
  ["the adapter is imported by its name", { "server/a.ts": 'import "../adapters/b.ts";' }, "against the arrows"],
  ["what lies elsewhere is nobody's", { "server/a.ts": 'import "../docs/b.ts";' }, "against the arrows"],
  ["Express is for the server", { "auth/a.ts": 'import type { Request } from "express";' }, "no place in auth"],
  ["Socket.IO is for the server", { "adapters/a.ts": 'import { Server } from "socket.io";' }, "no place in adapters"],
  ["Hazelcast is for the adapters", { "server/a.ts": 'import "hazelcast-client";' }, "for adapters/hazelcast"],
  ["Hazelcast is for one file", { "adapters/a.ts": 'import "hazelcast-client/lib/core";' }, "for adapters/hazelcast"],
  ["the environment is for the edge", { "auth/a.ts": "const x = process.env.HOME;" }, "auth/a.ts reads process.env"],
  ["by brackets, too", { "auth/a.ts": 'const x = process["env"];' }, "auth/a.ts reads process.env"],
  ["by pattern, too", { "auth/a.ts": "const { env } = process;" }, "auth/a.ts reads process.env"],
  ["by import, too", { "auth/a.ts": 'import { env as e } from "node:process";' }, "auth/a.ts reads process.env"],
  ["a file may not be long", { "auth/a.ts": "x;\n".repeat(longestFile + 1) }, `has ${longestFile + 1} lines`],
  [
    "a circle is found, type imports included",
    {
      "auth/a.ts": 'import { b } from "./b.ts";',
      "auth/b.ts": 'import { c } from "./c.ts";',
      "auth/c.ts": 'import type { A } from "./a.ts";',
    },
    "auth/a.ts imports auth/b.ts imports auth/c.ts imports auth/a.ts, in a circle",
  ],
])("the checker sees it: %s", (_rule, files, said) => {
  expect(breachesOf(new Map(Object.entries(files)))).toEqual([expect.stringContaining(said)]);
});

test.each([
  [
    "the server may know auth and cascade",
    { "server/a/b.ts": 'import "../../auth/c.ts"; import "../../cascade/d.ts";' },
  ],
  ["the server may know the adapter by its name", { "server/a.ts": 'import "socket.io-hazelcast-adapter";' }],
  ["tests may know all", { "tests/unit/a.test.ts": 'import "../../auth/c.ts"; import "hazelcast-client";' }],
  ["the edge reads the environment", { "server/main.ts": "run(process.env);" }],
  ["a comment imports nothing", { "auth/a.ts": '// import "../server/b.ts"; process.env' }],
  ["two ways to one file are no circle", diamond()],
])("the checker lets it pass: %s", (_rule, files) => {
  expect(breachesOf(new Map(Object.entries(files)))).toEqual([]);
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function diamond(): Record<string, string> {
  const both = 'import "./c.ts";';
  return { "auth/a.ts": 'import "./b.ts"; import "./d.ts";', "auth/b.ts": both, "auth/d.ts": both, "auth/c.ts": "" };
}
