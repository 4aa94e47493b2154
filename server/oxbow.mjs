#!/usr/bin/env node
/**
 * The command `oxbow`, and what `npm start` runs. Plain JavaScript, because on a fresh clone nothing is built yet.
 * In a checkout it first brings packages and build up to date (`set-up/`, not part of the published package); then
 * it becomes the real program in the same process, so that signals and the exit code are those of the server.
 * Not here: options, commands, defaults (`main.ts`).
 */
import { existsSync, readFileSync } from "node:fs";
import { URL } from "node:url";

const root = new URL("../", import.meta.url);

/** Before anything else: an older Node would fail later, with a message that names no cause. */
function tooOldFor(/** @type {string} */ range) {
  const wanted = range.replace(/^>=/, "").split(".").map(Number);
  const present = process.versions.node.split(".").map(Number);
  const decisive = [0, 1, 2].find((part) => present[part] !== wanted[part]);
  return decisive !== undefined && (present[decisive] ?? 0) < (wanted[decisive] ?? 0);
}

const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
if (tooOldFor(engines.node)) {
  console.error(`oxbow: Node.js ${engines.node} is needed, this is ${process.versions.node}`);
  process.exit(1);
}
if (existsSync(new URL("tsconfig.build.json", root))) {
  const { setUp } = await import("./set-up/set-up.mjs");
  await setUp({ say: (/** @type {string} */ line) => console.error(`oxbow: ${line}`) }).catch(
    (/** @type {Error} */ fault) => {
      console.error(`oxbow: ${fault.message}`);
      process.exit(1);
    },
  );
}
await import(new URL("dist/server/main.js", root).href);
