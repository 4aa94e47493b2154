/** `npm run faults -- [--seed N] [--seconds S]`: real processes and members under random faults; 60 s by default. */
import { parseArgs } from "node:util";
import { runOne } from "../runner/run-one.mjs";

const options = { seed: { type: "string", default: "1" }, seconds: { type: "string", default: "60" } };
const { values } = parseArgs({ options });
process.exitCode = await runOne("tests/cluster/adapters/random-faults", ["hazelcast"], {
  FAULTS_SEED: values.seed,
  FAULTS_SECONDS: values.seconds,
});
