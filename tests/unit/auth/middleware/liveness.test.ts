/** Which sessions are asked about, and when, in virtual time. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createLiveness } from "../../../../auth/middleware/liveness.ts";
import type { Liveness } from "../../../../auth/middleware/liveness.ts";
import type { Session, SocketsEnd } from "../../../../auth/index.ts";
import { exampleSession } from "../../../support/example-session.ts";

const periodMs = 60_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

interface Rig {
  readonly liveness: Liveness;
  readonly asked: { readonly id: string; readonly atMs: number }[];
  readonly ended: (readonly [string, SocketsEnd])[];
  readonly faults: unknown[];
  answer: (session: Session) => Promise<SocketsEnd | undefined>;
}

function rig(): Rig {
  const faults: unknown[] = [];
  const asked: Rig["asked"] = [];
  const ended: Rig["ended"] = [];
  const made: Rig = {
    asked,
    ended,
    faults,
    answer: () => Promise.resolve(undefined),
    liveness: createLiveness({
      ask: (session) => {
        asked.push({ id: session.id, atMs: performance.now() });
        return made.answer(session);
      },
      periodMs: () => periodMs,
      nowMs: () => performance.now(),
      onEnded: ({ id }, end) => ended.push([id, end]),
      onFault: (fault) => faults.push(fault),
    }),
  };
  made.liveness.start();
  return made;
}

const followMany = (liveness: Liveness, count: number): readonly Session[] => {
  const sessions = Array.from({ length: count }, () => exampleSession());
  for (const session of sessions) liveness.follow(session);
  return sessions;
};

test("a thousand sessions that came at once are asked about evenly over the period", async () => {
  const { liveness, asked } = rig();
  followMany(liveness, 1_000);
  for (let second = 0; second < 58; second++) {
    const before = asked.length;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(asked.length - before).toBeGreaterThan(14);
    expect(asked.length - before).toBeLessThan(20);
  }
  liveness.stop();
});

test("each session is asked about once in each period, never later", async () => {
  const { liveness, asked } = rig();
  const startMs = performance.now();
  const sessions = followMany(liveness, 97);
  await jest.advanceTimersByTimeAsync(10 * periodMs);
  for (const { id } of sessions) {
    const times = [startMs, ...asked.filter((one) => one.id === id).map(({ atMs }) => atMs)];
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(periodMs);
    expect(Math.min(...gaps.slice(1))).toBeGreaterThan(periodMs * 0.9);
  }
  liveness.stop();
});

test("neither sessions that leave nor ones that come make another one wait longer", async () => {
  const { liveness, asked } = rig();
  const [kept] = followMany(liveness, 1);
  for (let step = 0; step < 60; step++) {
    const leave = Array.from({ length: 50 }, () => liveness.follow(exampleSession()));
    await jest.advanceTimersByTimeAsync(5_000);
    for (const unfollow of leave) unfollow();
  }
  const times = asked.filter(({ id }) => id === kept?.id).map(({ atMs }) => atMs);
  expect(times.length).toBeGreaterThanOrEqual(5);
  expect(Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)))).toBeLessThanOrEqual(periodMs);
  liveness.stop();
});

test("several sockets of a session are one question, and the last one to close ends the asking", async () => {
  const { liveness, asked } = rig();
  const session = exampleSession();
  const ends = [session, { ...session }, { ...session }].map((one) => liveness.follow(one));
  await jest.advanceTimersByTimeAsync(periodMs);
  expect(asked.length).toBe(1);
  for (const end of ends) end();
  await jest.advanceTimersByTimeAsync(2 * periodMs);
  expect(asked.length).toBe(1);
  liveness.stop();
});

test("an end is told once, and the session is not asked about any more", async () => {
  const made = rig();
  const [gone, disabled] = followMany(made.liveness, 3);
  made.answer = ({ id }) =>
    Promise.resolve(id === gone?.id ? "removed" : id === disabled?.id ? "websockets-disabled" : undefined);
  await jest.advanceTimersByTimeAsync(5 * periodMs);
  expect(made.ended).toEqual([
    [gone?.id, "removed"],
    [disabled?.id, "websockets-disabled"],
  ]);
  expect(made.asked.filter(({ id }) => id === gone?.id).length).toBe(1);
  made.liveness.stop();
});

test("a session that comes back after its end is followed anew", async () => {
  const made = rig();
  const session = exampleSession();
  const first = made.liveness.follow(session);
  made.answer = () => Promise.resolve("removed");
  await jest.advanceTimersByTimeAsync(periodMs);
  made.liveness.follow(session);
  first(); // the close of the ended socket comes late
  await jest.advanceTimersByTimeAsync(periodMs);
  expect(made.ended.length).toBe(2);
  made.liveness.stop();
});

test("a question that fails ends nothing, and is asked again in the next period", async () => {
  const made = rig();
  followMany(made.liveness, 1);
  made.answer = () => Promise.reject(new Error("away"));
  await jest.advanceTimersByTimeAsync(3 * periodMs);
  expect(made.ended).toEqual([]);
  expect(made.faults.length).toBe(3);
  made.liveness.stop();
});

test("an answer that takes longer than a period keeps the session from being asked about twice at once", async () => {
  const made = rig();
  let answer: () => void = () => undefined;
  made.answer = () => new Promise((resolve) => (answer = () => resolve(undefined)));
  followMany(made.liveness, 1);
  await jest.advanceTimersByTimeAsync(3 * periodMs);
  expect(made.asked.length).toBe(1);
  answer();
  await jest.advanceTimersByTimeAsync(periodMs);
  expect(made.asked.length).toBe(2);
  made.liveness.stop();
});

test("questions without an answer are eight at most; all others wait", async () => {
  const made = rig();
  const waiting: (() => void)[] = [];
  made.answer = () => new Promise((resolve) => waiting.push(() => resolve(undefined)));
  followMany(made.liveness, 100);
  await jest.advanceTimersByTimeAsync(3 * periodMs);
  expect(made.asked.length).toBe(8);
  made.answer = () => Promise.resolve(undefined);
  for (const answer of waiting) answer();
  await jest.advanceTimersByTimeAsync(periodMs);
  expect(new Set(made.asked.map(({ id }) => id)).size).toBe(100);
  made.liveness.stop();
});

test("an answer that comes when the last socket has closed ends nothing", async () => {
  const made = rig();
  let answer: () => void = () => undefined;
  made.answer = () => new Promise((resolve) => (answer = () => resolve("removed")));
  const unfollow = made.liveness.follow(exampleSession());
  await jest.advanceTimersByTimeAsync(periodMs);
  unfollow();
  answer();
  await jest.advanceTimersByTimeAsync(0);
  expect(made.ended).toEqual([]);
  made.liveness.stop();
});
