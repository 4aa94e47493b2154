/** Thousands of simulated clusters. A seed that fails is run again by `npm run simulate -- --seed N`. */
import { expect, test } from "@jest/globals";
import { simulate } from "./simulation.ts";

const first = Number(process.env["SIMULATION_SEED"] ?? 1);
const count = Number(process.env["SIMULATION_COUNT"] ?? 2_000);

test(`histories of simulated clusters keep the guarantees, seeds ${first} to ${first + count - 1}`, async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", onUnhandled);
  try {
    for (let seed = first; seed < first + count; seed++) {
      const { problems, profile, history } = await simulate(seed);
      if (count === 1) process.stdout.write(`${history.map((entry) => JSON.stringify(entry)).join("\n")}\n`);
      if (problems.length === 0 && unhandled.length === 0) continue;
      const found = [...problems, ...unhandled.map((error) => `G10: unhandled ${String(error)}`)];
      throw new Error(`seed ${seed} (${profile}): ${found.join("\n")}\nagain: npm run simulate -- --seed ${seed}`);
    }
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
  expect(unhandled).toEqual([]);
}, 300_000);
