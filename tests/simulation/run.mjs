/**
 * `npm run simulate -- [--seed N] [--count M]`: simulated clusters from a seed on; one seed alone prints its history.
 * Without a seed the same ones as in the test run.
 */
import { parseArgs } from "node:util";
import { runOne } from "../runner/run-one.mjs";

const { seed, count } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } }).values;
process.exitCode = await runOne("tests/simulation", [], {
  ...(seed === undefined ? {} : { SIMULATION_SEED: seed, SIMULATION_COUNT: "1" }),
  ...(count === undefined ? {} : { SIMULATION_COUNT: count }),
});
