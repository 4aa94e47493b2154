/**
 * What stores of several nodes on the same members do together, beyond what each does by itself. Run with the memory twin
 * and with a real member.
 */
import { describe, expect, test } from "@jest/globals";
import type { Session } from "../../auth/index.ts";
import { exampleSession, newHexId } from "../support/example-session.ts";
import { longLives, toldEnd, type SharedCluster, type StoreNode } from "../support/shared-stores.ts";
import { waitFor } from "../support/wait-for.ts";

export type OpenSharedCluster = () => Promise<SharedCluster>;

const unreachable = { code: "OXB-0140" };
/** An end is known everywhere within this time. */
const endWithinMs = 2_000;

export function sharedSessionsContract(name: string, open: OpenSharedCluster): void {
  describe(`nodes that share sessions in ${name}`, () => {
    together(open);
    lives(open);
    bounds(open);
    outages(open);
    resets(open);
  });
}

const sleeper = { shortLifeMs: 3_000, longLifeMs: 6_000 };

async function nodes(
  cluster: SharedCluster,
  ...options: Parameters<SharedCluster["node"]>
): Promise<[StoreNode, StoreNode, StoreNode]> {
  return [await cluster.node(...options), await cluster.node(...options), await cluster.node(...options)];
}

async function added({ store }: StoreNode, changes: Partial<Session> = {}): Promise<Session> {
  const session = exampleSession(changes);
  expect(await store.add(session)).toBeUndefined();
  return session;
}

const ids = (sessions: readonly Session[]): readonly string[] => sessions.map(({ id }) => id).sort();

function together(open: OpenSharedCluster): void {
  test("who logs in at one is known at another at once, and after a log-out at a third at none", async () => {
    const [a, b, c] = await nodes(await open());
    const session = await added(a, { restricted: "mail", cookiesWrittenAtMs: 7 });
    expect(await b.store.peek(session.id)).toEqual(session);
    expect(await b.store.touch(session.id)).toEqual(session);
    expect(await c.store.remove(session.id, "logout")).toBe(true);
    for (const { store } of [a, b, c]) expect(await store.peek(session.id)).toBeUndefined();
    for (const node of [a, b, c]) expect(await toldEnd(node, session.id, endWithinMs)).toBe("logout");
    expect(await a.store.remove(session.id, "removed")).toBe(false);
    for (const node of [a, b, c]) expect(node.ends).toEqual([[session.id, "logout"]]);
  });

  test("an end is told only where the session is known", async () => {
    const [a, b, c] = await nodes(await open());
    const session = await added(a);
    await b.store.peek(session.id);
    await b.store.remove(session.id, "password-changed");
    expect(await toldEnd(a, session.id)).toBe("password-changed");
    expect(c.ends).toEqual([]);
  });

  test("a change at one node is seen at the others, and no touch of theirs undoes it", async () => {
    const cluster = await open();
    const limits = () => ({ ...longLives, shortLifeMs: 2_000 });
    const [a, b] = await nodes(cluster, { limits });
    const session = await added(a);
    await b.store.peek(session.id);
    const changed = await a.store.update(session.id, { localIp: "192.0.2.77" });
    expect(changed).toEqual({ ...session, localIp: "192.0.2.77" });
    await cluster.pass(500); // longer than touches are held back
    expect(await b.store.touch(session.id)).toEqual(changed);
    await cluster.pass(500);
    expect(await a.store.touch(session.id)).toEqual(changed);
    const again = await b.store.update(session.id, { multifactorAuthenticated: true });
    expect(await a.store.peek(session.id)).toEqual({ ...changed, ...again });
  });

  test("the sessions of a user and of a context are found wherever they were made", async () => {
    const [a, b, c] = await nodes(await open());
    const mine = [await added(a), await added(b)];
    const other = await added(b, { userId: 4 });
    await added(b, { contextId: 2 });
    expect(ids(await c.store.ofUser(1, 3))).toEqual(ids(mine));
    expect(ids(await c.store.ofContext(1))).toEqual(ids([...mine, other]));
  });

  test("a thousand sessions that end at one node are told at the others within two seconds, each once", async () => {
    const [a, b, c] = await nodes(await open());
    const sessions = Array.from({ length: 1_000 }, (_, n) => exampleSession({ userId: n }));
    for (const session of sessions) await a.store.add(session);
    await Promise.all(sessions.flatMap(({ id }) => [b.store.peek(id), c.store.peek(id)]));
    const beganMs = performance.now();
    await Promise.all(sessions.map(({ id }) => a.store.remove(id, "removed")));
    for (const node of [a, b, c]) await waitFor("all are told", () => node.ends.length === 1_000, endWithinMs);
    expect(performance.now() - beganMs).toBeLessThan(endWithinMs);
    for (const node of [a, b, c]) expect(new Set(node.ends.map(([id]) => id)).size).toBe(1_000);
  }, 60_000);
}

