/** Members that hang, connections that are cut, writes that are forgotten: one at a time, and what follows. */
import { expect, test } from "@jest/globals";
import type { SimulatedNode } from "../../simulation/simulated-node.ts";
import { SimulatedCluster, steady, watch } from "./simulated-cluster.ts";

function statesOf(node: SimulatedNode): string[] {
  const states: string[] = [];
  node.adapter.cluster.on("state", (state, reason) => states.push(reason === "" ? state : `${state}: ${reason}`));
  return states;
}

test("while the members hang a join waits, until a second after the state says `degraded`", async () => {
  const { cluster, a } = await SimulatedCluster.three();
  const states = statesOf(a);
  a.link.freeze();
  const before = watch(a.sockets.get("a1")?.join(["red"]));
  await cluster.pass(1_500);
  expect([before.settled, states]).toEqual([false, []]);
  await cluster.pass(1_000);
  expect(states).toEqual(["degraded: the members do not answer"]);
  const during = watch(a.sockets.get("a1")?.join(["green"]));
  expect(during.settled).toBe(false);
  await cluster.pass(1_000);
  expect([before.settled, during.settled]).toEqual([true, true]);
  a.link.thaw();
  await cluster.pass(2_000);
  expect(states.at(-1)).toBe("ready");
});

test("a cut connection is told of with its reason, and accuses nobody", async () => {
  const { cluster, a } = await SimulatedCluster.three();
  const told = statesOf(a);
  a.adapter.cluster.on("server", ({ change }) => told.push(change));
  a.link.cut();
  expect(told).toEqual(["degraded: cut"]);
  await cluster.pass(8_000);
  a.link.heal();
  await cluster.pass(3_000);
  expect(told).toEqual(["degraded: cut", "ready"]);
});

test("when the members have hung for all, whoever looks first takes nobody for dead", async () => {
  const { cluster, a, b, c } = await SimulatedCluster.three();
  for (const node of [a, b, c]) node.link.freeze();
  await cluster.pass(8_000);
  a.link.thaw();
  await cluster.pass(1_000);
  for (const node of [b, c]) node.link.thaw();
  await cluster.pass(2_000);
  expect([a, b, c].map((node) => node.adapter.cluster.stats().deaths)).toEqual([0, 0, 0]);
});

test("each failed attempt to connect is told, and the server joins when the members come", async () => {
  const cluster = new SimulatedCluster();
  const a = cluster.start("a");
  a.link.cut();
  const states = statesOf(a);
  a.connect("a1");
  await cluster.pass(1_000);
  expect(states).toEqual(["connecting: no member answers"]);
  const own = cluster.emit(a, "a1");
  expect(cluster.arrivals("a1")).toEqual([own]);
  a.link.heal();
  await cluster.pass(1_000);
  expect(states.at(-1)).toBe("ready");
  expect(a.adapter.cluster.stats()).toMatchObject({ state: "ready", servers: 1, members: 1 });
});

test("a confirmation that was lost on its way is asked for again", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  b.link.faults = { ...steady, losesWrite: () => true };
  const join = watch(a.sockets.get("a1")?.join(["red"]));
  await cluster.pass(100);
  b.link.faults = steady;
  expect(join.settled).toBe(false);
  await cluster.pass(3_000);
  expect(join.settled).toBe(true);
});

test("what a member forgot and was written again under numbers already read is read, and nothing twice", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  const sent: number[] = [];
  for (let i = 0; i < 2; i++) {
    sent.push(cluster.emit(a, "b1"));
    await cluster.pass(10);
  }
  cluster.hub.loseNewest(1);
  sent.push(cluster.emit(a, "b1"));
  await cluster.pass(10);
  expect(cluster.arrivals("b1")).toEqual(sent.slice(0, 2));
  b.link.reconnect();
  await cluster.pass(10);
  expect(cluster.arrivals("b1")).toEqual(sent);
  await cluster.pass(3_000);
  expect(cluster.lostAt(b)).toBe(0);
});

test("what was lost on the way is reported by number at the receiver, also in silence, and its rooms are asked for anew", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  a.link.faults = { ...steady, losesWrite: () => true };
  for (let i = 0; i < 3; i++) cluster.emit(a, "b1");
  await cluster.pass(50);
  a.link.faults = steady;
  await cluster.pass(3_000);
  expect(cluster.lostAt(b)).toBe(3);
  expect(b.adapter.cluster.stats()).toMatchObject({ lost: 3, gaps: 1, resyncs: 1 });
  const after = cluster.emit(a, "b1");
  await cluster.pass(100);
  expect(cluster.arrivals("b1")).toEqual([after]);
});

test("rings that come back empty are read from their start, and counted", async () => {
  const { cluster, a, b } = await SimulatedCluster.three();
  cluster.hub.wipe();
  const sent = [cluster.emit(a, "b1")];
  await cluster.pass(3_000);
  sent.push(cluster.emit(a, "b1"));
  await cluster.pass(100);
  expect(cluster.arrivals("b1")).toEqual(sent);
  expect(b.adapter.cluster.stats().inboxResets).toBe(1);
});
