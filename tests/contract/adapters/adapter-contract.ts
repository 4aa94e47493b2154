/** What Socket.IO and its users may expect of the adapter, over any link. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor, within } from "../../support/wait-for.ts";
import type { TestClient, TestNode } from "./nodes.ts";
import { openNode, settled } from "./nodes.ts";
import type { OpenCluster } from "./contract-cluster.ts";
import { contractCluster } from "./contract-cluster.ts";

export function adapterContract(link: string, open: OpenCluster): void {
  describe(`the adapter over ${link}`, () => {
    const cluster = contractCluster(open);
    const { eventsUpToMarker, extra } = cluster;
    let nodes: [TestNode, TestNode, TestNode];
    let clients: [TestClient, TestClient, TestClient];
    beforeEach(() => {
      ({ nodes, clients } = cluster);
    });

    test("a broadcast reaches every socket of every node once", async () => {
      nodes[0].io.emit("hello", 1, "two", { three: [3] });
      for (const client of clients) {
        expect(await eventsUpToMarker(client, nodes[0])).toEqual([["hello", 1, "two", { three: [3] }]]);
      }
    });

    test("a socket in several of the rooms gets a packet once, an excepted one not at all", async () => {
      nodes[0].io.in(clients[1].id).socketsJoin(["a", "b"]);
      nodes[0].io.in(clients[2].id).socketsJoin(["b", "c"]);
      nodes[0].io.to(["a", "b"]).except("c").emit("only-first");
      expect(await eventsUpToMarker(clients[1], nodes[0])).toEqual([["only-first"]]);
      expect(await eventsUpToMarker(clients[2], nodes[0])).toEqual([]);
      expect(await eventsUpToMarker(clients[0], nodes[0])).toEqual([]);
      nodes[0].io.socketsLeave(["a", "b", "c"]);
    });

    test("a local emit stays on its node", async () => {
      nodes[0].io.local.emit("near");
      expect(await eventsUpToMarker(clients[0], nodes[0])).toEqual([["near"]]);
      expect(await eventsUpToMarker(clients[1], nodes[0])).toEqual([]);
    });

    test("a broadcast of a socket reaches all others", async () => {
      nodes[0].io.sockets.sockets.get(clients[0].id)?.broadcast.emit("from-first");
      expect(await eventsUpToMarker(clients[0], nodes[0])).toEqual([]);
      expect(await eventsUpToMarker(clients[1], nodes[0])).toEqual([["from-first"]]);
    });

    test("a room joined by a command is reached by the emit of the same tick", async () => {
      for (let round = 0; round < 50; round++) {
        nodes[0].io.socketsJoin(`tick-${round}`);
        nodes[0].io.to(`tick-${round}`).emit("joined", round);
        nodes[0].io.socketsLeave(`tick-${round}`);
        nodes[0].io.to(`tick-${round}`).emit("left", round);
      }
      const expected = Array.from({ length: 50 }, (_, round) => ["joined", round]);
      for (const client of clients) expect(await eventsUpToMarker(client, nodes[0])).toEqual(expected);
    });

    test("once a join has resolved, every other node reaches the socket", async () => {
      const socket = nodes[1].io.sockets.sockets.get(clients[1].id);
      for (let round = 0; round < 100; round++) {
        await socket?.join(`strict-${round}`);
        nodes[round % 2 === 0 ? 0 : 2].io.to(`strict-${round}`).emit("strict", round);
      }
      await clients[1].received(100);
      expect(new Set(clients[1].events.splice(0).map(([, round]) => round)).size).toBe(100);
    });

    test("commands and emits of a node are applied elsewhere in their order", async () => {
      const order: unknown[] = [];
      nodes[1].io.on("server-event", (value: number) => order.push(value));
      const { id } = clients[1];
      for (let i = 0; i < 20; i++) {
        nodes[0].io.in(id).socketsJoin("order");
        nodes[0].io.to("order").emit("in", i);
        nodes[0].io.serverSideEmit("server-event", i);
        nodes[0].io.in(id).socketsLeave("order");
        nodes[0].io.to("order").emit("out", i);
      }
      expect(await eventsUpToMarker(clients[1], nodes[0])).toEqual(Array.from({ length: 20 }, (_, i) => ["in", i]));
      expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
      nodes[1].io.removeAllListeners("server-event");
    });

    test("acknowledgements of all nodes are gathered", async () => {
      clients.forEach(({ socket }, index) =>
        socket.once("question", (_n, answer: (v: unknown) => void) => answer(index)),
      );
      const answers: unknown = await nodes[0].io.timeout(5_000).emitWithAck("question", 1);
      expect(new Set(answers as unknown[])).toEqual(new Set([0, 1, 2]));
    });

    test("acknowledgements may be binary, and rooms without sockets answer at once", async () => {
      clients[2].socket.once("bytes", (given: Buffer, answer: (v: unknown) => void) => answer([given]));
      const room = nodes[0].io.to(clients[2].id).timeout(5_000);
      expect(await room.emitWithAck("bytes", Buffer.from([7]))).toEqual([[Buffer.from([7])]]);
      expect(await nodes[0].io.to("nobody").timeout(5_000).emitWithAck("anyone")).toEqual([]);
      expect(await nodes[0].io.local.to("nobody").timeout(5_000).emitWithAck("anyone")).toEqual([]);
    });

    test("a client that does not acknowledge costs the time given, and the others' answers are on the error", async () => {
      clients[0].socket.once("patience", (answer: (v: unknown) => void) => answer("here"));
      const asked = nodes[1].io.timeout(200).emitWithAck("patience");
      await expect(asked).rejects.toMatchObject({ message: "operation has timed out", responses: ["here"] });
      const remote = nodes[2].io.sockets.sockets.get(clients[2].id) as unknown as { acks: Map<number, unknown> };
      await waitFor("the remote entry is cleaned", () => remote.acks.size === 0);
    });

    test("fetchSockets describes the sockets of all nodes", async () => {
      const socket = nodes[2].io.sockets.sockets.get(clients[2].id);
      if (socket) socket.data = { name: "third", blob: Buffer.from([9]) };
      await socket?.join("described");
      const sockets = await nodes[0].io.fetchSockets();
      expect(new Set(sockets.map(({ id }) => id))).toEqual(new Set(clients.map(({ id }) => id)));
      const [remote] = await nodes[0].io.in("described").fetchSockets();
      expect(remote?.data).toEqual({ name: "third", blob: Buffer.from([9]) });
      expect(remote?.rooms).toEqual(new Set([clients[2].id, "described"]));
      expect(remote?.handshake).toEqual(JSON.parse(JSON.stringify(socket?.handshake)));
      if (socket) socket.data = {};
    });

    test("a remote socket can be written to, moved, asked and disconnected", async () => {
      const client = await nodes[2].connect();
      const [remote] = await nodes[0].io.in(client.id).fetchSockets();
      remote?.join("moved");
      nodes[0].io.to("moved").emit("to-room");
      remote?.emit("to-socket");
      client.socket.once("ask", (answer: (v: string) => void) => answer("yes"));
      expect(await remote?.timeout(5_000).emitWithAck("ask")).toBe("yes");
      expect(client.events.map(([name]) => name)).toEqual(["to-room", "to-socket", "ask"]);
      remote?.disconnect();
      await waitFor("the client is disconnected", () => client.socket.disconnected);
    });

    test("one socket whose data cannot be sent does not harm the answer", async () => {
      const socket = nodes[1].io.sockets.sockets.get(clients[1].id);
      if (socket) socket.data = { big: 1n };
      const sockets = await nodes[0].io.fetchSockets();
      expect(sockets).toHaveLength(3);
      expect(sockets.find(({ id }) => id === clients[1].id)?.data).toEqual({});
      if (socket) socket.data = {};
    });

    test("ids, counts and rooms of the cluster can be asked for", async () => {
      await nodes[1].io.sockets.sockets.get(clients[1].id)?.join("counted");
      expect(await nodes[0].adapter().sockets(new Set())).toEqual(new Set(clients.map(({ id }) => id)));
      expect(await nodes[0].adapter().countSockets()).toBe(3);
      expect(await nodes[0].adapter().countSockets({ rooms: new Set(["counted"]) })).toBe(1);
      expect((await nodes[0].adapter().allRooms()).has("counted")).toBe(true);
      expect(nodes[0].adapter().cluster.servers()).toHaveLength(3);
    });

    test("a server-side event runs on the other servers and not on its sender", async () => {
      const seen: number[] = [];
      nodes.forEach((node, index) => node.io.once("side", () => seen.push(index)));
      nodes[0].io.serverSideEmit("side");
      await waitFor("two servers saw it", () => seen.length === 2);
      expect(new Set(seen)).toEqual(new Set([1, 2]));
      nodes[0].io.removeAllListeners("side");
    });

    test("a server-side event gathers one answer from each other server", async () => {
      nodes.forEach((node, index) =>
        node.io.on("side-ack", (given: Buffer, answer: (v: unknown) => void) => answer([index, given])),
      );
      const answers = (await nodes[0].io.serverSideEmitWithAck("side-ack", Buffer.from([5]))) as [number, Buffer][];
      expect(new Set(answers.map(([index]) => index))).toEqual(new Set([1, 2]));
      expect(answers).toContainEqual([1, Buffer.from([5])]);
      for (const node of nodes) node.io.removeAllListeners("side-ack");
    });

    test("a server that does not answer a server-side event is named on the error", async () => {
      nodes[1].io.once("silent", (answer: (v: unknown) => void) => answer("not silent"));
      const failure = new Promise<[Error | null, unknown[]]>((resolve) => {
        const done = (error: Error | null, responses: unknown[]): void => resolve([error, responses]);
        nodes[0].adapter().serverSideEmit(["silent", done], { timeout: 200 });
      });
      const [error, responses] = await failure;
      expect(error).toMatchObject({
        message: "timeout reached: missing 1 responses",
        missing: [nodes[2].adapter().cluster.id],
      });
      expect(responses).toEqual(["not silent"]);
    });

    test("namespaces are apart, and serverCount counts those that have one", async () => {
      nodes[0].io.of("/only");
      nodes[1].io.of("/only");
      const client = await nodes[1].connect("/only");
      expect(await nodes[0].adapter().serverCount()).toBe(3);
      await waitFor("two servers have it", async () => (await nodes[0].adapter("/only").serverCount()) === 2);
      nodes[0].io.of("/only").emit("inside");
      expect(await eventsUpToMarker(client, nodes[0], "/only")).toEqual([["inside"]]);
      expect(await eventsUpToMarker(clients[1], nodes[0])).toEqual([]);
    });

    test("dynamic namespaces are relayed, and go when their last socket has gone", async () => {
      const [first, second] = await extra([
        { cleanupEmptyChildNamespaces: true },
        { cleanupEmptyChildNamespaces: true },
      ]);
      if (!first || !second) throw new Error("two nodes were opened");
      first.io.of(/^\/dyn-\d+$/);
      const parent = second.io.of(/^\/dyn-\d+$/);
      const client = await first.connect("/dyn-7");
      const other = await second.connect("/dyn-7");
      await waitFor("both have it", async () => (await first.adapter("/dyn-7").serverCount()) === 2);
      parent.emit("to-children");
      await waitFor("it arrives", () => client.events.length > 0 && other.events.length > 0);
      client.socket.close();
      await waitFor("one is left", async () => (await second.adapter("/dyn-7").serverCount()) === 1);
      const again = await first.connect("/dyn-7");
      second.io.of("/dyn-7").emit("again");
      expect((await again.received(1))[0]).toEqual(["again"]);
    });

    test("a server that leaves is out of every count at once, and no request waits for it", async () => {
      const [node] = await extra();
      if (!node) throw new Error("a node was opened");
      await node.connect();
      expect(await nodes[0].adapter().serverCount()).toBe(4);
      await node.close();
      await waitFor("it is out", async () => (await nodes[0].adapter().serverCount()) === 3, 200);
      expect(await within("the answer", nodes[0].io.fetchSockets(), 1_000)).toHaveLength(3);
    });

    test("after close no method throws, and close may be called again", async () => {
      const [node] = await extra();
      if (!node) throw new Error("a node was opened");
      const adapter = node.adapter();
      await node.close();
      await adapter.close();
      node.io.emit("late");
      node.io.serverSideEmit("late");
      node.io.socketsJoin("late");
      expect(await node.io.fetchSockets()).toEqual([]);
      expect(await adapter.serverCount()).toBe(1);
    });

    test("applications with different prefixes do not meet", async () => {
      const stranger = await openNode(cluster.create({ prefix: "stranger" }));
      onCleanUp(() => stranger.close());
      await settled([stranger]);
      const client = await stranger.connect();
      nodes[0].io.emit("ours");
      stranger.io.emit("theirs");
      expect(await client.received(1)).toEqual([["theirs"]]);
      expect(await stranger.adapter().serverCount()).toBe(1);
      expect(await eventsUpToMarker(clients[0], nodes[0])).toEqual([["ours"]]);
    });
  });
}
