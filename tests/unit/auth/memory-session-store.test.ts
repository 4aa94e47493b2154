import { expect, jest, test } from "@jest/globals";
import { createMemorySessionStore, type MemorySessionStore } from "../../../auth/index.ts";
import { exampleSession } from "../../support/example-session.ts";

const limits = {
  maxSessions: 10,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 1_000,
  longLifeMs: 5_000,
};

function open(clock: { nowMs: number }, onFault: (fault: unknown) => void = () => undefined): MemorySessionStore {
  return createMemorySessionStore({ nowMs: () => clock.nowMs, limits: () => limits, sweepPeriodMs: 1, onFault });
}

test("a session ends at the very millisecond its idle time is over", async () => {
  const clock = { nowMs: 0 };
  const store = open(clock);
  const session = exampleSession();
  await store.add(session);
  clock.nowMs = 999;
  expect(await store.peek(session.id)).toEqual(session);
  clock.nowMs = 1_000;
  expect(await store.peek(session.id)).toBeUndefined();
});

test("a listener that ends another session in the same sweep makes nobody hear its end twice", async () => {
  const clock = { nowMs: 0 };
  const store = open(clock);
  const ended: string[] = [];
  const [first, second] = [exampleSession(), exampleSession()];
  await store.add(first);
  await store.add(second);
  store.onRemoved(({ id }) => {
    ended.push(id);
    void store.remove(second.id, "removed");
  });
  clock.nowMs = 1_000;
  await store.ofUser(1, 3);
  expect(ended).toEqual([first.id, second.id]);
});

test("what a listener throws is reported", async () => {
  const faults: unknown[] = [];
  const store = open({ nowMs: 0 }, (fault) => faults.push(fault));
  const fault = new Error("made to fail");
  store.onRemoved(() => {
    throw fault;
  });
  const session = exampleSession();
  await store.add(session);
  await store.remove(session.id, "logout");
  expect(faults).toEqual([fault]);
});

test("a started store ends what has expired by itself; started twice, one stop ends it", async () => {
  jest.useFakeTimers();
  try {
    const clock = { nowMs: 0 };
    const store = open(clock);
    await store.add(exampleSession());
    const ends: string[] = [];
    store.onRemoved((_session, end) => ends.push(end));
    clock.nowMs = 1_000;
    store.start();
    store.start();
    jest.advanceTimersByTime(1);
    expect(ends).toEqual(["expired"]);
    store.stop();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
