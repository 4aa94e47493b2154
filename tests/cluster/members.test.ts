/** The member harness itself, and that the configuration which is shipped is accepted and in force. */
import { expect, test } from "@jest/globals";
import { Client, SplitBrainProtectionError } from "hazelcast-client";
import { createConnection } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { onCleanUp, owned } from "../support/clean-up.ts";
import { startMembers, type Member, type Members } from "../support/hazelcast-members.ts";
import { waitFor, within } from "../support/wait-for.ts";

const startMs = 120_000;

test(
  "a single member serves the rings of oxbow as configured, from loopback only",
  async () => {
    const members = owned(await startMembers());
    const client = await connect(members);
    expect(await capacityOf(client, "oxbow-in-a")).toBe("1024");
    expect(await capacityOf(client, "another")).toBe("10000"); // the member's own default
    await (await client.getMap("oxbow-leases")).set("node", "alive", 5_000);
    const port = Number(members.addresses[0]?.split(":")[1]);
    const outside = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    for (const { address } of outside.filter(({ internal }) => !internal)) {
      expect(await isOpen(address, port)).toBe(false);
    }
    expect(await isOpen("127.0.0.1", port)).toBe(true);
  },
  startMs,
);

test(
  "a killed member is out of the cluster at once, holds nobody up, and can come back",
  async () => {
    const cluster = owned(await startMembers({ count: 3 }));
    const [first, , victim] = cluster.members as readonly [Member, Member, Member];
    const client = await connect(cluster, first);
    const ring = await client.getRingbuffer<Buffer>("oxbow-in-a");
    await ring.add(Buffer.from("before"));
    await victim.kill();
    await cluster.settled();
    expect(victim.isRunning()).toBe(false);
    await within("a write after the kill", ring.add(Buffer.from("after")));
    await victim.restart();
    expect(first.log()).toMatch(/Members \{size:2,[\s\S]*Members \{size:3,/);
    // With two of three gone the last one serves nobody, rather than accepting what nobody would see.
    await victim.kill();
    await cluster.members[1]?.kill();
    await cluster.settled();
    await expect(ring.add(Buffer.from("alone"))).rejects.toThrow(SplitBrainProtectionError);
  },
  startMs,
);

test(
  "a member frozen for 20 s is expelled after ten, slows no write elsewhere, and is merged again",
  async () => {
    const cluster = owned(await startMembers({ count: 3 }));
    const [first, , victim] = cluster.members as readonly [Member, Member, Member];
    const client = await connect(cluster, first);
    const ring = await ringOwnedBy(client, cluster, first);
    const frozenAtMs = performance.now();
    victim.freeze();
    let slowestMs = 0;
    let expelledAfterMs: number | undefined;
    while (performance.now() - frozenAtMs < 20_000) {
      const writtenAtMs = performance.now();
      await ring.add(Buffer.alloc(200));
      slowestMs = Math.max(slowestMs, performance.now() - writtenAtMs);
      if (seenBy(first) === 2) expelledAfterMs ??= performance.now() - frozenAtMs;
      await pause(10);
    }
    victim.thaw();
    expect(expelledAfterMs).toBeGreaterThan(7_000);
    expect(expelledAfterMs).toBeLessThan(15_000);
    expect(slowestMs).toBeLessThan(2_000);
    await waitFor("the thawed member is merged", () => cluster.members.every((member) => seenBy(member) === 3), 90_000);
    await within("a write after the merge", ring.add(Buffer.alloc(200)));
  },
  startMs + 120_000,
);

test(
  "all members gone and back have kept nothing but their addresses",
  async () => {
    const cluster = owned(await startMembers({ count: 2 }));
    const before = await connect(cluster);
    await (await before.getMap("oxbow-leases")).set("node", "alive");
    await before.shutdown();
    await cluster.restartAllEmpty();
    const after = await connect(cluster);
    expect(await (await after.getMap("oxbow-leases")).get("node")).toBeNull();
  },
  startMs,
);

/** A client of the test itself, at one member or at all. */
async function connect(cluster: Members, member?: Member): Promise<Client> {
  const client = await Client.newHazelcastClient({
    clusterName: cluster.clusterName,
    network: { clusterMembers: member === undefined ? [...cluster.addresses] : [member.address] },
    connectionStrategy: { connectionRetry: { clusterConnectTimeoutMillis: 20_000 } },
    properties: {
      "hazelcast.logging.level": "OFF",
      "hazelcast.client.autopipelining.enabled": false,
      "hazelcast.client.heartbeat.interval": 1_000,
      "hazelcast.client.heartbeat.timeout": 5_000,
    },
  });
  onCleanUp(() => client.shutdown());
  return client;
}

/** As text: the client's types promise a number, and it gives a Long. */
const capacityOf = async (client: Client, ring: string): Promise<string> =>
  String(await (await client.getRingbuffer(ring)).capacity());

/** A ring whose owner is this member; names are tried until one falls there. */
async function ringOwnedBy(client: Client, cluster: Members, member: Member) {
  await (await client.getMap("oxbow-leases")).set("node", "alive"); // before any data nobody owns anything
  const partitions = client.getPartitionService();
  const ownerOf = (name: string): string | undefined => {
    const uuid = partitions.getPartitionOwner(partitions.getPartitionId(name)).toString();
    const owner = client
      .getCluster()
      .getMembers()
      .find((candidate) => candidate.uuid.toString() === uuid);
    return owner?.address.toString();
  };
  await waitFor("partitions have owners", () => ownerOf("oxbow-in-0"));
  const names = Array.from({ length: 1_000 }, (_, index) => `oxbow-in-${index}`);
  const name = names.find((candidate) => ownerOf(candidate) === member.address);
  if (name === undefined) throw new Error(`no ring at ${member.address} of ${cluster.addresses.join(", ")}`);
  return client.getRingbuffer<Buffer>(name);
}

const seenBy = (member: Member): number => Number([...member.log().matchAll(/Members \{size:(\d+),/g)].at(-1)?.[1]);

const isOpen = async (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 1_000 });
    const answer = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
    socket.once("timeout", () => answer(false));
  });
