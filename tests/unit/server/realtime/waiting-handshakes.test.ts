/** How long a handshake waits for a source that fails, in virtual time. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import type { SessionRequest, Verdict } from "../../../../auth/index.ts";
import { createWaitingHandshakes } from "../../../../server/realtime/waiting-handshakes.ts";
import { exampleSession, exampleUser } from "../../../support/example-session.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const request: SessionRequest = {
  sessionId: "0".repeat(32),
  cookies: {},
  headers: {},
  address: "192.0.2.1",
  path: "/socket.io/",
  purpose: "socket",
};
const valid: Verdict = { ok: true, session: exampleSession(), user: exampleUser() };
const unreachable = (silentForMs?: number): Verdict => ({
  ok: false,
  reason: "source-unreachable",
  ...(silentForMs === undefined ? {} : { silentForMs }),
});
const after = (ms: number, verdict: Verdict): Promise<Verdict> =>
  new Promise((resolve) => setTimeout(() => resolve(verdict), ms));

function rig(options: { readonly maxWaiting?: number } = {}) {
  const made = {
    open: true,
    asked: [] as number[],
    answer: (): Promise<Verdict> => Promise.resolve(unreachable(0)),
  };
  const waiting = createWaitingHandshakes({
    validate: () => {
      made.asked.push(performance.now() - startMs);
      return made.answer();
    },
    holdMs: () => 5_000,
    maxWaiting: () => options.maxWaiting ?? 100,
    isOpen: () => made.open,
    nowMs: () => performance.now(),
  });
  const startMs = performance.now();
  /** When it was answered, and how. */
  const outcomeOf = (res = new EventEmitter()): { atMs?: number; verdict?: Verdict } => {
    const outcome: { atMs?: number; verdict?: Verdict } = {};
    void waiting.validate(request, res).then((verdict) => {
      outcome.verdict = verdict;
      outcome.atMs = performance.now() - startMs;
    });
    return outcome;
  };
  return Object.assign(made, { waiting, outcomeOf });
}

test("a verdict is passed on at once", async () => {
  for (const verdict of [valid, { ok: false, reason: "session-unknown" } as const]) {
    const made = rig();
    made.answer = () => Promise.resolve(verdict);
    const outcome = made.outcomeOf();
    await jest.advanceTimersByTimeAsync(0);
    expect(outcome).toEqual({ verdict, atMs: 0 });
    expect(jest.getTimerCount()).toBe(0);
  }
});

test("a source that fails is asked again, with growing pauses, for five seconds at most", async () => {
  const made = rig();
  const outcome = made.outcomeOf();
  await jest.advanceTimersByTimeAsync(4_700);
  expect(outcome.verdict).toBeUndefined();
  await jest.advanceTimersByTimeAsync(300);
  expect(outcome.verdict).toMatchObject({ reason: "source-unreachable" });
  expect(outcome.atMs).toBeGreaterThan(4_700);
  expect(made.asked.slice(0, 5)).toEqual([0, 250, 750, 1_750, 2_750]);
  expect(made.asked.length).toBeLessThan(12);
  expect([made.waiting.size, jest.getTimerCount()]).toEqual([0, 0]);
});

test("a source that comes back meanwhile admits the handshake", async () => {
  const made = rig();
  const outcome = made.outcomeOf();
  await jest.advanceTimersByTimeAsync(2_000);
  made.answer = () => Promise.resolve(valid);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(outcome.verdict).toEqual(valid);
  expect(jest.getTimerCount()).toBe(0);
});

describe("the five seconds", () => {
  test("begin when the source begins to be silent", async () => {
    const made = rig();
    made.answer = () => after(3_000, unreachable(3_000));
    const outcome = made.outcomeOf();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(outcome.atMs).toBeLessThanOrEqual(5_000);
    expect(outcome.verdict).toMatchObject({ reason: "source-unreachable" });
    await jest.advanceTimersByTimeAsync(5_000); // the answer that nobody waited for
  });

  test("do not count the waiting for a turn", async () => {
    const made = rig();
    made.answer = () => after(6_000, unreachable(0));
    const outcome = made.outcomeOf();
    await jest.advanceTimersByTimeAsync(6_000);
    made.answer = () => Promise.resolve(valid);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(outcome.verdict).toEqual(valid);
  });

  test("count all the time of a source that does not tell", async () => {
    const made = rig();
    made.answer = () => after(4_900, unreachable());
    const outcome = made.outcomeOf();
    await jest.advanceTimersByTimeAsync(4_900);
    expect(outcome.atMs).toBe(4_900);
  });

  test("do not begin before the handshake came", async () => {
    const made = rig();
    made.answer = () => Promise.resolve(unreachable(60_000));
    const outcome = made.outcomeOf();
    await jest.advanceTimersByTimeAsync(4_000);
    expect(outcome.verdict).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(outcome.verdict).toMatchObject({ reason: "source-unreachable" });
  });
});

test("beyond the bound a handshake is refused at once, and one that is over makes room", async () => {
  const made = rig({ maxWaiting: 2 });
  const [first] = [made.outcomeOf(), made.outcomeOf()];
  const refused = made.outcomeOf();
  await jest.advanceTimersByTimeAsync(0);
  expect([refused.verdict, made.waiting.size]).toEqual([{ ok: false, reason: "source-unreachable" }, 2]);
  await jest.advanceTimersByTimeAsync(5_000);
  expect([first.verdict === undefined, made.waiting.size]).toEqual([false, 0]);
});

test("a client that leaves frees its place at once", async () => {
  const made = rig();
  const res = new EventEmitter();
  made.outcomeOf(res);
  await jest.advanceTimersByTimeAsync(600);
  expect(made.waiting.size).toBe(1);
  res.emit("close");
  await jest.advanceTimersByTimeAsync(0);
  expect([made.waiting.size, res.listenerCount("close"), jest.getTimerCount()]).toEqual([0, 0, 0]);
  const asked = made.asked.length;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(made.asked.length).toBe(asked);
});

test("a node that takes no more sockets lets all of them go at once", async () => {
  const made = rig();
  const outcomes = [made.outcomeOf(), made.outcomeOf()];
  await jest.advanceTimersByTimeAsync(300);
  made.open = false;
  made.waiting.release();
  await jest.advanceTimersByTimeAsync(0);
  expect(outcomes.map(({ atMs }) => atMs)).toEqual([300, 300]);
  expect([made.waiting.size, jest.getTimerCount()]).toEqual([0, 0]);
});

test("a source that never answers keeps no place of a client that left", async () => {
  const made = rig();
  made.answer = () => new Promise(() => undefined);
  const res = new EventEmitter();
  const outcome = made.outcomeOf(res);
  await jest.advanceTimersByTimeAsync(100);
  res.emit("close");
  await jest.advanceTimersByTimeAsync(0);
  expect([outcome.atMs, made.waiting.size]).toEqual([100, 0]);
});
