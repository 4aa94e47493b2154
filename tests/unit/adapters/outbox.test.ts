import { expect, test } from "@jest/globals";
import type { Clock } from "../../../adapters/clock.ts";
import { HEADER_BYTES, readHeader, VOLATILE, writeHeader } from "../../../adapters/frames.ts";
import type { Ring } from "../../../adapters/link.ts";
import { Outbox } from "../../../adapters/outbox.ts";
import { OutboxBudget } from "../../../adapters/outbox-budget.ts";
import { newCounters } from "../../../adapters/stats.ts";

/** A ring whose writes are answered by the test, and a clock that the test moves. */
function bench({ capacity = 100, itemBytes = HEADER_BYTES + 60, budgetBytes = 1_000, senders = 1 } = {}) {
  const writes: { items: Buffer[]; resolve: (sequence: number) => void; reject: (error: Error) => void }[] = [];
  let timers: { dueMs: number; task: () => void }[] = [];
  let nowMs = 0;
  const never = (): Promise<never> => new Promise(() => undefined);
  const ring: Ring = {
    capacity: never,
    head: never,
    tail: never,
    read: never,
    destroy: never,
    add: (items) =>
      new Promise((resolve, reject) => {
        writes.push({ items: items.map((item) => Buffer.from(item)), resolve, reject });
      }),
  };
  const clock: Clock = {
    now: () => nowMs,
    soon: (task) => task(),
    after: (ms, task) => {
      const timer = { dueMs: nowMs + ms, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const counters = newCounters();
  const budget = new OutboxBudget(budgetBytes);
  const create = (): Outbox =>
    new Outbox({
      ring,
      clock,
      budget,
      counters,
      epoch: 1,
      limits: () => ({ capacity, itemBytes, senders }),
      seal: (into, own) => {
        const mark = { epoch: 0, number: 0 };
        writeHeader(into, { ...own, role: "server", sender: "00".repeat(8), applied: mark, inbox: mark });
      },
    });
  return {
    outbox: create(),
    create,
    writes,
    counters,
    budget,
    answer: async (sequence: number) => {
      writes.at(-1)?.resolve(sequence);
      await Promise.resolve().then(() => undefined);
    },
    pass: (ms: number) => {
      nowMs += ms;
      const due = timers.filter((timer) => timer.dueMs <= nowMs);
      timers = timers.filter((timer) => timer.dueMs > nowMs);
      for (const { task } of due) task();
    },
  };
}

const message = (bytes: number, flags = 0): Buffer => {
  const whole = Buffer.alloc(6 + bytes);
  whole[1] = flags;
  whole.writeUInt32BE(bytes, 2);
  return whole;
};

const numbers = (items: readonly Buffer[]): number[][] =>
  items.map((item) => {
    const { first, span } = readHeader(item);
    return [first, span];
  });

test("what is sent while a write is under way goes out together with the next one", async () => {
  const { outbox, writes, answer } = bench();
  outbox.append(message(4), false, false);
  outbox.pump();
  for (let i = 0; i < 5; i++) outbox.append(message(4), false, false);
  outbox.pump();
  expect(writes).toHaveLength(1);
  await answer(0);
  expect(writes.map(({ items }) => numbers(items))).toEqual([[[1, 1]], [[2, 5]]]);
});

test("items are not packed beyond their size, and a bigger message goes alone", async () => {
  const { outbox, writes } = bench();
  for (const bytes of [20, 20, 20, 200, 4]) outbox.append(message(bytes), false, false);
  outbox.pump();
  await Promise.resolve();
  expect(numbers(writes[0]?.items ?? [])).toEqual([
    [1, 2],
    [3, 1],
    [4, 1],
    [5, 1],
  ]);
});

test("a failed write is repeated with the same numbers, and so is one that does not answer", async () => {
  const { outbox, writes, pass, answer, counters } = bench();
  outbox.append(message(4), false, false);
  outbox.pump();
  writes[0]?.reject(new Error("the connection died"));
  await Promise.resolve().then(() => undefined);
  pass(100);
  expect(writes).toHaveLength(2);
  pass(5_000);
  expect(writes).toHaveLength(3);
  await answer(7);
  expect(new Set(writes.map(({ items }) => numbers(items).join()))).toEqual(new Set(["1,1"]));
  expect(counters.writeRetries).toBe(1);
  expect(outbox.pending).toBe(0);
});

test("a receiver that has not read is not written to beyond the window, and is again when it has", async () => {
  const { outbox, writes, answer } = bench({ capacity: 10 });
  outbox.progress({ epoch: 1, number: 0 });
  for (let sequence = 0; sequence < 7; sequence++) {
    outbox.append(message(4), false, false);
    outbox.pump();
    await answer(sequence);
  }
  outbox.append(message(4), false, false);
  outbox.pump();
  expect(writes).toHaveLength(7);
  outbox.progress({ epoch: 1, number: 3 });
  expect(writes).toHaveLength(8);
  await answer(7);
  expect(numbers(writes.at(-1)?.items ?? [])).toEqual([[8, 1]]);
});

test("many senders share what the window leaves", () => {
  const { outbox, writes } = bench({ capacity: 100, senders: 10, budgetBytes: 100_000 });
  for (let i = 0; i < 50; i++) outbox.append(message(50), false, false);
  outbox.pump();
  expect(writes[0]?.items).toHaveLength(3);
});

test("a report goes out without messages and uses no number up, also past a full window", async () => {
  const { outbox, writes, answer } = bench({ capacity: 1 });
  outbox.append(message(4), false, false);
  outbox.pump();
  await answer(0);
  outbox.append(message(4), false, false);
  outbox.wantControl();
  outbox.pump();
  expect(numbers(writes.at(-1)?.items ?? [])).toEqual([[2, 0]]);
});

test("when the budget is used up volatile messages go first, and their numbers show no gap", () => {
  const { outbox, writes, counters } = bench({ budgetBytes: 100 });
  outbox.append(message(14, VOLATILE), true, false);
  outbox.append(message(34), false, false);
  outbox.append(message(14, VOLATILE), true, false);
  outbox.append(message(34), false, false);
  expect(counters).toMatchObject({ droppedVolatile: 2, droppedOverflow: 0 });
  outbox.pump();
  expect(numbers(writes[0]?.items ?? [])).toEqual([
    [1, 2],
    [3, 2],
  ]);
});

test("then the oldest go, which the receiver sees by the jump", () => {
  const { outbox, writes, counters } = bench({ budgetBytes: 100 });
  for (let i = 0; i < 4; i++) outbox.append(message(34), false, false);
  expect(counters.droppedOverflow).toBe(2);
  outbox.pump();
  expect(numbers(writes[0]?.items ?? [])).toEqual([
    [3, 1],
    [4, 1],
  ]);
});

test("the destination that has most pays for the others, and a giant that cannot fit is dropped itself", () => {
  const { outbox, create, counters, budget } = bench({ budgetBytes: 200 });
  const other = create();
  for (let i = 0; i < 4; i++) outbox.append(message(34), false, false);
  for (let i = 0; i < 2; i++) other.append(message(34), false, false);
  expect([outbox.waitingBytes, other.waitingBytes]).toEqual([120, 80]);
  other.append(message(500), false, false);
  expect(counters.droppedOverflow).toBeGreaterThanOrEqual(2);
  expect(budget.usedBytes).toBeLessThanOrEqual(200);
});

test("what could never fit is counted as dropped, and its number as a gap for the receiver", () => {
  const { outbox, writes, counters } = bench({ budgetBytes: 100 });
  outbox.append(message(500), false, false);
  outbox.append(message(500, VOLATILE), true, false);
  expect(counters).toMatchObject({ sent: 2, droppedOverflow: 1, droppedVolatile: 1 });
  outbox.append(message(4), false, false);
  outbox.pump();
  expect(numbers(writes[0]?.items ?? [])).toEqual([[3, 1]]);
});

test("closing drops what waits, counts it, gives its bytes back and lets everybody go", () => {
  const { outbox, counters, budget } = bench();
  const let_go: string[] = [];
  const number = outbox.append(message(4), false, true);
  outbox.whenConfirmed(number, () => let_go.push("confirmation"));
  outbox.whenWritten(number, () => let_go.push("write"));
  outbox.pump();
  outbox.close();
  outbox.whenConfirmed(number, () => let_go.push("late"));
  expect(let_go).toEqual(["confirmation", "write", "late"]);
  expect(counters.droppedDead).toBe(1);
  expect(budget.usedBytes).toBe(0);
});
