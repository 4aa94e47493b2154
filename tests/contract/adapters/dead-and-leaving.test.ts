/** Servers that die, stand still or leave: nobody waits for them, and nothing of theirs stays. */
import { expect, test } from "@jest/globals";
import type { SimulatedNode } from "../../simulation/simulated-node.ts";
import { select } from "../../simulation/recording-node.ts";
import { SimulatedCluster, watch } from "./simulated-cluster.ts";

const ringOf = (node: SimulatedNode): string => `oxbow-in-${node.adapter.cluster.id}`;
const leaseOf = (cluster: SimulatedCluster, node: SimulatedNode): Buffer | undefined =>
  cluster.hub.leases("oxbow-nodes").get(node.adapter.cluster.id);
const countAll = ({ adapter }: SimulatedNode): { readonly settled: boolean } => watch(adapter.countSockets());
const askServers = ({ adapter }: SimulatedNode): { readonly settled: boolean } =>
  watch(new Promise((resolve) => adapter.serverSideEmit(["ask", resolve])));

/** Resolves when so many servers have said how many clients they asked. */
const askClients = ({ adapter }: SimulatedNode, room: string, servers: number): { readonly settled: boolean } =>
  watch(
    new Promise<void>((resolve) => {
      let counts = 0;
      const count = (): void => {
        if (++counts === servers) resolve();
      };
      adapter.broadcastWithAck({ type: 2, data: ["ask", 0] }, select(room), count, () => undefined);
    }),
  );

test("joins and requests that wait for a server that crashes settle when it is taken for dead, later ones do not wait", async () => {
  const { cluster, a, c } = await SimulatedCluster.three();
  c.crash();
  const waiting = [countAll(a), askServers(a), watch(a.sockets.get("a1")?.join(["red"]))];
  await cluster.pass(500);
  expect(waiting.map(({ settled }) => settled)).toEqual([false, false, false]);
  await cluster.pass(2_500);
  expect(waiting.map(({ settled }) => settled)).toEqual([true, true, true]);
  expect(a.adapter.cluster.stats()).toMatchObject({ servers: 2, deaths: 1, requests: 0 });
  const later = [countAll(a), askServers(a), askClients(a, "c1", 2), watch(a.sockets.get("a1")?.join(["green"]))];
  await cluster.pass(50);
  expect(later.map(({ settled }) => settled)).toEqual([true, true, true, true]);
  expect(a.adapter.cluster.stats().requests).toBe(0);
});

test("a server that stands still for 20 s is out of the counts, is told of as alive again, and reads on where it stood", async () => {
  const { cluster, a, c } = await SimulatedCluster.three();
  const told: string[] = [];
  a.adapter.cluster.on("server", ({ id, change }) => told.push(`${id === c.adapter.cluster.id ? "c" : "?"} ${change}`));
  c.clock.freeze();
  await cluster.pass(10_000);
  expect(await a.adapter.serverCount()).toBe(2);
  const sent = Array.from({ length: 5 }, () => cluster.emit(a, "c1"));
  await cluster.pass(10_000);
  c.clock.thaw();
  await cluster.pass(3_000);
  expect(cluster.arrivals("c1")).toEqual(sent);
  expect(await a.adapter.serverCount()).toBe(3);
  expect(told).toEqual(["c dead", "c alive"]);
});

test("what waits for a dead server is dropped and counted after 30 s, and the survivors take its inbox and lease away", async () => {
  const { cluster, a, c } = await SimulatedCluster.three();
  c.crash();
  cluster.emit(a, "c1");
  await cluster.pass(28_000);
  expect(cluster.hub.rings).toContain(ringOf(c));
  await cluster.pass(8_000);
  expect(cluster.hub.rings).not.toContain(ringOf(c));
  expect(leaseOf(cluster, c)).toBeUndefined();
  expect(a.adapter.cluster.servers()).toHaveLength(2);
});

test("a server that leaves settles what waits for its answer at once", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  b.adapter.nsp._onServerSideEmit = () => undefined;
  const asked = askServers(a);
  await cluster.pass(200);
  expect(asked.settled).toBe(false);
  void b.adapter.close();
  await cluster.pass(20);
  expect(asked.settled).toBe(true);
  expect(a.adapter.cluster.servers()).toHaveLength(2);
});

test("closing sends what waits, then takes inbox, lease and connection with it", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  b.link.faults = { ...b.link.faults, latencyMs: () => 40 };
  const sent = [cluster.emit(b, "a1")];
  await cluster.pass(1);
  // a write is under way: these wait
  for (let i = 0; i < 5; i++) sent.push(cluster.emit(b, "a1"));
  const closed = watch(b.adapter.close());
  await cluster.pass(60);
  expect(closed.settled).toBe(false);
  await cluster.pass(400);
  expect(closed.settled).toBe(true);
  expect(cluster.arrivals("a1")).toEqual(sent);
  expect(b.adapter.cluster.state).toBe("closed");
  expect(cluster.hub.rings).not.toContain(ringOf(b));
  expect(leaseOf(cluster, b)).toBeUndefined();
  await expect(b.link.leases("oxbow-nodes").all()).rejects.toThrow("not connected");
  expect(a.adapter.cluster.servers()).toHaveLength(2);
});

test("a closed server does nothing any more on a connection that stays open, as one that was given does", async () => {
  const { cluster, b } = await SimulatedCluster.three();
  b.link.close = () => Promise.resolve();
  void b.adapter.close();
  await cluster.pass(100);
  for (let look = 0; look < 20; look++) {
    expect(cluster.hub.rings).not.toContain(ringOf(b));
    expect(leaseOf(cluster, b)).toBeUndefined();
    await cluster.pass(250);
  }
});

test("closing while the members hang ends by its deadlines and settles every join and request", async () => {
  const { cluster, a } = await SimulatedCluster.three();
  a.link.freeze();
  const waiting = [countAll(a), askServers(a), watch(a.sockets.get("a1")?.join(["red"]))];
  const closed = watch(a.adapter.close());
  await cluster.pass(2_500);
  expect(closed.settled).toBe(true);
  expect(waiting.map(({ settled }) => settled)).toEqual([true, true, true]);
  expect(a.adapter.cluster.stats()).toMatchObject({ requests: 0, outboxBytes: 0 });
});
