/** Two Hazelcast members and one Redis, all on loopback, and the CPU time that they have used. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { startProgram, type Program } from "../../tests/support/child-process.ts";
import { freePorts } from "../../tests/support/free-ports.ts";
import { shippedConfig, startMembers, type Members } from "../../tests/support/hazelcast-members.ts";

export interface Backends {
  readonly members: Members;
  readonly redisPort: number;
  /** Of all members, or of Redis, since their start, in microseconds; the kernel counts in steps of 10 ms. */
  cpuMicros(which: "members" | "redis"): number;
  stop(): Promise<void>;
}

export async function startBackends(): Promise<Backends> {
  const folder = await mkdtemp(join(tmpdir(), "oxbow-bench-"));
  const config = join(folder, "members.yaml");
  await writeFile(config, stringify(withSyncRings(parse(await readFile(shippedConfig, "utf8")))));
  // the compiler's best code, and the least heap that the shipped configuration names
  const members = await startMembers({ count: 2, config, heapMegabytes: 512, java: [] });
  const [redisPort = 0] = await freePorts(1);
  const redis = startRedis(redisPort, folder);
  const stop = async (): Promise<void> => {
    await Promise.all([members.stop(), redis.kill()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await redis.printed(/Ready to accept connections/, 10_000);
  } catch (fault) {
    await stop();
    throw fault;
  }
  const pids = { members: members.members.map(({ pid }) => pid), redis: [redis.pid] };
  return {
    members,
    redisPort,
    cpuMicros: (which) => pids[which].reduce((sum, pid) => sum + cpuMicrosOf(pid), 0),
    stop,
  };
}

function startRedis(port: number, folder: string): Program {
  return startProgram("redis-server", [
    ...["--bind", "127.0.0.1", "--port", String(port), "--dir", folder],
    ...["--save", "", "--appendonly", "no"],
    // by default Redis drops a subscriber that is 32 MB behind: here each relay shall deliver all
    ...["--client-output-buffer-limit", "pubsub", "0", "0", "0"],
  ]);
}

const backups = z.looseObject({ "backup-count": z.number(), "async-backup-count": z.number() });
const shippedShape = z.looseObject({
  hazelcast: z.looseObject({
    ringbuffer: z.looseObject({ "oxbow-*": backups }),
    map: z.looseObject({ "oxbow-*": backups }),
    "split-brain-protection": z.looseObject({ "oxbow-majority": z.looseObject({ enabled: z.boolean() }) }),
  }),
});

/** What is shipped, for two members, and the same rings and maps with a synchronous backup under another prefix. */
function withSyncRings(shipped: unknown): unknown {
  const config = shippedShape.parse(shipped);
  const { ringbuffer, map } = config.hazelcast;
  const sync = { "backup-count": 1, "async-backup-count": 0 };
  ringbuffer["oxbowsync-*"] = { ...ringbuffer["oxbow-*"], ...sync };
  map["oxbowsync-*"] = { ...map["oxbow-*"], ...sync };
  config.hazelcast["split-brain-protection"]["oxbow-majority"].enabled = false;
  return config;
}

const MICROS_PER_TICK = 10_000;

function cpuMicrosOf(pid: number): number {
  // the name in parentheses may hold blanks; the numbers begin after it, with field 3
  const [, numbers = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = numbers.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}
