/**
 * What nodes tell each other, seen from inside: sessions are kept per node, so from outside no session is at two of
 * them. Real members, Socket.IO servers with sockets that join rooms as browsers' do.
 */
import { expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import { createClusterNode, type ClusterNode } from "../../../server/cluster/cluster.ts";
import type { Push } from "../../../server/push/push.ts";
import { connectionRoom, userRoom } from "../../../server/realtime/rooms.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { startMembers, type Members } from "../../support/hazelcast-members.ts";
import { waitFor } from "../../support/wait-for.ts";

interface Node {
  readonly node: ClusterNode;
  readonly opened: readonly string[];
  readonly pushes: readonly Omit<Push, "acceptedAtMs">[];
  readonly faults: readonly string[];
  /** Opens a socket that is in these rooms on every node once this resolves. */
  open(rooms: readonly string[]): Promise<void>;
}

test("a reopened connection and a push are told to the nodes with a socket in their room, in order, and to no other", async () => {
  const members = owned(await startMembers());
  const [a, b, c] = [await startNode(members), await startNode(members), await startNode(members)];
  await waitFor("all see three", () => [a, b, c].every(({ node }) => node.stats()?.servers === 3), 20_000);
  await b.open([connectionRoom("session-1", "17"), userRoom(1, 3)]);
  await c.open([connectionRoom("session-2", "17"), userRoom(2, 3)]);

  a.node.announceOpened("session-1", "17");
  const push = { contextId: 1, userId: 3, event: "ox:mail:new", payload: { id: "4", from: "ä" } };
  a.node.relay({ ...push, source: "other", acceptedAtMs: 0 });
  a.node.relay({ ...push, payload: { id: "5" }, acceptedAtMs: 0 });
  // On the same ordered path behind the others: whoever has this one would have them by now.
  a.node.announceOpened("session-2", "17");
  a.node.announceOpened("session-1", "17");
  await waitFor("the last ones", () => b.opened.length === 2 && c.opened.length === 1);
  expect(b.opened).toEqual(["session-1 17", "session-1 17"]);
  expect(b.pushes).toEqual([
    { ...push, source: "other" },
    { ...push, payload: { id: "5" }, source: undefined },
  ]);
  expect(c.opened).toEqual(["session-2 17"]);
  expect(c.pushes).toEqual([]);
  expect([a.opened, a.pushes]).toEqual([[], []]); // never back to the node that told it
  expect([...a.faults, ...b.faults, ...c.faults]).toEqual([]);
}, 90_000);

async function startNode(members: Members): Promise<Node> {
  const opened: string[] = [];
  const pushes: Omit<Push, "acceptedAtMs">[] = [];
  const faults: string[] = [];
  const http = createServer();
  const io = new Server(http);
  const node = createClusterNode({
    io,
    config: () =>
      Promise.resolve({
        clusterName: members.clusterName,
        network: { clusterMembers: [...members.addresses] },
        properties: { "hazelcast.logging.level": "OFF" },
      }),
    onPush: (push) => pushes.push(push),
    onOpenedElsewhere: (session, connection) => opened.push(`${session} ${connection}`),
    onJoined: () => undefined,
    onQuestion: () => Promise.reject(new Error("nobody asks here")),
    onState: () => undefined,
    onGap: (lost) => faults.push(`${lost} lost`),
    warn: () => undefined,
    onFault: (what) => faults.push(what),
    socketCount: () => io.of("/").sockets.size,
  });
  let rooms: readonly string[] = [];
  io.use((socket, next) => void Promise.resolve(socket.join([...rooms])).then(() => next(), next));
  onCleanUp(async () => {
    node.stop();
    await io.close();
  });
  await node.start(20_000);
  expect(node.state).toBe("ready");
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    node,
    opened,
    pushes,
    faults,
    open: async (wanted) => {
      rooms = wanted;
      const client = connect(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
      onCleanUp(() => client.close());
      await waitFor("the socket is open", () => client.connected);
    },
  };
}
