/** Nodes as processes of their own: killed, stopped, resumed. */
import { beforeAll, expect, test } from "@jest/globals";
import type { ClientConfig } from "../../../adapters/hazelcast-client.ts";
import { Client } from "../../../adapters/hazelcast-client.ts";
import { idOf } from "../../simulation/recording-node.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import type { Members } from "../../support/hazelcast-members.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { NodeProcess } from "./node-process.ts";
import { startNodeProcesses } from "./node-process.ts";

let members: Members;
let client: ClientConfig;

beforeAll(async () => {
  members = await startMembers();
  onCleanUp(() => members.stop());
  client = { clusterName: members.clusterName, network: { clusterMembers: [...members.addresses] } };
}, 90_000);

let prefixes = 0;
/** Nodes that nobody of another test knows. Prefixes keep the wildcard of the shipped configuration. */
async function nodesOf(count: number): Promise<NodeProcess[]> {
  const nodes = await startNodeProcesses(count, () => client, { prefix: `oxbow-test${prefixes++}` });
  onCleanUp(() => Promise.all(nodes.map((node) => node.kill())));
  return nodes;
}

const pick = (nodes: readonly NodeProcess[], index: number): NodeProcess => {
  const node = nodes[index];
  if (!node) throw new Error(`there is no node ${index}`);
  return node;
};

test("G5: a killed node is out of every count within 3 s, and what waits for it settles then", async () => {
  const nodes = await nodesOf(3);
  const [first, second, third] = [pick(nodes, 0), pick(nodes, 1), pick(nodes, 2)];
  await third.call({ do: "connect", socket: "s0" });
  await waitFor("the socket is known", async () => (await first.call({ do: "fetch" })) === 1);
  third.freeze(); // so that the question is surely not answered
  const startedMs = performance.now();
  const pending = first.call({ do: "fetch" });
  await third.kill();
  expect(await pending).toBe(0);
  await waitFor("it is out of the count", async () => (await first.servers()) === 2 && (await second.servers()) === 2);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(await first.call({ do: "fetch" })).toBe(0);
}, 60_000);

test("G8: a node that stands still for 10 s loses nothing of what comes at the rate that it could take", async () => {
  const nodes = await nodesOf(2);
  const [sender, receiver] = [pick(nodes, 0), pick(nodes, 1)];
  await receiver.call({ do: "connect", socket: "s0" });
  await receiver.call({ do: "join", socket: "s0", room: "busy" });
  receiver.freeze();
  onCleanUp(() => receiver.thaw());
  const untilMs = performance.now() + 10_000;
  let sent = 0;
  while (performance.now() < untilMs) {
    await sender.call({ do: "emit", first: sent, count: 200, room: "busy" });
    sent += 200;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  receiver.thaw();
  await waitFor("all arrive", () => receiver.arrived("s0").length >= sent, 30_000);
  expect(receiver.arrived("s0")).toEqual(Array.from({ length: sent }, (_, id) => id));
  const { stats } = await receiver.status();
  expect(stats).toMatchObject({ lost: 0, gaps: 0 });
  expect((await sender.status()).stats).toMatchObject({ droppedOverflow: 0, droppedVolatile: 0, droppedDead: 0 });
  expect(await sender.servers()).toBe(2);
}, 90_000);

/** Takes `count` unread packets out of the inbox of a node that stands still; those before it reach it all the same. */
async function loseUnread(sender: NodeProcess, receiver: NodeProcess, count: number): Promise<void> {
  await receiver.call({ do: "connect", socket: "s0" });
  await receiver.call({ do: "join", socket: "s0", room: "lossy" });
  receiver.freeze();
  onCleanUp(() => receiver.thaw());
  const written = async (): Promise<boolean> => (await sender.status()).stats.outboxMessages === 0;
  // the first one answers the parked read, which is out of the ring already
  await sender.call({ do: "emit", first: 0, count: 1, room: "lossy" });
  await waitFor("the first is written", written);
  await sender.call({ do: "emit", first: 1, count, room: "lossy" });
  await waitFor("the others are written", written);
  const outsider = await Client.newHazelcastClient({ ...client, properties: { "hazelcast.logging.level": "OFF" } });
  const ring = await outsider.getRingbuffer<Buffer>(`oxbow-test${prefixes - 1}-in-${idOf("n1")}`);
  await ring.destroy();
  await outsider.shutdown();
  receiver.thaw();
}

test("G4: what a fault takes out of an inbox is reported in number, and nothing after it comes twice", async () => {
  const nodes = await nodesOf(2);
  const [sender, receiver] = [pick(nodes, 0), pick(nodes, 1)];
  await loseUnread(sender, receiver, 50);
  await sender.call({ do: "emit", first: 51, count: 50, room: "lossy" });
  await waitFor("the rest arrives", () => receiver.arrived("s0").includes(100), 10_000);
  expect(receiver.arrived("s0")).toEqual([0, ...Array.from({ length: 50 }, (_, i) => 51 + i)]);
  const gaps = receiver.history.flatMap((entry) => (entry.kind === "gap" ? [entry] : []));
  expect(gaps.reduce((sum, { lost }) => sum + lost, 0)).toBe(50);
  expect(gaps.every(({ from }) => from === "n0")).toBe(true);
}, 60_000);

test("G4: a loss is noticed in silence too", async () => {
  const nodes = await nodesOf(2);
  const [sender, receiver] = [pick(nodes, 0), pick(nodes, 1)];
  await loseUnread(sender, receiver, 7);
  await waitFor("the gap is reported", () => receiver.history.some((entry) => entry.kind === "gap"), 10_000);
  expect((await receiver.status()).stats).toMatchObject({ lost: 7, gaps: 1 });
  expect(receiver.arrived("s0")).toEqual([0]);
}, 60_000);
