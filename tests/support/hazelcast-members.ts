/**
 * One to three real Hazelcast members from the jar, in a cluster of their own on loopback, and the faults that tests
 * need: killed, frozen, all gone and back empty. For tests and benchmarks alike, so nothing of Jest in here.
 * Not here: a cut between one node and the members, which is `tcp-proxy.ts`.
 */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startProgram, type Program } from "./child-process.ts";
import { freePorts } from "./free-ports.ts";
import { hazelcastJar } from "./hazelcast-jar.mjs";
import { waitFor } from "./wait-for.ts";

/** The configuration that is shipped. */
export const shippedConfig = fileURLToPath(new URL("../../deploy/hazelcast/oxbow-hazelcast.yaml", import.meta.url));

export interface MembersOptions {
  /** Default 1. */
  readonly count?: 1 | 2 | 3;
  /** Default: a name that no other cluster has. */
  readonly clusterName?: string;
  /** Path of a YAML file. Default: the shipped one; its split-brain protection is off with fewer than three members. */
  readonly config?: string;
  /** Default 256. */
  readonly heapMegabytes?: number;
  /** `HOST:PORT` that a single member tells its clients as its own address: that of a proxy before it. */
  readonly announcedAs?: string;
  /** Options of the Java machine. Default: quick to start. A benchmark passes `[]`, for the compiler's best code. */
  readonly java?: readonly string[];
}

export interface Member {
  /** `127.0.0.1:PORT`, also after a restart. */
  readonly address: string;
  readonly pid: number;
  isRunning(): boolean;
  /** What it has logged since its last start. */
  log(): string;
  /** SIGKILL: its sockets are closed at once, as seen from outside. */
  kill(): Promise<void>;
  /** SIGSTOP: its sockets stay open and nothing answers. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Starts a killed one again, empty, at the same address, and waits until it has joined those that run. */
  restart(): Promise<void>;
}

export interface Members {
  /** Unique, so that no other cluster of this machine is ever joined. */
  readonly clusterName: string;
  readonly addresses: readonly string[];
  /** As many as `count`, in the order of `addresses`. */
  readonly members: readonly Member[];
  /** Waits until every member that runs sees exactly as many as run. A frozen one must be thawed before. */
  settled(withinMs?: number): Promise<void>;
  /** Kills all, then starts all again: everything they held is gone. */
  restartAllEmpty(): Promise<void>;
  /** Kills all. May be called twice. */
  stop(): Promise<void>;
}

/** Cold machines have been seen to need 15 s for one. */
const startWithinMs = 60_000;

const quickToStart = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];

/** What Hazelcast's documentation asks for; without it each start warns and measures less. */
const moduleOptions = [
  ...["--add-modules", "java.se"],
  ...["--add-exports", "java.base/jdk.internal.ref=ALL-UNNAMED"],
  ...["--add-opens", "java.base/java.lang=ALL-UNNAMED"],
  ...["--add-opens", "java.base/sun.nio.ch=ALL-UNNAMED"],
  ...["--add-opens", "java.management/sun.management=ALL-UNNAMED"],
  ...["--add-opens", "jdk.management/com.sun.management.internal=ALL-UNNAMED"],
];

/**
 * Starts the members and waits until they see each other. The caller stops them.
 * @throws Error with the log of the member that did not start; none is left running then
 */
export async function startMembers(options: MembersOptions = {}): Promise<Members> {
  const { count = 1, config = shippedConfig, heapMegabytes = 256, java = quickToStart } = options;
  const { clusterName = `oxbow-test-${randomUUID()}`, announcedAs } = options;
  const addresses = (await freePorts(count)).map((port) => `127.0.0.1:${port}`);
  const launch = (address: string): Program =>
    startProgram("java", [
      ...[`-Xms${heapMegabytes}m`, `-Xmx${heapMegabytes}m`, ...java, ...moduleOptions],
      `-Dhazelcast.config=${config}`,
      `-Dhz.cluster-name=${clusterName}`,
      `-Dhz.network.port.port=${address.replace("127.0.0.1:", "")}`,
      `-Dhz.network.join.tcp-ip.members=${addresses.join(",")}`,
      ...(announcedAs === undefined ? [] : [`-Dhazelcast.local.publicAddress=${announcedAs}`]),
      ...(config === shippedConfig && count < 3 ? ["-Dhz.split-brain-protection.oxbow-majority.enabled=false"] : []),
      ...["-cp", hazelcastJar, "com.hazelcast.core.server.HazelcastMemberStarter"],
    ]);
  const settled = (withinMs = startWithinMs): Promise<void> => settle(members, withinMs);
  const members: readonly StartableMember[] = addresses.map((address) =>
    createMember(address, () => launch(address), settled),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
  };
  const startAll = async (): Promise<void> => {
    try {
      for (const member of members) member.launch();
      await Promise.all(members.map((member) => member.started()));
      await settled();
    } catch (fault) {
      await stop();
      throw fault;
    }
  };
  await startAll();
  return {
    clusterName,
    addresses,
    members,
    settled,
    restartAllEmpty: async () => {
      await stop();
      await startAll();
    },
    stop,
  };
}

interface StartableMember extends Member {
  launch(): void;
  started(): Promise<void>;
}

function createMember(address: string, launch: () => Program, settled: () => Promise<void>): StartableMember {
  let program: Program | undefined;
  const present = (): Program => {
    if (program === undefined) throw new Error(`the member ${address} was never started`);
    return program;
  };
  const member: StartableMember = {
    address,
    get pid() {
      return present().pid;
    },
    launch() {
      if (program?.isRunning() === true) throw new Error(`the member ${address} is still running`);
      program = launch();
    },
    started: () => present().printed(/ is STARTED/, startWithinMs),
    isRunning: () => program?.isRunning() ?? false,
    log: () => present().output(),
    kill: async () => program?.kill(),
    freeze: () => present().signal("SIGSTOP"),
    thaw: () => present().signal("SIGCONT"),
    restart: async () => {
      member.launch();
      await member.started();
      await settled();
    },
  };
  return member;
}

async function settle(all: readonly Member[], withinMs: number): Promise<void> {
  const running = all.filter((member) => member.isRunning());
  const seen = (): readonly number[] => running.map((member) => seenBy(member.log()));
  await waitFor(
    `${running.length} members see each other`,
    () => seen().every((size) => size === running.length),
    withinMs,
  ).catch((cause: unknown) => {
    const logs = running.map((member) => `${member.address}:\n${member.log().slice(-2_000)}`);
    throw new Error(`the members see ${seen().join(", ")} of ${running.length}\n${logs.join("\n")}`, { cause });
  });
}

/** How many members the newest list in a log names. */
function seenBy(log: string): number {
  const newest = [...log.matchAll(/Members \{size:(\d+),/g)].at(-1);
  return Number(newest?.[1] ?? 0);
}
