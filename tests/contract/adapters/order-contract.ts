/** One path between two nodes: everything that one sends is applied at the other in the order of the calls. */
import { describe, expect, test } from "@jest/globals";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { OpenCluster } from "./contract-cluster.ts";
import { contractCluster } from "./contract-cluster.ts";
import type { TestClient, TestNode } from "./nodes.ts";

/** What happens to the client's socket and to its server, in one list. */
function applied(node: TestNode, client: TestClient): string[] {
  const log: string[] = [];
  const adapter = node.adapter();
  const noteRoom = (what: string) => (room: string) => {
    if (room === "order") log.push(what);
  };
  const joined = noteRoom("join");
  const left = noteRoom("leave");
  const event = (name: string): void => void log.push(name);
  adapter.on("join-room", joined);
  adapter.on("leave-room", left);
  node.io.on("order-event", event);
  const socket = node.io.sockets.sockets.get(client.id);
  socket?.conn.on("packetCreate", ({ data }: { data?: unknown }) => {
    const name = /ordered-\w+/.exec(String(data))?.[0];
    if (name !== undefined) log.push(name);
  });
  socket?.on("disconnect", () => log.push("disconnect"));
  onCleanUp(() => {
    adapter.off("join-room", joined);
    adapter.off("leave-room", left);
    node.io.off("order-event", event);
  });
  return log;
}

export function orderContract(link: string, open: OpenCluster): void {
  describe(`the order over ${link}`, () => {
    const cluster = contractCluster(open);

    test("commands, events, packets with and without acknowledgement and questions keep the order of the calls", async () => {
      const [{ io }, node] = cluster.nodes;
      const client = await node.connect();
      client.socket.on("ordered-question", (answer: () => void) => answer());
      await waitFor("it is known", async () => (await io.in(client.id).fetchSockets()).length === 1);
      const log = applied(node, client);
      const asked: Promise<unknown[]>[] = [];
      for (let round = 0; round < 20; round++) {
        io.in(client.id).socketsJoin("order");
        asked.push(io.in("order").fetchSockets());
        io.serverSideEmit("order-event", "joined");
        io.to("order").emit("ordered-packet");
        asked.push(io.to("order").timeout(5_000).emitWithAck("ordered-question") as Promise<unknown[]>);
        io.in(client.id).socketsLeave("order");
        io.to("order").emit("ordered-late");
        io.serverSideEmit("order-event", "left");
      }
      for (const answers of await Promise.all(asked)) expect(answers).toHaveLength(1);
      io.in(client.id).disconnectSockets();
      io.serverSideEmit("order-event", "end");
      await waitFor("the end", () => log.includes("end"));
      const round = ["join", "joined", "ordered-packet", "ordered-question", "leave", "left"];
      expect(log).toEqual([...Array.from({ length: 20 }, () => round).flat(), "disconnect", "end"]);
    });
  });
}
