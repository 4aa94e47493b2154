/** The exceptions to "encoded once": servers with another parser, and a base class that somebody has patched. */
import { EventEmitter } from "node:events";
import { expect, test } from "@jest/globals";
import { Adapter } from "socket.io-adapter";
import type { BroadcastOptions } from "socket.io-adapter";
import { systemClock } from "../../../adapters/clock.ts";
import { createAdapterOn } from "../../../adapters/create-adapter.ts";
import { MemoryHub } from "../../../adapters/memory-link.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import type { TestNode } from "./nodes.ts";
import { openNode, settled } from "./nodes.ts";

/** Socket.IO's own example of another parser: everything as JSON. */
class JsonEncoder {
  encode(packet: unknown): string[] {
    return [JSON.stringify(packet)];
  }
}
class JsonDecoder extends EventEmitter {
  add(frame: string): void {
    this.emit("decoded", JSON.parse(frame));
  }
  destroy(): void {
    this.removeAllListeners();
  }
}
const parser = { Encoder: JsonEncoder, Decoder: JsonDecoder };

async function openTwo(options: Parameters<typeof openNode>[1] = {}): Promise<[TestNode, TestNode]> {
  const hub = new MemoryHub(systemClock);
  const create = createAdapterOn(() => hub.link());
  const nodes: [TestNode, TestNode] = [await openNode(create), await openNode(create, options)];
  onCleanUp(() => Promise.all(nodes.map((node) => node.close())));
  await settled(nodes);
  return nodes;
}

test("servers with different parsers get each other's arguments, and their clients each their own form", async () => {
  const [usual, json] = await openTwo({ parser });
  const clients = [await usual.connect(), await json.connect("/", { parser })];
  usual.io.emit("from usual", { a: [1, "é"] });
  json.io.emit("from json", "text");
  for (const client of clients) {
    const events = await client.received(2);
    expect(new Set(events.map(([name]) => name))).toEqual(new Set(["from usual", "from json"]));
    expect(events).toContainEqual(["from usual", { a: [1, "é"] }]);
  }
  for (const [index, { socket }] of clients.entries())
    socket.once("asked", (answer: (value: number) => void) => answer(index));
  const answers: unknown = await usual.io.timeout(5_000).emitWithAck("asked");
  expect(new Set(answers as number[])).toEqual(new Set([0, 1]));
});

test("a patched broadcast of the base class does the writing for own packets and for those of others", async () => {
  const [one, other] = await openTwo();
  const clients = [await one.connect(), await other.connect()];
  const seen: unknown[][] = [];
  const descriptor = Object.getOwnPropertyDescriptor(Adapter.prototype, "broadcast") ?? {};
  const stock: unknown = descriptor.value;
  Object.defineProperty(Adapter.prototype, "broadcast", {
    ...descriptor,
    value: function broadcast(this: Adapter, packet: { data: unknown[] }, options: BroadcastOptions): void {
      seen.push(packet.data);
      if (typeof stock === "function") Reflect.apply(stock, this, [packet, options]);
    },
  });
  onCleanUp(() => Object.defineProperty(Adapter.prototype, "broadcast", descriptor));
  one.io.emit("published", 1);
  for (const client of clients) expect(await client.received(1)).toEqual([["published", 1]]);
  expect(seen).toEqual([
    ["published", 1],
    ["published", 1],
  ]);
});
