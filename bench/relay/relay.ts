/**
 * `npm run bench -- relay`: what a relay between Socket.IO nodes costs, ours and the Redis ones side by side in one run
 * on one machine. The order of the run, progress and results are here; how each figure is taken is in `rounds.ts` and
 * `once.ts`. Nothing is asserted.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { hazelcastVersion } from "../../tests/support/hazelcast-jar.mjs";
import { keep } from "../support/keep.ts";
import { startBackends, type Backends } from "./backends.ts";
import { measureIdle, measureInterest, measureStopped } from "./once.ts";
import { relays, type RelayId } from "./peers.ts";
import { reportRows, tableOf } from "./report.ts";
import { fullSizes, measureRound, quickSizes } from "./rounds.ts";
import type { Measured } from "./rows.ts";

export interface BenchOptions {
  /** Rounds over all relays; the table shows medians. */
  readonly rounds: number;
  /** A smoke run: tiny loads, figures without meaning. */
  readonly quick: boolean;
  /** Ids of `peers.ts`; all when left out. */
  readonly only?: readonly string[] | undefined;
  /** Puts the table into the README, in place of the last one. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

type Relay = (typeof relays)[number];
type Collected = Record<RelayId, Measured[]>;

/** Seconds that a full run has been seen to take, on two cores. */
const ROUND_SECONDS = 150;
const ONCE_SECONDS = 190;

export async function runRelayBench(options: BenchOptions): Promise<void> {
  const { rounds, quick, say } = options;
  const minutes = Math.ceil((rounds * ROUND_SECONDS + ONCE_SECONDS) / 60);
  const unknown = options.only?.find((name) => relays.every(({ id }) => id !== name));
  if (unknown !== undefined) throw new Error(`no relay ${unknown}; there are ${relays.map(({ id }) => id).join(", ")}`);
  say(
    `${chosen(options).length} relays, ${rounds} rounds${quick ? ", quick: under a minute" : `: about ${minutes} minutes`}`,
  );
  say("starting two Hazelcast members and a Redis");
  const started = performance.now();
  const backends = await startBackends();
  const collected: Collected = {
    ours: [],
    "ours-sync": [],
    bare: [],
    redis: [],
    "redis-sharded": [],
    "redis-streams": [],
  };
  try {
    await measureRounds(backends, collected, options);
    await measureOnce(backends, collected, options);
  } finally {
    await backends.stop();
  }
  const report = reportRows(collected);
  const about = { ...(await versions()), rounds, quick, seconds: Math.round((performance.now() - started) / 1e3) };
  const file = await store({ about, rows: report });
  const text = `${describe(about)}\n\n${tableOf(report)}`;
  console.log(text);
  if (options.keep) await keep("relay", text);
  say(`${about.seconds} s; every figure of every round is in ${file}`);
}

const chosen = ({ only }: BenchOptions): readonly Relay[] => relays.filter(({ id }) => only?.includes(id) ?? true);

async function measureRounds(backends: Backends, into: Collected, options: BenchOptions): Promise<void> {
  const { rounds, quick, say } = options;
  const taking = chosen(options);
  for (let round = 1; round <= rounds; round++) {
    // each relay comes first in turn, so that none has always the coldest or the warmest machine
    const first = (round - 1) % taking.length;
    const order = [...taking.slice(first), ...taking.slice(0, first)];
    for (const { id, title } of order) {
      const started = performance.now();
      await attempt(`round ${round}, ${title}`, say, async () => {
        const measured = await measureRound(id, backends, quick ? quickSizes : fullSizes);
        into[id].push(measured);
        const seconds = Math.round((performance.now() - started) / 1e3);
        const { throughput, p50 } = measured;
        const rate = throughput === undefined ? "" : `${Math.round(throughput)} messages/s, `;
        say(`round ${round} of ${rounds}, ${title}: ${rate}p50 ${p50?.toFixed(2)} ms (${seconds} s)`);
      });
    }
  }
}

async function measureOnce(backends: Backends, into: Collected, options: BenchOptions): Promise<void> {
  const { quick, say } = options;
  const note = (id: RelayId, what: string, measure: () => Promise<Measured>): Promise<void> =>
    attempt(what, say, async () => {
      say(what);
      into[id].push(await measure());
    });
  const counts = quick ? { small: 10_000, large: 20_000 } : { small: 100_000, large: 1_000_000 };
  await note("ours", "interest table", () => measureInterest(backends, counts));
  const idle = { counts: quick ? ([2, 4] as const) : ([2, 4, 8, 16] as const), seconds: quick ? 1 : 4 };
  for (const { id, title } of chosen(options).filter((relay) => relay.id !== "bare"))
    await note(id, `idle nodes, ${title}`, () => measureIdle(id, backends, idle));
  // last, since the members need a while to be well again
  await note("ours", "local emits with all members stopped", () => measureStopped(backends, quick ? 100 : 600));
}

/** One measurement that fails costs its own figures only. */
async function attempt(what: string, say: (line: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (fault) {
    say(`${what} failed: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}

interface About {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly quick: boolean;
  readonly seconds: number;
}

const packages = [
  ...["socket.io", "socket.io-hazelcast-adapter", "hazelcast-client"],
  ...["@socket.io/redis-adapter", "@socket.io/redis-streams-adapter", "redis"],
];

async function versions(): Promise<Pick<About, "date" | "machine" | "versions">> {
  const found: Record<string, string> = { node: process.versions.node, hazelcast: hazelcastVersion };
  for (const name of packages) {
    const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
    found[name] = z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, "utf8"))).version;
  }
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    machine: `${cpus().length} × ${cpu?.model ?? "unknown CPU"}`,
    versions: found,
  };
}

function describe({ date, machine, versions: found, rounds, quick, seconds }: About): string {
  const list = Object.entries(found).map(([name, version]) => `${name} ${version}`);
  const kind = quick ? "quick run, figures without meaning" : `medians of ${rounds} rounds`;
  return `${date} UTC, ${machine}; ${kind}, ${seconds} s; ${list.join(", ")}`;
}

async function store(result: { about: About; rows: unknown }): Promise<string> {
  const folder = new URL("../results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(`relay-${result.about.date.replace(/\W/g, "-")}.json`, folder);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return fileURLToPath(file);
}