function lives(open: OpenSharedCluster): void {
  test("a session that is touched at one node does not expire at another; idle, its end is told once at each", async () => {
    const cluster = await open();
    const limits = () => ({ ...longLives, ...sleeper });
    const [a, b, c] = await nodes(cluster, { limits });
    const session = await added(a);
    await b.store.peek(session.id);
    for (let n = 0; n < 4; n += 1) {
      await cluster.pass(1_000);
      expect(await a.store.touch(session.id)).toEqual(session);
    }
    expect(await b.store.peek(session.id)).toEqual(session);
    expect([...a.ends, ...b.ends]).toEqual([]);
    await cluster.pass(4_000);
    for (const node of [a, b]) expect(await toldEnd(node, session.id)).toBe("expired");
    expect(await c.store.peek(session.id)).toBeUndefined();
    await cluster.pass(500);
    expect([a.ends.length, b.ends.length, c.ends.length]).toEqual([1, 1, 0]);
  });

  test.each([1_000, -1_000])("a wall clock that is %d ms ahead ends no session early or late", async (aheadMs) => {
    const cluster = await open();
    const limits = () => ({ ...longLives, shortLifeMs: 20_000, longLifeMs: 40_000 });
    const [a, b] = [await cluster.node({ limits }), await cluster.node({ limits, aheadMs })];
    const [one, other] = [await added(a), await added(b)];
    expect(await b.store.peek(one.id)).toEqual(one);
    expect(await a.store.peek(other.id)).toEqual(other);
    await cluster.pass(1_500);
    expect(await b.store.touch(one.id)).toEqual(one);
    expect(await a.store.touch(other.id)).toEqual(other);
    expect([...a.ends, ...b.ends]).toEqual([]);
  });
}

function bounds(open: OpenSharedCluster): void {
  test.each([
    { what: "in all", limit: { maxSessions: 2 }, refusal: "limit-total", other: { userId: 4, client: "another" } },
    { what: "of a user", limit: { maxSessionsPerUser: 2 }, refusal: "limit-user", other: { client: "another" } },
    { what: "of a client", limit: { maxSessionsPerClient: 2 }, refusal: "limit-client", other: {} },
  ])("sessions $what are counted in the whole cluster", async ({ limit, refusal, other }) => {
    const [a, b, c] = await nodes(await open(), { limits: () => ({ ...longLives, ...limit }) });
    await added(a);
    const second = await added(b);
    expect(await c.store.add(exampleSession(other))).toBe(refusal);
    await a.store.remove(second.id, "logout");
    await added(c, other);
  });

  test("an authId is taken in the whole cluster", async () => {
    const [a, b] = await nodes(await open());
    const { authId } = await added(a);
    expect(await b.store.add(exampleSession({ authId, userId: 9 }))).toBe("duplicate-auth-id");
  });

  test("two log-ins at one node at the same time do not both take the last place", async () => {
    const [a] = await nodes(await open(), { limits: () => ({ ...longLives, maxSessionsPerUser: 1 }) });
    const outcomes = await Promise.all([a.store.add(exampleSession()), a.store.add(exampleSession())]);
    expect(outcomes).toEqual([undefined, "limit-user"]);
  });
}

