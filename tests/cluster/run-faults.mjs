/** `npm run faults -- [--seed N] [--seconds S]`: real processes and members under random faults; 60 s by default. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const options = { seed: { type: "string", default: "1" }, seconds: { type: "string", default: "60" } };
const { values } = parseArgs({ options });
const root = fileURLToPath(new URL("../..", import.meta.url));
const jest = fileURLToPath(new URL("../../node_modules/jest/bin/jest.js", import.meta.url));
const env = {
  ...process.env,
  NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning",
  FAULTS_SEED: values.seed,
  FAULTS_SECONDS: values.seconds,
};
const args = [jest, "tests/cluster/adapters/random-faults"];
const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
process.exitCode = status ?? 1;
