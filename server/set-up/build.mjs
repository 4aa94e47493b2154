// @ts-check
/**
 * Is `dist` what the sources make, and if not: make it. Judged by a hash of contents, not by times of files: a clone,
 * a copy or an older commit has times that say nothing. The stamp is written last, so a broken build has none.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";

const stamp = "dist/.sources";
const sourceFolders = ["server", "auth", "cascade", "adapters"];
const otherInputs = ["package-lock.json", "tsconfig.base.json", "tsconfig.build.json"];

/** @param {string} root */
export function isBuilt(root) {
  const built = readStamp(root);
  return built !== undefined && built.hash === hashOf(root, sources(root));
}

/**
 * @param {string} root
 * @param {(line: string) => void} say
 * @throws {Error} when the sources do not compile; what the compiler found has been said
 */
export async function build(root, say) {
  say("building (npm run build)");
  const before = readStamp(root);
  if (before === undefined || before.files.some((file) => !existsSync(join(root, file)))) {
    // A source that was deleted must not live on as JavaScript; otherwise the compiler goes on from its last state.
    for (const folder of ["dist", "adapters/dist"]) rmSync(join(root, folder), { recursive: true, force: true });
  }
  const files = sources(root);
  // Before the build: what is edited during it makes the next start build again.
  const hash = hashOf(root, files);
  const result = await runCommand("npm", ["run", "--silent", "build"], {
    cwd: root,
    say,
    progress: (seconds) => `building, ${seconds} s`,
  });
  if (result.code !== 0) throw new Error(`the build failed (${result.code})`);
  writeFileSync(join(root, stamp), JSON.stringify({ hash, files }));
}

/**
 * @param {string} root
 * @returns {{ hash: string; files: string[] } | undefined} undefined: never built to the end
 */
function readStamp(root) {
  try {
    return JSON.parse(readFileSync(join(root, stamp), "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} root */
const sources = (root) => [...otherInputs, ...sourceFolders.flatMap((folder) => sourcesIn(root, folder))];

/**
 * @param {string} root
 * @param {readonly string[]} files
 */
function hashOf(root, files) {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesIn(root, folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return /^(dist|node_modules)$/.test(entry.name) ? [] : sourcesIn(root, path);
      return /\.[cm]?ts$|\.json$/.test(entry.name) ? [path] : [];
    });
}