function outages(open: OpenSharedCluster): void {
  test("cut off, sessions that were seen are served and all others are a fault, never unknown", async () => {
    const cluster = await open();
    const [a, b] = await nodes(cluster);
    const [seen, unseen] = [await added(a), await added(a)];
    await b.store.peek(seen.id);
    cluster.cut();
    expect(await b.store.touch(seen.id)).toEqual(seen);
    await expect(b.store.peek(unseen.id)).rejects.toMatchObject(unreachable);
    await expect(b.store.peek(newHexId())).rejects.toMatchObject(unreachable);
    await expect(b.store.remove(unseen.id, "logout")).rejects.toMatchObject(unreachable);
    expect(ids(await b.store.ofUser(1, 3))).toEqual([seen.id]);
    cluster.heal();
    await waitFor("the other is found again", async () => (await b.store.peek(unseen.id)) !== undefined, 20_000);
    expect([...a.ends, ...b.ends]).toEqual([]);
  }, 40_000);

  test("what happens while cut off counts here at once and travels later: log-in, change, log-out", async () => {
    const cluster = await open();
    const [a, b] = await nodes(cluster);
    const [changed, ended] = [await added(a), await added(a)];
    for (const { id } of [changed, ended]) await b.store.peek(id);
    cluster.cut();
    const made = await added(a);
    expect(await a.store.peek(made.id)).toEqual(made);
    await a.store.update(changed.id, { localIp: "192.0.2.78" });
    expect(await a.store.remove(ended.id, "logout")).toBe(true);
    expect(await a.store.peek(ended.id)).toBeUndefined();
    expect(await b.store.peek(ended.id)).toEqual(ended); // nobody can tell it yet
    cluster.heal();
    expect(await toldEnd(b, ended.id, 20_000)).toBe("logout");
    await waitFor("the log-in has arrived", async () => (await b.store.peek(made.id)) !== undefined, 20_000);
    await waitFor("the change has arrived", async () => (await b.store.peek(changed.id))?.localIp === "192.0.2.78");
    for (const node of [a, b]) expect(node.ends).toEqual([[ended.id, "logout"]]);
  }, 60_000);
}

function resets(open: OpenSharedCluster): void {
  test("members that come back empty log nobody out: who knows a session puts it back, and nothing that has ended", async () => {
    const cluster = await open();
    const [a, b, c] = await nodes(cluster);
    const [live, ended] = [await added(a), await added(a)];
    const changed = await a.store.update(live.id, { localIp: "192.0.2.79" });
    await b.store.peek(ended.id);
    await a.store.remove(ended.id, "logout");
    await toldEnd(b, ended.id);
    await cluster.reset();
    const found = await waitFor("it is put back", async () => c.store.peek(live.id), 30_000);
    expect(found).toEqual(changed);
    for (const { store } of [a, b, c]) expect(await store.peek(ended.id)).toBeUndefined();
    expect(await (await cluster.node()).store.peek(ended.id)).toBeUndefined();
    expect([a.ends.length, b.ends.length, c.ends.length]).toEqual([1, 1, 0]);
  }, 90_000);

  test("an end from during the outage wins over a node that puts the session back", async () => {
    const cluster = await open();
    const [a, b, c] = await nodes(cluster);
    const session = await added(a);
    await b.store.peek(session.id);
    cluster.cut();
    await a.store.remove(session.id, "removed");
    await cluster.reset();
    cluster.heal();
    expect(await toldEnd(b, session.id, 30_000)).toBe("removed");
    await waitFor("nobody finds it", async () => (await c.store.peek(session.id)) === undefined, 30_000);
    expect(await (await cluster.node()).store.peek(session.id)).toBeUndefined();
    expect(a.ends).toEqual([[session.id, "removed"]]);
    expect(b.ends).toEqual([[session.id, "removed"]]);
  }, 90_000);

  test("right after members came back an unknown session is a fault, later it is unknown", async () => {
    const cluster = await open();
    const node = await cluster.node({ settleMs: 4_000 });
    await expect(node.store.peek(newHexId())).rejects.toMatchObject(unreachable);
    await cluster.pass(4_000);
    expect(await node.store.peek(newHexId())).toBeUndefined();
  });
}
