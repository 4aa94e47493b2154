/** What the contract cannot say of every implementation: bounds in time, frozen members, other keys and releases. */
import { expect, test } from "@jest/globals";
import { exampleSession, newHexId } from "../../support/example-session.ts";
import { openMemoryCluster, type MemoryCluster } from "../../support/memory-shared-cluster.ts";
import { sharedKey } from "../../../auth/session-record.ts";
import type { SharedMap } from "../../../adapters/shared-map.ts";
import { exampleSealKey, longLives, openStoreNode, toldEnd, type StoreNode } from "../../support/shared-stores.ts";
import { waitFor } from "../../support/wait-for.ts";

const unreachable = { code: "OXB-0140" };

test("members see neither ids nor secrets nor names; only context, user, and what orders the writes", async () => {
  const cluster = openMemoryCluster();
  const { store } = await cluster.node();
  const session = exampleSession();
  await store.add(session);
  await store.remove(session.id, "logout");
  const other = exampleSession({ contextId: 7, userId: 9 });
  await store.add(other);
  const [[key, record] = ["", {}]] = cluster.hub.map("sessions").all();
  expect(Object.keys(record).sort()).toEqual(["auth", "context", "revision", "sealed", "touched", "user", "v"]);
  expect(record).toMatchObject({ v: 1, context: 7, user: "7:9", revision: 1 });
  const all = JSON.stringify([key, record, cluster.hub.map("session-ends").all()]);
  for (const { id, secret, altId, authId, login, userLogin, hash, localIp } of [session, other])
    for (const text of [id, secret, altId, authId, login, userLogin, hash, localIp]) expect(all).not.toContain(text);
});

test("a frozen member holds no request longer than the deadline: seen sessions are served, others are a fault", async () => {
  const cluster = openMemoryCluster();
  const [a, b] = [await cluster.linkedNode(), await cluster.linkedNode()];
  const [seen, unseen] = [exampleSession(), exampleSession()];
  for (const session of [seen, unseen]) await a.store.add(session);
  await b.store.peek(seen.id);
  b.link.freeze();
  const frozenAtMs = performance.now();
  expect(await b.store.peek(seen.id)).toEqual(seen);
  await expect(b.store.peek(unseen.id)).rejects.toMatchObject(unreachable);
  expect(performance.now() - frozenAtMs).toBeLessThan(1_500);
  const againAtMs = performance.now();
  expect(await b.store.touch(seen.id)).toEqual(seen); // nobody asks in vain again and again
  expect(performance.now() - againAtMs).toBeLessThan(250);
  expect(await b.store.add(exampleSession())).toBeUndefined();
  b.link.thaw();
  await waitFor("the other is found", async () => (await b.store.peek(unseen.id)) !== undefined);
});

test("a burst behind frozen members fails together, not one after the other", async () => {
  const cluster = openMemoryCluster();
  const { store, link } = await cluster.linkedNode();
  link.freeze();
  const beganMs = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: 2_000 }, () => store.peek(newHexId())));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toEqual([]);
  expect(performance.now() - beganMs).toBeLessThan(2_500);
});

test("cut off, seen sessions are served for the set time and no longer; those made here meanwhile go on", async () => {
  const cluster = openMemoryCluster();
  const { store, ends } = await cluster.node({ offlineMs: 60_000 });
  const seen = exampleSession();
  await store.add(seen);
  cluster.cut();
  await cluster.pass(59_000);
  expect(await store.peek(seen.id)).toEqual(seen);
  const made = exampleSession();
  await store.add(made);
  await cluster.pass(2_000);
  await expect(store.peek(seen.id)).rejects.toMatchObject(unreachable);
  expect(await store.peek(made.id)).toEqual(made);
  await cluster.pass(longLives.shortLifeMs + 100_000);
  await expect(store.peek(seen.id)).rejects.toMatchObject(unreachable); // it may have been touched elsewhere
  expect(await store.peek(made.id)).toBeUndefined(); // nobody else knows it
  await waitFor("its end is told", () => ends.length === 1);
  expect(ends).toEqual([[made.id, "expired"]]);
  cluster.heal();
  await waitFor("the other is judged by the members", async () => (await store.peek(seen.id)) === undefined);
});

