// @ts-check
/**
 * One test as a command of its own, told by the environment what to run and how long: `npm run simulate`,
 * `npm run faults`. Not here: the tiers, which are `run-tier.mjs`.
 */
import { join } from "node:path";
import { fileURLToPath, URL } from "node:url";
import { runCommand } from "../../server/set-up/command.mjs";
import { provide } from "./requirements.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const silenceMs = 30_000;

/** @param {string} line */
const say = (line) => console.error(`oxbow: ${line}`);

/**
 * Sets up what the test needs and runs it. A signal ends it, and whatever it started, before this process.
 * @param {string} path below the checkout
 * @param {import("../tiers.mjs").Tier["needs"]} needs
 * @param {Readonly<Record<string, string>>} numbers go into its environment
 * @returns {Promise<number>} the exit code
 */
export async function runOne(path, needs, numbers) {
  const wrong = Object.entries(numbers).find(([, text]) => !/^\d{1,9}$/.test(text));
  if (wrong !== undefined) {
    say(`${wrong[0]} must be a whole number, not ${wrong[1]}`);
    return 2;
  }
  const [missing] = await provide([{ name: path, what: "", needs, budgetSeconds: 0 }], say);
  if (missing !== undefined) {
    say(`${missing.requirement} is missing: ${missing.how}`);
    return 1;
  }
  const colors = process.stderr.isTTY ? ["--colors"] : [];
  const { code } = await runCommand(process.execPath, [join(root, "node_modules/jest/bin/jest.js"), path, ...colors], {
    cwd: root,
    say,
    stdout: process.stdout,
    silenceMs,
    progress: (seconds) => `${seconds} s, nothing new to say for ${silenceMs / 1_000} s`,
    env: { NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning", ...numbers },
  });
  return code === 0 ? 0 : 1;
}
