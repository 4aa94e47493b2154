// @ts-check
/**
 * One tier from start to end: what passed, what failed and how long it took. A Jest that does not leave by itself,
 * or that reports nothing, is a failure: an open handle hides in both.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";
import { fileURLToPath, URL } from "node:url";
import { runCommand } from "../../server/set-up/command.mjs";

/** @typedef {{ passed: number; skipped: number; failures: string[] }} Outcome */

const root = fileURLToPath(new URL("../../", import.meta.url));
const exitWithinMs = 5_000;
const silenceMs = 30_000;

/** The tier `check`: each of these is one test. */
const checks = [
  { name: "types", command: ["typescript/bin/tsc", "-p", "tsconfig.json"] },
  { name: "types of the pages' scripts", command: ["typescript/bin/tsc", "-p", "server/pages/assets"] },
  { name: "lint", command: ["eslint/bin/eslint.js", "--max-warnings", "0", "."] },
  { name: "format", command: ["prettier/bin/prettier.cjs", "--check", "."] },
];

/** @param {import("../tiers.mjs").Tier} tier */
export function testFilesOf({ name }) {
  const folder = join(root, "tests", name);
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true }).filter((file) => String(file).endsWith(".test.ts")).length;
}

/**
 * @param {import("../tiers.mjs").Tier} tier
 * @param {readonly string[]} jestArguments
 * @param {(line: string) => void} say
 * @returns {Promise<Outcome & { seconds: number }>}
 */
export async function runTier(tier, jestArguments, say) {
  const startedMs = performance.now();
  const outcome = tier.name === "check" ? await runChecks(tier, say) : await runJest(tier, jestArguments, say);
  return { ...outcome, seconds: Math.round((performance.now() - startedMs) / 1_000) };
}

/**
 * @param {import("../tiers.mjs").Tier} tier
 * @param {(line: string) => void} say
 * @returns {Promise<Outcome>}
 */
async function runChecks(tier, say) {
  /** @type {Outcome} */
  const outcome = { passed: 0, skipped: 0, failures: [] };
  for (const { name, command } of checks) {
    const [script, ...args] = command;
    const { code } = await runCommand(process.execPath, [join(root, "node_modules", script ?? ""), ...args], {
      cwd: root,
      say,
      silenceMs,
      progress: (seconds) => `${tier.name}: ${name}, ${seconds} s`,
    });
    if (code === 0) outcome.passed += 1;
    else outcome.failures.push(`${name} (${code})`);
  }
  return outcome;
}

/**
 * @param {import("../tiers.mjs").Tier} tier
 * @param {readonly string[]} jestArguments
 * @param {(line: string) => void} say
 * @returns {Promise<Outcome>}
 */
async function runJest(tier, jestArguments, say) {
  const report = join(root, ".cache", `jest-${tier.name}-${process.pid}.json`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  const stop = new AbortController();
  const watch = watchJest(tier, report, stop);
  const result = await runCommand(
    process.execPath,
    [
      join(root, "node_modules/jest/bin/jest.js"),
      ...["--roots", join(root, "tests", tier.name), "--json", "--outputFile", report],
      ...(tier.alone ? ["--runInBand"] : []),
      ...(process.stderr.isTTY ? ["--colors"] : []),
      ...jestArguments,
    ],
    {
      cwd: root,
      say,
      silenceMs,
      stop: stop.signal,
      progress: (seconds) => `${tier.name}: ${seconds} s, nothing new to say for ${silenceMs / 1_000} s`,
      env: { NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning" },
    },
  );
  watch.end();
  const filtered = jestArguments.length > 0;
  const outcome = existsSync(report) ? readReport(report, filtered) : { passed: 0, skipped: 0, failures: [] };
  rmSync(report, { force: true });
  if (stop.signal.aborted) outcome.failures.push(String(stop.signal.reason));
  else if (result.output.includes("A worker process has failed to exit gracefully")) {
    outcome.failures.push("a test left a handle open, so its worker had to be killed");
  } else if (result.code !== 0 && outcome.failures.length === 0) {
    outcome.failures.push(`Jest ended with ${result.code} and named no failed test`);
  } else if (outcome.passed + outcome.failures.length === 0 && !filtered) outcome.failures.push("no test ran");
  return outcome;
}

/**
 * Jest writes its report when the last test has ended; what keeps it alive after that is an open handle.
 * @param {import("../tiers.mjs").Tier} tier
 * @param {string} report
 * @param {AbortController} stop
 */
function watchJest(tier, report, stop) {
  const startedMs = performance.now();
  let reportedMs = Infinity;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (reportedMs === Infinity && existsSync(report)) reportedMs = nowMs;
    if (nowMs - reportedMs > exitWithinMs) {
      stop.abort(`did not exit within ${exitWithinMs / 1_000} s after its tests: a handle was left open`);
    }
    const limitSeconds = 6 * tier.budgetSeconds;
    if (nowMs - startedMs > limitSeconds * 1_000) stop.abort(`was stopped after ${limitSeconds} s`);
  }, 250);
  return { end: () => clearInterval(timer) };
}

/**
 * @param {string} report
 * @param {boolean} filtered tests that a filter left out are no skipped ones
 * @returns {Outcome}
 */
function readReport(report, filtered) {
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  /** @type {string[]} */
  const failures = [];
  for (const { name, status, assertionResults } of testResults) {
    const failed = assertionResults.filter((/** @type {any} */ test) => test.status === "failed");
    for (const test of failed) failures.push(`${relative(root, name)} › ${test.fullName}`);
    if (status === "failed" && failed.length === 0) failures.push(`${relative(root, name)} could not be run`);
  }
  return { passed: numPassedTests, skipped: filtered ? 0 : numPendingTests + numTodoTests, failures };
}