test("an end is heard at once, without any sweep", async () => {
  const cluster = openMemoryCluster();
  const [a, b] = [await cluster.node(), await cluster.node({ sweepPeriodMs: 60_000 })];
  const session = exampleSession();
  await a.store.add(session);
  await b.store.peek(session.id);
  await a.store.remove(session.id, "logout");
  expect(await toldEnd(b, session.id, 500)).toBe("logout");
});

/** Lets the comparisons pass that follow a connection, so that nothing else than the test's own finding is seen. */
async function calm(cluster: MemoryCluster, ...nodes: readonly StoreNode[]): Promise<void> {
  const records = cluster.hub.map("sessions");
  const markers = nodes.map((_node, n) => exampleSession({ contextId: 99, userId: n, staySignedIn: true }));
  for (const [n, node] of nodes.entries()) await node.store.add(markers[n] ?? exampleSession());
  for (const { id } of markers) records.remove(sharedKey(id));
  await cluster.pass(5_000);
  for (const { id } of markers)
    await waitFor("the comparison after the connection", () => records.get(sharedKey(id)) !== undefined);
}

test("an end whose event was lost is found by comparing, though nobody asks for the session", async () => {
  const cluster = openMemoryCluster();
  const [a, b] = [await cluster.linkedNode(), await cluster.linkedNode()];
  const session = exampleSession();
  await a.store.add(session);
  await b.store.peek(session.id);
  await calm(cluster, b);
  b.link.freeze(); // what members tell meanwhile is lost, and no connection ends
  await a.store.remove(session.id, "removed");
  b.link.thaw();
  expect(b.ends).toEqual([]);
  let passedMs = 0;
  await waitFor("the end is told", async () => {
    await cluster.pass(5_000); // at each probe, so that sweeps come between
    passedMs += 5_000;
    return b.ends.length > 0;
  });
  expect(b.ends).toEqual([[session.id, "removed"]]);
  expect(passedMs).toBeLessThan(longLives.shortLifeMs / 2); // long before its life is over
});

test("the end of a life is told by the next sweep, at every node that has seen the session", async () => {
  const cluster = openMemoryCluster();
  const limits = () => ({ ...longLives, shortLifeMs: 3_000, longLifeMs: 600_000 });
  const [a, b] = [await cluster.node({ limits }), await cluster.node({ limits })];
  await calm(cluster, a, b);
  const session = exampleSession();
  await a.store.add(session);
  await b.store.peek(session.id);
  await cluster.pass(3_500);
  for (const node of [a, b]) expect(await toldEnd(node, session.id)).toBe("expired");
});

test("a touch that is not written yet keeps the session alive at the other nodes too", async () => {
  const cluster = openMemoryCluster();
  const [a, b] = [await cluster.node(), await cluster.node()];
  const session = exampleSession();
  await a.store.add(session);
  await b.store.peek(session.id);
  await cluster.pass(50_000);
  await a.store.touch(session.id); // written only a minute after the last one
  await cluster.pass(longLives.shortLifeMs - 20_000);
  expect(await b.store.peek(session.id)).toEqual(session);
  expect([...a.ends, ...b.ends]).toEqual([]);
});

test("a log-out that failed to arrive is tried again until it has, although no connection was lost", async () => {
  const cluster = openMemoryCluster();
  const b = await cluster.linkedNode();
  let failures = 3;
  const failing = (name: string): SharedMap => {
    const map = b.link.map(name);
    const set = map.set.bind(map);
    const fails = (): boolean => name === "session-ends" && failures-- > 0;
    map.set = (...entry) => (fails() ? Promise.reject(new Error("made to fail")) : set(...entry));
    return map;
  };
  const clock = { nowMs: () => performance.now(), nowEpochMs: () => 1_700_000_000_000 + performance.now() };
  failures = 0;
  const a = await openStoreNode({ map: failing }, clock);
  const session = exampleSession();
  await a.store.add(session);
  await b.store.peek(session.id);
  failures = 3;
  expect(await a.store.remove(session.id, "logout")).toBe(true);
  expect(await toldEnd(b, session.id)).toBe("logout");
  expect(failures).toBeLessThan(0);
});

test("ends that the members have lost are put back before a node that missed them can bring the session back", async () => {
  const cluster = openMemoryCluster();
  const [a, b] = [await cluster.linkedNode(), await cluster.linkedNode()];
  const session = exampleSession();
  await a.store.add(session);
  await b.store.peek(session.id);
  b.link.cut();
  await a.store.remove(session.id, "removed");
  cluster.hub.wipe();
  await waitFor("the end is put back", () => cluster.hub.map("session-ends").all().length > 0);
  b.link.heal();
  expect(await toldEnd(b, session.id)).toBe("removed");
  expect(await (await cluster.node()).store.peek(session.id)).toBeUndefined();
});

