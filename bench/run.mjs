/**
 * `npm run bench -- NAME`: sets up what the benchmark needs and runs it. Results go to
 * `bench/results/`, progress to stderr, the table to stdout.
 */
import "../tests/support/typescript.mjs";
import { parseArgs } from "node:util";
import { provide } from "../tests/runner/requirements.mjs";

const benches = ["relay", "connect", "cascade"];
const usage = `usage: npm run bench -- ${benches.join("|")} [--rounds N] [--keep] [--quick], and for relay [--relays LIST]`;
const say = (line) => console.error(`oxbow bench: ${line}`);

function fail(line) {
  say(line);
  process.exit(2);
}

function readArguments() {
  const options = {
    rounds: { type: "string", default: "5" },
    relays: { type: "string" },
    keep: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const rounds = Number(values.rounds);
    if (positionals.length !== 1 || !benches.includes(positionals[0])) fail(usage);
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
      fail(`--rounds must be 1 to 100, not ${values.rounds}`);
    return {
      name: positionals[0],
      rounds: values.quick ? 1 : rounds,
      quick: values.quick,
      only: values.relays?.split(","),
      keep: values.keep,
    };
  } catch (fault) {
    return fail(`${fault.message}\n${usage}`);
  }
}

const { name, rounds, quick, only, keep } = readArguments();
const needs = { relay: ["build", "hazelcast", "redis"], connect: ["build", "hazelcast"], cascade: ["build"] }[name];
const [missing] = await provide([{ name, what: "", needs, budgetSeconds: 0 }], say);
if (missing !== undefined) fail(`${missing.requirement} is missing: ${missing.how}`);
// what was started dies with this process, but only when it leaves by itself
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    say(`stopped by ${signal}`);
    process.exit(130);
  });
}
const load = {
  relay: async () => (await import("./relay/relay.ts")).runRelayBench,
  connect: async () => (await import("./connect/connect.ts")).runConnectBench,
  cascade: async () => (await import("./cascade/cascade.ts")).runCascadeBench,
}[name];
const run = await load();
await run({ rounds, quick, only, keep, say }).catch((fault) => {
  say(fault.message);
  process.exitCode = 1;
});
