// @ts-check
/** Are the npm packages there as the lock file says, and if not: get them there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";

/** @typedef {Record<string, { version?: string; integrity?: string; optional?: boolean; devOptional?: boolean }>} Packages */

/**
 * Compares the lock file with the record that npm itself leaves as the last step of an installation, and with what
 * lies on disk; an interrupted or half deleted installation shows in one of the two.
 * @param {string} root
 * @returns {string | undefined} why an installation is needed; undefined: all is there
 */
export function packagesMissing(root) {
  const installed = readPackages(join(root, "node_modules/.package-lock.json"));
  if (installed === undefined) {
    return existsSync(join(root, "node_modules")) ? "an earlier installation was interrupted" : "nothing is installed";
  }
  for (const [path, wanted] of Object.entries(lockedPackages(root))) {
    const present = installed[path];
    // npm leaves out what is optional and made for another platform.
    if (present === undefined && (wanted.optional || wanted.devOptional)) continue;
    if (present?.version !== wanted.version || present?.integrity !== wanted.integrity) {
      return `${path} is not as the lock file says`;
    }
    if (!existsSync(join(root, path, "package.json"))) return `${path} has been deleted`;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {string} reason as `packagesMissing` gave it
 * @param {(line: string) => void} say
 * @throws {Error} in one line: npm is not there, its registry cannot be reached, or what npm said first
 */
export async function installPackages(root, reason, say) {
  say(`installing the npm packages (npm ci), because ${reason}; this takes about a minute`);
  const paths = Object.entries(lockedPackages(root)).flatMap(([path, { optional }]) => (optional ? [] : [path]));
  const result = await runCommand("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: root,
    say,
    progress: (seconds) => {
      const present = paths.filter((path) => existsSync(join(root, path, "package.json"))).length;
      return `installing, ${seconds} s: ${present} of ${paths.length} packages`;
    },
  });
  if (result.code === 0) return;
  throw new Error(whyNpmFailed(result));
}

/** @param {import("./command.mjs").Result} result */
function whyNpmFailed({ code, output }) {
  if (code === "not found") return "npm was not found on this machine: install Node.js together with npm";
  const unreachable =
    /\b(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E40[137]|E5\d\d)\b/.exec(
      output,
    );
  if (unreachable !== null) {
    return `the npm registry (see \`npm config get registry\`) did not serve the packages: ${unreachable[0]}`;
  }
  const said = output.split("\n").find((line) => /^npm (error|ERR!) (?!code|errno|syscall|path)/.test(line));
  return `npm ci failed (${code}): ${said ?? "it said nothing"}`;
}

/** @param {string} root */
function lockedPackages(root) {
  const packages = readPackages(join(root, "package-lock.json"));
  if (packages === undefined) throw new Error("package-lock.json is missing or damaged");
  delete packages[""]; // the project itself
  return packages;
}

/**
 * @param {string} file
 * @returns {Packages | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    // Absent, or cut off in the middle by an interrupted npm: either way nothing to rely on.
    return undefined;
  }
}
