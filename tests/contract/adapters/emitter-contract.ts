/** What users may expect of an emitter, over any link. */
import { describe, expect, test } from "@jest/globals";
import { Emitter } from "../../../adapters/emitter.ts";
import type { HazelcastAdapterOptions } from "../../../adapters/options.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { OpenCluster } from "./contract-cluster.ts";
import { contractCluster } from "./contract-cluster.ts";

export function emitterContract(link: string, open: OpenCluster): void {
  describe(`an emitter over ${link}`, () => {
    const cluster = contractCluster(open);
    const openEmitter = (options?: HazelcastAdapterOptions): Emitter => {
      const emitter = new Emitter(undefined, options, "/", cluster.openLink);
      onCleanUp(() => emitter.close());
      return emitter;
    };

    test("its events reach the sockets of all servers, in the order of the calls, once awaited or not", async () => {
      const emitter = openEmitter();
      for (let i = 0; i < 20; i++) void emitter.emit("counted", i, Buffer.from([i]));
      await emitter.emit("last");
      const expected = Array.from({ length: 20 }, (_, i) => ["counted", i, Buffer.from([i])]);
      for (const client of cluster.clients) expect(await client.received(21)).toEqual([...expected, ["last"]]);
    });

    test("rooms, except and namespaces are honoured", async () => {
      const emitter = openEmitter();
      const [first, second, third] = cluster.clients;
      await emitter.to([first.id, second.id]).except(second.id).emit("chosen");
      await emitter.of("elsewhere").emit("not here");
      await emitter.to(third.id).volatile.compress(false).emit("other");
      expect(await first.received(1)).toEqual([["chosen"]]);
      expect(await third.received(1)).toEqual([["other"]]);
      expect(await cluster.eventsUpToMarker(second, cluster.nodes[0])).toEqual([]);
    });

    test("it moves, describes and disconnects sockets", async () => {
      const emitter = openEmitter();
      const client = await cluster.nodes[1].connect();
      await emitter.in(client.id).socketsJoin("moved");
      await emitter.to("moved").emit("in the room");
      expect(await client.received(1)).toEqual([["in the room"]]);
      const [found, ...others] = await emitter.in("moved").fetchSockets();
      expect(others).toEqual([]);
      expect(found?.id).toBe(client.id);
      expect(await emitter.fetchSockets()).toHaveLength(4);
      await emitter.in("moved").disconnectSockets();
      await waitFor("the client is disconnected", () => client.socket.disconnected);
    });

    test("it gathers acknowledgements of clients", async () => {
      const emitter = openEmitter();
      cluster.clients.forEach(({ socket }, i) => socket.once("ask", (answer: (n: number) => void) => answer(i)));
      expect(new Set(await emitter.timeout(5_000).emitWithAck("ask"))).toEqual(new Set([0, 1, 2]));
      await expect(emitter.timeout(100).emitWithAck("ask")).rejects.toMatchObject({ code: "HZA-TIMEOUT" });
    });

    test("server-side events run on every server", async () => {
      const emitter = openEmitter();
      let seen = 0;
      for (const { io } of cluster.nodes) io.once("from-emitter", () => seen++);
      await emitter.serverSideEmit("from-emitter");
      await waitFor("three servers saw it", () => seen === 3);
    });

    test("it is never counted as a server, and nobody waits for it", async () => {
      const emitter = openEmitter();
      await emitter.emit("hello");
      const [node] = cluster.nodes;
      expect(await node.adapter().serverCount()).toBe(3);
      expect(node.adapter().cluster.servers()).toHaveLength(3);
      for (const { io } of cluster.nodes) io.once("count", (answer: (value: number) => void) => answer(1));
      expect(await node.io.serverSideEmitWithAck("count")).toEqual([1, 1]);
      node.io.removeAllListeners("count");
    });

    test("reserved events, values that cannot be sent and a closed emitter are refused", async () => {
      const emitter = openEmitter();
      expect(() => emitter.emit("connect")).toThrow("reserved");
      expect(() => emitter.emit("big", 1n)).toThrow(TypeError);
      await emitter.close();
      await expect(emitter.emit("late")).rejects.toMatchObject({ code: "HZA-NOT-CONNECTED" });
    });
  });
}
