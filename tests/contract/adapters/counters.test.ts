/** Counters and gauges: each moves with what it is said to count, and by how much. */
import { expect, test } from "@jest/globals";
import { ByteWriter } from "../../../adapters/bytes.ts";
import { beginMessage, endMessage, HEADER_BYTES, Kind, writeHeader } from "../../../adapters/frames.ts";
import type { Counters } from "../../../adapters/stats.ts";
import type { SimulatedNode } from "../../simulation/simulated-node.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

/** What has been counted since the call. */
function countFrom(node: SimulatedNode): (...names: (keyof Counters)[]) => number[] {
  const { cluster } = node.adapter;
  const before = cluster.stats();
  return (...names) => names.map((name) => cluster.stats()[name] - before[name]);
}

/** An item of a server that nobody has heard of, as it lies in a ring. */
function foreignItem(first: number, kind: number, body = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  const nothing = { epoch: 0, number: 0 };
  const stream = { role: "server", sender: "00000000000000ff", epoch: 1, first, span: 1 } as const;
  writeHeader(head, { ...stream, ackWanted: false, applied: nothing, inbox: nothing });
  const writer = new ByteWriter();
  beginMessage(writer, kind);
  writer.raw(body);
  return Buffer.concat([head, endMessage(writer)]);
}

test("what is sent, written, read and received is counted at both ends, and what waits is shown until it is written", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  const [sent, got] = [countFrom(a), countFrom(b)];
  cluster.emit(a, "b1");
  expect(a.adapter.cluster.stats()).toMatchObject({ outboxMessages: 1 });
  expect(a.adapter.cluster.stats().outboxBytes).toBeGreaterThan(20);
  await cluster.pass(10);
  expect(a.adapter.cluster.stats()).toMatchObject({ outboxMessages: 0, outboxBytes: 0 });
  const [bytes = 0] = sent("bytesWritten");
  expect(bytes).toBeGreaterThan(HEADER_BYTES);
  expect(sent("sent", "itemsWritten", "bytesWritten", "received")).toEqual([1, 1, bytes, 0]);
  expect(got("received", "itemsRead", "bytesRead", "sent")).toEqual([1, 1, bytes, 0]);
});

test("what is not understood is counted by what was wrong with it, and does no harm", async () => {
  const { cluster, b } = await SimulatedCluster.three();
  const counted = countFrom(b);
  const ring = cluster.hub.ring(`oxbow-in-${b.adapter.cluster.id}`);
  ring.add([Buffer.from("no item")]);
  await cluster.pass(10);
  expect(counted("malformed", "itemsRead")).toEqual([1, 1]);
  ring.add([foreignItem(1, 99)]);
  await cluster.pass(10);
  expect(counted("unknownKinds", "malformed", "received")).toEqual([1, 1, 1]);
  ring.add([foreignItem(2, Kind.join, Buffer.from([9]))]);
  await cluster.pass(10);
  expect(counted("malformed", "handlerErrors")).toEqual([2, 0]);
  ring.add([foreignItem(3, 99, Buffer.alloc(8)).subarray(0, -1)]);
  await cluster.pass(10);
  expect(counted("malformed", "unknownKinds")).toEqual([3, 1]);
  ring.add([foreignItem(3, 99)]);
  await cluster.pass(10);
  expect(counted("repeats", "unknownKinds", "gaps")).toEqual([1, 1, 0]);
  ring.add([foreignItem(7, 99)]);
  await cluster.pass(10);
  expect(counted("lost", "gaps", "unknownKinds", "resyncs")).toEqual([3, 1, 2, 1]);
});

test("an error of the application's code is counted and told, and the next message is served", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  const counted = countFrom(b);
  b.adapter.nsp._onServerSideEmit = () => {
    throw new Error("a listener's own");
  };
  a.adapter.serverSideEmit(["event"]);
  const emit = cluster.emit(a, "b1");
  await cluster.pass(10);
  expect(counted("handlerErrors")).toEqual([1]);
  expect(b.warnings).toEqual(["a listener or a message failed: a listener's own"]);
  expect(cluster.arrivals("b1")).toEqual([emit]);
});

test("sockets whose data cannot be sent, and requests that are under way, are counted", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  const counted = countFrom(b);
  Object.assign(b.sockets.get("b1")?.data ?? {}, { big: 1n });
  void a.adapter.fetchSockets({ rooms: new Set(["b1"]) });
  expect(a.adapter.cluster.stats().requests).toBe(1);
  await cluster.pass(10);
  expect(counted("unserializable")).toEqual([1]);
  expect(a.adapter.cluster.stats().requests).toBe(0);
});

test("the rooms of the others and the memory for them are shown, and fall when rooms are gone", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  const remoteRooms = (): number => a.adapter.cluster.stats().remoteRooms;
  const [rooms, bytes] = [remoteRooms(), a.adapter.cluster.stats().interestBytes];
  void b.sockets.get("b1")?.join(Array.from({ length: 1_000 }, (_, i) => `room ${i}`));
  await cluster.pass(50);
  expect(remoteRooms() - rooms).toBe(1_000);
  expect(a.adapter.cluster.stats().interestBytes).toBeGreaterThan(bytes);
  b.disconnect("b1");
  await cluster.pass(3_000);
  expect(remoteRooms()).toBe(rooms - 1);
});
