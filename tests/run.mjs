// @ts-check
/**
 * `npm test`: sets up what the asked tiers need, runs them and ends with `N passed, N failed`.
 *
 *     npm test                                  every tier
 *     npm test -- unit integration              some
 *     npm test -- unit -t "golden bytes"        what follows the tiers goes to Jest
 *     npm test -- unit --repeat 10              ten times in a row
 *
 * `CI=true` turns a tier that would be left out into a failure; `OXBOW_TEST_INSTALL=0` forbids `apt-get`.
 */
import { readArguments } from "./runner/arguments.mjs";
import { runTier, testFilesOf } from "./runner/run-tier.mjs";
import { provide } from "./runner/requirements.mjs";
import { tiers } from "./tiers.mjs";

/** @param {string} line */
const say = (line) => console.log(`oxbow: ${line}`);

const asked = readArguments(process.argv.slice(2));
if ("problem" in asked) {
  console.error(`oxbow: ${asked.problem}`);
  process.exit(2);
}

const chosen = tiers
  .filter(({ name }) =>
    asked.tiers.length === 0 ? name !== "check" || asked.jest.length === 0 : asked.tiers.includes(name),
  )
  .filter((tier) => tier.name === "check" || testFilesOf(tier) > 0);
const missing = await provide(chosen, say);
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];
/** @param {string} failure */
const fail = (failure) => {
  total.failed += 1;
  failures.push(failure);
};

for (const { tier, requirement, how } of missing) {
  const line = `${requirement} is missing, which leaves out the tier ${tier}: ${how}`;
  if (process.env["CI"] === "true") fail(line);
  else say(line);
}
const runnable = chosen.filter(({ name }) => !missing.some(({ tier }) => tier === name));
for (let run = 1; run <= asked.repeat; run += 1) {
  for (const tier of runnable) {
    say(`${tier.name}: ${tier.what}${asked.repeat > 1 ? ` (run ${run} of ${asked.repeat})` : ""}`);
    const result = await runTier(tier, asked.jest, say);
    total.passed += result.passed;
    total.skipped += result.skipped;
    for (const failure of result.failures) fail(`${tier.name}: ${failure}`);
    const slow = result.seconds > 2 * tier.budgetSeconds ? ", more than twice its budget" : "";
    say(`${tier.name}: ${result.passed} passed, ${result.seconds} s of ${tier.budgetSeconds} s${slow}`);
  }
}
if (total.passed + total.failed === 0) fail("no test ran");
for (const failure of failures) say(`FAILED ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed > 0 ? 1 : 0;
