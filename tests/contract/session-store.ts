/**
 * What every session store does, whatever keeps its sessions. Call it with a way to open one; `pass` lets time go by,
 * on a clock handed in or for real.
 */

import { describe, expect, test } from "@jest/globals";
import type { Session, SessionEnd, SessionStore, SessionStoreLimits } from "../../auth/index.ts";
import { exampleSession, newHexId } from "../support/example-session.ts";

export interface OpenedStore {
  readonly store: SessionStore;
  readonly pass: (ms: number) => Promise<void>;
}

/** Opens an empty store with these limits and registers its own clean-up. */
export type OpenStore = (limits: SessionStoreLimits) => Promise<OpenedStore>;

const limits: SessionStoreLimits = {
  maxSessions: 10,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 2_000,
  longLifeMs: 6_000,
};

/** Ends are told in the order they happen; `next` waits for the next one, the test's own time limit ends the wait. */
function endsOf(store: SessionStore): { readonly seen: [string, SessionEnd][]; next(): Promise<void> } {
  const seen: [string, SessionEnd][] = [];
  let wake = (): void => undefined;
  let read = 0;
  store.onRemoved((session, end) => {
    seen.push([session.id, end]);
    wake();
  });
  const next = async (): Promise<void> => {
    while (seen.length <= read) await new Promise<void>((resolve) => (wake = resolve));
    read += 1;
  };
  return { seen, next };
}

export function sessionStoreContract(name: string, open: OpenStore): void {
  describe(`sessions kept in ${name}`, () => {
    const added = async (store: SessionStore, changes: Partial<Session> = {}): Promise<Session> => {
      const session = exampleSession(changes);
      expect(await store.add(session)).toBeUndefined();
      return session;
    };
    lives(open, added);
    changes(open, added);
    bounds(open, added);
    removals(open, added);
  });
}

type Add = (store: SessionStore, changes?: Partial<Session>) => Promise<Session>;

function lives(open: OpenStore, added: Add): void {
  test("a session that was added is found with all its fields", async () => {
    const { store } = await open(limits);
    const session = await added(store, { restricted: "mail", multifactor: true });
    expect(await store.peek(session.id)).toEqual(session);
    expect(await store.touch(session.id)).toEqual(session);
  });

  test("an unknown id finds nothing", async () => {
    const { store } = await open(limits);
    await added(store);
    expect(await store.peek(newHexId())).toBeUndefined();
    expect(await store.touch(newHexId())).toBeUndefined();
  });

  test("a session dies after its short life without a touch", async () => {
    const { store, pass } = await open(limits);
    const session = await added(store);
    await pass(limits.shortLifeMs - 1_000);
    expect(await store.peek(session.id)).toEqual(session);
    await pass(2_000);
    expect(await store.peek(session.id)).toBeUndefined();
  });

  test("a touch begins the idle time anew, a peek does not", async () => {
    const { store, pass } = await open(limits);
    const touched = await added(store);
    const peeked = await added(store);
    await pass(limits.shortLifeMs - 1_000);
    await store.touch(touched.id);
    await store.peek(peeked.id);
    await pass(1_500);
    expect(await store.peek(touched.id)).toEqual(touched);
    expect(await store.peek(peeked.id)).toBeUndefined();
  });

  test("a touch does not wake a session whose time is over", async () => {
    const { store, pass } = await open(limits);
    const session = await added(store);
    await pass(limits.shortLifeMs + 1_000);
    expect(await store.touch(session.id)).toBeUndefined();
  });

  test("a stay-signed-in session rests until its long life is over", async () => {
    const { store, pass } = await open(limits);
    const session = await added(store, { staySignedIn: true });
    await pass(limits.longLifeMs - 2_000);
    expect(await store.touch(session.id)).toEqual(session);
    await pass(limits.longLifeMs - 2_000);
    expect(await store.peek(session.id)).toEqual(session);
    await pass(3_000);
    expect(await store.peek(session.id)).toBeUndefined();
  });
}

function changes(open: OpenStore, added: Add): void {
  test("an update changes the named fields and leaves the others", async () => {
    const { store } = await open(limits);
    const session = await added(store);
    const changed = { ...session, localIp: "192.0.2.77", multifactorAuthenticated: true };
    expect(await store.update(session.id, { localIp: "192.0.2.77", multifactorAuthenticated: true })).toEqual(changed);
    expect(await store.peek(session.id)).toEqual(changed);
    expect(await store.ofUser(1, 3)).toEqual([changed]);
  });

  test("an update does not extend a session's life", async () => {
    const { store, pass } = await open(limits);
    const session = await added(store);
    await pass(limits.shortLifeMs - 1_000);
    await store.update(session.id, { localIp: "192.0.2.77" });
    await pass(1_500);
    expect(await store.peek(session.id)).toBeUndefined();
  });

  test("a session that is gone cannot be updated", async () => {
    const { store } = await open(limits);
    const session = await added(store);
    await store.remove(session.id, "logout");
    expect(await store.update(session.id, { localIp: "192.0.2.77" })).toBeUndefined();
    expect(await store.peek(session.id)).toBeUndefined();
  });

  test("a user's sessions are those of this user in this context", async () => {
    const { store } = await open(limits);
    const mine = [await added(store), await added(store)];
    const namesake = await added(store, { contextId: 2 });
    const other = await added(store, { userId: 4 });
    const ids = (sessions: readonly Session[]): readonly string[] => sessions.map(({ id }) => id).sort();
    expect(ids(await store.ofUser(1, 3))).toEqual(ids(mine));
    expect(ids(await store.ofContext(1))).toEqual(ids([...mine, other]));
    expect(ids(await store.ofContext(2))).toEqual([namesake.id]);
    expect(await store.ofUser(7, 7)).toEqual([]);
    expect(await store.ofContext(7)).toEqual([]);
  });
}

