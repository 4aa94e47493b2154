/** What a server gets that has nothing to do with it: nothing. And what many namespaces share: everything. */
import { expect, test } from "@jest/globals";
import { systemClock } from "../../../adapters/clock.ts";
import { createAdapterOn } from "../../../adapters/create-adapter.ts";
import { MemoryHub } from "../../../adapters/memory-link.ts";
import { select } from "../../simulation/recording-node.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";
import { openNode } from "./nodes.ts";
import { SimulatedCluster, watch } from "./simulated-cluster.ts";

test("a server without the room hears nothing of emits, questions and answers, also after its own room is gone", async () => {
  const { cluster, a, b, c } = await SimulatedCluster.three();
  for (const node of [b, c]) void node.sockets.get(`${node.name}1`)?.join(["red"]);
  await cluster.pass(100);
  c.sockets.get("c1")?.leave("red");
  await cluster.pass(2_000);
  const before = c.adapter.cluster.stats().received;
  const emits = [cluster.emit(a, "red"), cluster.emit(a, "b1")];
  const asked = [watch(a.adapter.countSockets(select("red"))), watch(a.adapter.fetchSockets(select("b1")))];
  await cluster.pass(50);
  expect(asked.map(({ settled }) => settled)).toEqual([true, true]);
  expect(cluster.arrivals("b1")).toEqual(emits);
  expect(c.adapter.cluster.stats().received).toBe(before);
});

test("answers go to the asker only, and acknowledgements of one moment go in one message", async () => {
  const { cluster, a, b, c } = await SimulatedCluster.three();
  for (let i = 2; i <= 10; i++) b.connect(`b${i}`);
  await cluster.pass(50);
  const answers: unknown[] = [];
  a.adapter.broadcastWithAck(
    { type: 2, id: 1, data: ["ask", 0] },
    { rooms: new Set(["c1", ...b.sockets.keys()]), flags: {} },
    () => undefined,
    (answer) => answers.push(answer),
  );
  await cluster.pass(20);
  const before = [b, c].map((node) => node.adapter.cluster.stats());
  for (const socket of b.sockets.values()) for (const ack of socket.acks.values()) ack(socket.id);
  await cluster.pass(20);
  expect(answers).toEqual([...b.sockets.keys()]);
  const after = [b, c].map((node) => node.adapter.cluster.stats());
  expect((after[0]?.sent ?? 0) - (before[0]?.sent ?? 0)).toBe(1);
  expect(after[1]?.received).toBe(before[1]?.received);
});

test("a hundred namespaces of a server share one connection, one inbox and one lease, and the last one takes them along", async () => {
  const hub = new MemoryHub(systemClock);
  let links = 0;
  const node = await openNode(createAdapterOn(() => (links++, hub.link())));
  onCleanUp(() => node.close());
  for (let i = 0; i < 100; i++) node.io.of(`/many-${i}`);
  const leases = hub.leases("oxbow-nodes");
  await waitFor("the lease is there", () => leases.size > 0);
  expect([links, hub.rings.length, leases.size]).toEqual([1, 1, 1]);
  await node.adapter("/many-7").close();
  expect([node.adapter().cluster.state, leases.size]).toEqual(["ready", 1]);
  await node.close();
  expect([hub.rings.length, leases.size]).toEqual([0, 0]);
});