test("a node that knows a later change than the members writes it again", async () => {
  const cluster = openMemoryCluster();
  const a = await cluster.node();
  const session = exampleSession();
  await a.store.add(session);
  const [[key, record] = ["", {}]] = cluster.hub.map("sessions").all();
  const changed = await a.store.update(session.id, { localIp: "192.0.2.80" });
  cluster.hub.map("sessions").set(key, record, 60_000); // as a touch of a node that had not heard would
  expect(await a.store.peek(session.id)).toEqual(changed);
  const b = await cluster.node();
  await waitFor("the change is back", async () => (await b.store.peek(session.id))?.localIp === "192.0.2.80");
});

test("a session that is put back by a node which missed its end is found by nobody, and cleared away", async () => {
  const cluster = openMemoryCluster();
  const a = await cluster.node();
  const session = exampleSession();
  await a.store.add(session);
  const [[key, record] = ["", {}]] = cluster.hub.map("sessions").all();
  await a.store.remove(session.id, "logout");
  cluster.hub.map("sessions").set(key, record, 60_000);
  const c = await cluster.node(); // knows neither the session nor its end
  expect(await c.store.peek(session.id)).toBeUndefined();
  expect(await c.store.ofUser(1, 3)).toEqual([]);
  await waitFor("the record is gone", () => cluster.hub.map("sessions").all().length === 0);
});

test.each([
  { name: "sealed with a key that is not here", change: { sealed: "00000000.AAAA" } },
  { name: "of a later release", change: { v: 2 } },
  { name: "given to another user by somebody", change: { user: "1:4" } },
])("a record $name is a fault for those who ask, and nobody's session", async ({ change }) => {
  const cluster = openMemoryCluster();
  const [a, b] = [await cluster.node(), await cluster.node()];
  const session = exampleSession();
  await a.store.add(session);
  const [[key, record] = ["", {}]] = cluster.hub.map("sessions").all();
  cluster.hub.map("sessions").set(key, { ...record, ...change }, 60_000);
  await expect(b.store.peek(session.id)).rejects.toMatchObject(unreachable);
  expect(await b.store.ofContext(1)).toEqual([]);
});

test("with the new key behind the old one, then before it, no session is lost", async () => {
  let keys = [exampleSealKey];
  const newKey = "another-key-of-more-than-32-characters";
  const cluster = openMemoryCluster();
  const a = await cluster.node({ sealKeys: () => keys });
  const session = exampleSession();
  await a.store.add(session);
  keys = [newKey, exampleSealKey];
  const b = await cluster.node({ sealKeys: () => keys });
  expect(await b.store.peek(session.id)).toEqual(session);
  await cluster.pass(61_000);
  await b.store.touch(session.id); // sealed anew
  const c = await cluster.node({ sealKeys: () => [newKey] });
  await waitFor("the new key is enough", async () => (await c.store.peek(session.id)) !== undefined);
});

test("touches are written at most once in a while", async () => {
  const cluster = openMemoryCluster();
  const { store } = await cluster.node();
  const session = exampleSession();
  await store.add(session);
  let writes = 0;
  cluster.hub.map("sessions").listen(() => (writes += 1));
  for (let n = 0; n < 100; n += 1) await store.touch(session.id);
  expect(writes).toBe(0);
  await cluster.pass(longLives.shortLifeMs / 10);
  for (let n = 0; n < 100; n += 1) await store.touch(session.id);
  await waitFor("one write", () => writes > 0);
  expect(writes).toBe(1);
});

test("touches of an outage are one write when the members are back", async () => {
  const cluster = openMemoryCluster();
  const { store } = await cluster.node();
  const session = exampleSession();
  await store.add(session);
  cluster.cut();
  await cluster.pass(longLives.shortLifeMs / 10);
  for (let n = 0; n < 100; n += 1) await store.touch(session.id);
  let writes = 0;
  cluster.hub.map("sessions").listen(() => (writes += 1));
  cluster.heal();
  await waitFor("one write", () => writes > 0);
  expect(writes).toBe(1);
});
