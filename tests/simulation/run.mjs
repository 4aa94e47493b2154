/**
 * `npm run simulate -- [--seed N] [--count M]`: simulated clusters from a seed on; one seed alone prints its history.
 * Without a seed the same ones as in the test run.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const root = fileURLToPath(new URL("../..", import.meta.url));
const env = { ...process.env, NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning" };
if (values.seed !== undefined)
  Object.assign(env, { SIMULATION_SEED: values.seed, SIMULATION_COUNT: values.count ?? "1" });
else if (values.count !== undefined) env.SIMULATION_COUNT = values.count;
const jest = fileURLToPath(new URL("../../node_modules/jest/bin/jest.js", import.meta.url));
const { status } = spawnSync(process.execPath, [jest, "tests/simulation"], { cwd: root, env, stdio: "inherit" });
process.exitCode = status ?? 1;
