/** Guarantees that need real members but no faults. */
import { beforeAll, expect, test } from "@jest/globals";
import { Server } from "socket.io";
import WebSocket from "ws";
import { createAdapterOn } from "../../../adapters/create-adapter.ts";
import { HazelcastAdapter } from "../../../adapters/adapter.ts";
import { HazelcastLink } from "../../../adapters/hazelcast-link.ts";
import type { Link } from "../../../adapters/link.ts";
import type { TestNode } from "../../contract/adapters/nodes.ts";
import { openNode, settled } from "../../contract/adapters/nodes.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import { waitFor } from "../../support/wait-for.ts";

let openLink: () => Link;
let links = 0;
let nodes: [TestNode, TestNode, TestNode];

beforeAll(async () => {
  const members = await startMembers();
  onCleanUp(() => members.stop());
  const config = { clusterName: members.clusterName, network: { clusterMembers: [...members.addresses] } };
  openLink = () => {
    links++;
    return new HazelcastLink(config);
  };
  const open = (): Promise<TestNode> => openNode(createAdapterOn(openLink));
  nodes = [await open(), await open(), await open()];
  onCleanUp(() => Promise.all(nodes.map((node) => node.close())));
  await settled(nodes);
}, 90_000);

const itemsRead = (node: TestNode): number => node.adapter().cluster.stats().itemsRead;

test("G3: an emit after an awaited join reaches the socket, from another node, 1,000 times out of 1,000", async () => {
  const client = await nodes[0].connect();
  const socket = nodes[0].io.sockets.sockets.get(client.id);
  for (let round = 0; round < 1_000; round++) {
    await socket?.join(`join-${round}`);
    nodes[1].io.to(`join-${round}`).emit("reached", round);
  }
  await client.received(1_000);
  expect(client.events).toEqual(Array.from({ length: 1_000 }, (_, round) => ["reached", round]));
  client.socket.close();
}, 60_000);

test("G3: sockets sent into a room are reached by the emit of the same tick, 1,000 times out of 1,000", async () => {
  const client = await nodes[2].connect();
  for (let round = 0; round < 1_000; round++) {
    nodes[0].io.in(client.id).socketsJoin(`sent-${round}`);
    nodes[0].io.to(`sent-${round}`).emit("reached", round);
  }
  await client.received(1_000);
  expect(client.events).toEqual(Array.from({ length: 1_000 }, (_, round) => ["reached", round]));
  client.socket.close();
}, 60_000);

/** What a web socket client gets, as it is on the wire. */
async function rawFrames(node: TestNode): Promise<string[]> {
  const ws = new WebSocket(`${node.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  onCleanUp(() => ws.terminate());
  const frames: string[] = [];
  ws.on("message", (data: Buffer, isBinary) => {
    const text = isBinary ? data.toString("hex") : data.toString();
    if (!isBinary && text.startsWith("0")) ws.send("40");
    else frames.push(text);
  });
  await waitFor("the client is connected", () => frames.some((frame) => frame.startsWith("40")));
  frames.length = 0;
  return frames;
}

test("G6: the clients of all nodes get the same bytes", async () => {
  const received = await Promise.all(nodes.map(rawFrames));
  await waitFor("all are known", async () => (await nodes[0].adapter().countSockets()) === 3);
  await nodes[0].adapter().allRooms(); // asked behind the announcements of the new sockets
  const values = [
    ["é🎉\u2028", { deep: [1, null, { undef: undefined }], date: new Date(0) }, -0, 1e21, "\ud800"],
    [Buffer.from([1, 2, 3]), { view: new Uint16Array([258, 3]) }, new Uint8Array([9]).buffer],
    [JSON.parse('{"__proto__":1}'), "\0begins with zero", "x".repeat(200_000)],
  ];
  for (const args of values) nodes[0].io.emit("same", ...(args as unknown[]));
  await waitFor("all came", () => received.every((frames) => frames.length === 3 + 3));
  expect(received[1]).toEqual(received[0]);
  expect(received[2]).toEqual(received[0]);
}, 30_000);

test("G7: a node without the room gets nothing, also while rooms change", async () => {
  const client = await nodes[1].connect();
  const socket = nodes[1].io.sockets.sockets.get(client.id);
  await waitFor("no announcement is under way", () =>
    nodes.every((node) => node.adapter().cluster.stats().outboxMessages === 0),
  );
  const before = itemsRead(nodes[2]);
  for (let round = 0; round < 100; round++) {
    nodes[0].io.in(client.id).socketsJoin("changing");
    nodes[0].io.to("changing").emit("event", round);
    nodes[0].io.in(client.id).socketsLeave("changing");
    await new Promise((resolve) => setImmediate(resolve));
  }
  await socket?.join("steady");
  for (let round = 0; round < 100; round++) nodes[0].io.to("steady").emit("event", 100 + round);
  await client.received(200);
  const stats = nodes[2].adapter().cluster.stats();
  // the third node hears of rooms that come and go, and of nothing else
  expect(stats.itemsRead - before).toBeLessThan(20);
  client.socket.close();
}, 30_000);

test("G11: only the asker gets answers, and only nodes with the room are asked", async () => {
  const client = await nodes[1].connect();
  const bystander = nodes[2].adapter().cluster;
  await waitFor("it is known", async () => (await nodes[0].io.in(client.id).fetchSockets()).length === 1);
  const before = bystander.stats().received;
  for (let round = 0; round < 20; round++) await nodes[0].io.in(client.id).fetchSockets();
  expect(bystander.stats().received).toBe(before);
  client.socket.close();
});

test("G9: 1,000 namespaces share one link, one inbox and one lease, and all of them work", async () => {
  const linksBefore = links;
  const [first, second] = [nodes[0], nodes[1]];
  for (let i = 0; i < 1_000; i++) for (const node of [first, second]) node.io.of(`/many-${i}`);
  const client = await second.connect("/many-999");
  const other = await second.connect("/many-0");
  first.io.of("/many-999").emit("hello");
  first.io.of("/many-0").emit("hello too");
  expect(await client.received(1)).toEqual([["hello"]]);
  expect(await other.received(1)).toEqual([["hello too"]]);
  expect(await first.adapter("/many-500").serverCount()).toBe(2);
  expect(links).toBe(linksBefore);
  expect(first.adapter("/many-500").cluster).toBe(first.adapter().cluster);
  client.socket.close();
  other.socket.close();
}, 30_000);

test("G9: close releases what the members held for the node", async () => {
  const node = await openNode(createAdapterOn(openLink));
  await settled([...nodes, node]);
  const { id } = node.adapter().cluster;
  await node.close();
  const link = openLink();
  onCleanUp(() => link.close());
  await new Promise<void>((resolve) => {
    link.start({ up: resolve, down: () => undefined, members: () => undefined, warning: () => undefined });
  });
  expect(await link.ring(`oxbow-in-${id}`).tail()).toBe(-1);
  expect([...(await link.leases("oxbow-nodes").all()).keys()]).not.toContain(id);
}, 30_000);

test("an adapter that is replaced before it was used leaves nothing behind", async () => {
  const before = links;
  const io = new Server({ adapter: createAdapterOn(openLink) });
  io.adapter(createAdapterOn(openLink));
  const { adapter } = io.of("/");
  onCleanUp(() => adapter.close());
  await waitFor(
    "the second one is ready",
    () => adapter instanceof HazelcastAdapter && adapter.cluster.state === "ready",
  );
  await waitFor("the others know one more", () => nodes[0].adapter().cluster.servers().length === 4);
  expect(links - before).toBeLessThanOrEqual(2); // made, but only one of them was started
}, 30_000);