function bounds(open: OpenStore, added: Add): void {
  test.each([
    { name: "in all", limit: { maxSessions: 2 }, refusal: "limit-total", other: { userId: 4, client: "another" } },
    { name: "of one user", limit: { maxSessionsPerUser: 2 }, refusal: "limit-user", other: { client: "another" } },
    { name: "of one client of a user", limit: { maxSessionsPerClient: 2 }, refusal: "limit-client", other: {} },
  ])("no more sessions $name are taken than the limit allows", async ({ limit, refusal, other }) => {
    const { store } = await open({ ...limits, ...limit });
    await added(store);
    const second = await added(store);
    const third = exampleSession(other);
    expect(await store.add(third)).toBe(refusal);
    expect(await store.peek(third.id)).toBeUndefined();
    await store.remove(second.id, "logout");
    expect(await store.add(third)).toBeUndefined();
  });

  test("limits of one user leave other users and contexts alone", async () => {
    const { store } = await open({ ...limits, maxSessionsPerUser: 1, maxSessionsPerClient: 1 });
    await added(store);
    await added(store, { userId: 4 });
    await added(store, { contextId: 2 });
  });

  test("sessions whose time is over take no room", async () => {
    const { store, pass } = await open({ ...limits, maxSessions: 3, maxSessionsPerUser: 2 });
    await added(store);
    await added(store, { userId: 4 });
    const stays = await added(store, { staySignedIn: true });
    await pass(limits.shortLifeMs + 1_000);
    await added(store);
    await added(store, { userId: 5 });
    expect(await store.peek(stays.id)).toEqual(stays);
    expect(await store.add(exampleSession({ userId: 6 }))).toBe("limit-total");
  });

  test("an authId is taken only while a session that has it lives", async () => {
    const { store, pass } = await open(limits);
    const first = await added(store);
    expect(await store.add(exampleSession({ authId: first.authId }))).toBe("duplicate-auth-id");
    await store.remove(first.id, "logout");
    await added(store, { authId: first.authId });
    await pass(limits.shortLifeMs + 1_000);
    await added(store, { authId: first.authId });
  });
}

function removals(open: OpenStore, added: Add): void {
  test("a removed session is gone and its end is told once, with the reason", async () => {
    const { store } = await open(limits);
    const ends = endsOf(store);
    const session = await added(store);
    expect(await store.remove(session.id, "logout")).toBe(true);
    expect(await store.remove(session.id, "removed")).toBe(false);
    await ends.next();
    expect(await store.peek(session.id)).toBeUndefined();
    expect(await store.ofUser(1, 3)).toEqual([]);
    const last = await added(store);
    await store.remove(last.id, "password-changed");
    await ends.next();
    expect(ends.seen).toEqual([
      [session.id, "logout"],
      [last.id, "password-changed"],
    ]);
  });

  test("the end of an expired session is told although nobody asks for it", async () => {
    const { store, pass } = await open(limits);
    const ends = endsOf(store);
    const session = await added(store);
    const stays = await added(store, { staySignedIn: true });
    await pass(limits.shortLifeMs + 1_000);
    await ends.next();
    expect(ends.seen).toEqual([[session.id, "expired"]]);
    expect(await store.peek(stays.id)).toEqual(stays);
  });

  test("the end is told once when many ask for an expired session at the same time", async () => {
    const { store, pass } = await open(limits);
    const ends = endsOf(store);
    const session = await added(store);
    await pass(limits.shortLifeMs + 1_000);
    await Promise.all([store.peek(session.id), store.touch(session.id), store.ofUser(1, 3), store.ofContext(1)]);
    await ends.next();
    const last = await added(store);
    await store.remove(last.id, "removed");
    await ends.next();
    expect(ends.seen).toEqual([
      [session.id, "expired"],
      [last.id, "removed"],
    ]);
  });

  test("a listener that was taken off hears nothing more", async () => {
    const { store } = await open(limits);
    const heard: string[] = [];
    const takeOff = store.onRemoved(({ id }) => void heard.push(id));
    takeOff();
    const ends = endsOf(store);
    const session = await added(store);
    await store.remove(session.id, "logout");
    await ends.next();
    expect(heard).toEqual([]);
  });

  test("a listener that throws keeps no other from hearing", async () => {
    const { store } = await open(limits);
    store.onRemoved(() => {
      throw new Error("made to fail");
    });
    const ends = endsOf(store);
    const session = await added(store);
    expect(await store.remove(session.id, "logout")).toBe(true);
    await ends.next();
    expect(ends.seen).toEqual([[session.id, "logout"]]);
  });
}
