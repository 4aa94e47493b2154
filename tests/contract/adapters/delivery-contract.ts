/** What reaches the sockets, and how it is written: over any link. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { OpenCluster } from "./contract-cluster.ts";
import { contractCluster } from "./contract-cluster.ts";
import type { TestClient, TestNode } from "./nodes.ts";

export function deliveryContract(link: string, open: OpenCluster): void {
  describe(`delivery over ${link}`, () => {
    const cluster = contractCluster(open);
    const { eventsUpToMarker } = cluster;
    let nodes: [TestNode, TestNode, TestNode];
    let clients: [TestClient, TestClient, TestClient];
    beforeEach(() => {
      ({ nodes, clients } = cluster);
    });

    test("local sockets are written to in the same tick as the emit", () => {
      let written = 0;
      const conn = nodes[0].io.sockets.sockets.get(clients[0].id)?.conn;
      const count = (): number => written++;
      conn?.on("packetCreate", count);
      nodes[0].io.emit("at once");
      expect(written).toBe(1);
      conn?.off("packetCreate", count);
    });

    test("binary of every kind arrives as it was, mixed with text", async () => {
      const floats = new Float32Array([1.5, -2]);
      nodes[0].io.emit("mixed", Buffer.from([1, 2]), { deep: [new Uint8Array([3, 4]).buffer, floats] }, "é🎉\0");
      for (const client of clients) {
        const [event] = await eventsUpToMarker(client, nodes[0]);
        const bytes = Buffer.from(floats.buffer);
        expect(event).toEqual(["mixed", Buffer.from([1, 2]), { deep: [Buffer.from([3, 4]), bytes] }, "é🎉\0"]);
      }
    });

    test("a value that cannot be encoded throws to the caller and nothing is sent", async () => {
      expect(() => nodes[0].io.emit("big", 1n)).toThrow(TypeError);
      expect(() => nodes[0].io.serverSideEmit("big", 1n)).toThrow(TypeError);
      expect(await eventsUpToMarker(clients[1], nodes[0])).toEqual([]);
    });

    test("the compress and volatile flags reach the write on other nodes", async () => {
      const seen: unknown[] = [];
      const conn = nodes[1].io.sockets.sockets.get(clients[1].id)?.conn;
      conn?.on("packetCreate", (packet: { data?: unknown; options?: Record<string, unknown> }) => {
        if (String(packet.data).includes("flagged"))
          seen.push(packet.options?.["compress"], packet.options?.["volatile"]);
      });
      nodes[0].io.compress(false).volatile.emit("flagged");
      nodes[0].io.emit("flagged");
      await eventsUpToMarker(clients[1], nodes[0]);
      expect(seen).toEqual([false, true, true, undefined]);
    });

    test("outgoing listeners on other nodes see the arguments", async () => {
      const seen: unknown[][] = [];
      const listener = (...args: unknown[]): void => void seen.push(args);
      const socket = nodes[1].io.sockets.sockets.get(clients[1].id);
      socket?.onAnyOutgoing(listener);
      nodes[0].io.to(clients[1].id).emit("watched", { a: 1 }, Buffer.from([1]));
      await clients[1].received(1);
      socket?.offAnyOutgoing(listener);
      expect(seen).toEqual([["watched", { a: 1 }, Buffer.from([1])]]);
    });

    test("receivers neither encode nor decode: the frames of the sender are what their sockets get", async () => {
      const receiver = nodes[1].io as unknown as { encoder: { encode: (packet: unknown) => unknown } };
      const { encode } = receiver.encoder;
      let encoded = 0;
      receiver.encoder.encode = (packet) => {
        encoded++;
        return encode.call(receiver.encoder, packet);
      };
      onCleanUp(() => (receiver.encoder.encode = encode));
      nodes[0].io.emit("relayed", "text");
      nodes[0].io.emit("relayed", Buffer.from([1]));
      clients[1].socket.once("asked", (answer: (v: number) => void) => answer(1));
      expect(await nodes[0].io.to(clients[1].id).timeout(5_000).emitWithAck("asked")).toEqual([1]);
      expect(encoded).toBe(0);
      expect(clients[1].events).toHaveLength(3);
    });

    test("polling clients get what web socket clients get", async () => {
      const client = await nodes[1].connect("/", { transports: ["polling"] });
      nodes[0].io.to(client.id).emit("polled", "é", Buffer.from([1]));
      expect((await client.received(1))[0]).toEqual(["polled", "é", Buffer.from([1])]);
      client.socket.close();
      await waitFor("it is gone", async () => (await nodes[0].adapter().countSockets()) === 3);
    });
  });
}
