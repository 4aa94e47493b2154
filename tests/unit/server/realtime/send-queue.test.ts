import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSendQueue } from "../../../../server/realtime/send-queue.ts";
import type { SendQueue } from "../../../../server/realtime/send-queue.ts";

interface Rig {
  readonly queue: SendQueue;
  /** Adds bytes; what is returned lets them leave. */
  readonly add: (bytes: number) => () => void;
  /** What became of each addition, in the order in which it was told. */
  readonly told: readonly (readonly [bytes: number, written: boolean])[];
  readonly pass: (ms: number) => void;
  /** Bytes left the process without any addition being complete. */
  readonly progress: () => unknown;
}

function rig(): Rig {
  let nowMs = 1_000;
  let progress = 0;
  const queue = createSendQueue(
    () => nowMs,
    () => progress,
  );
  const told: (readonly [number, boolean])[] = [];
  return {
    queue,
    told,
    add: (bytes) => {
      let leave = (): void => undefined;
      queue.add(
        bytes,
        (left) => (leave = left),
        (written) => told.push([bytes, written]),
      );
      return () => leave();
    },
    pass: (ms) => void (nowMs += ms),
    progress: () => ++progress,
  };
}

test("an empty queue holds nothing and is never stuck", () => {
  const { queue, pass } = rig();
  pass(100_000);
  expect({ bytes: queue.bytes, stuckMs: queue.stuckMs() }).toEqual({ bytes: 0, stuckMs: 0 });
});

test("bytes wait until they left, and only then are they told to be written", () => {
  const { queue, add, told } = rig();
  const leave = add(100);
  add(20);
  expect(queue.bytes).toBe(120);
  expect(told).toEqual([]);
  leave();
  expect(queue.bytes).toBe(20);
  expect(told).toEqual([[100, true]]);
});

test("bytes that leave while they are added are written", () => {
  const { queue } = rig();
  const told: boolean[] = [];
  queue.add(
    10,
    (left) => left(),
    (written) => told.push(written),
  );
  expect(told).toEqual([true]);
  expect(queue.bytes).toBe(0);
});

test("what waits when the socket ends is lost, and nothing is told twice", () => {
  const { queue, add, told } = rig();
  const leave = [add(1), add(2), add(3)];
  leave[0]?.();
  queue.end();
  expect(told).toEqual([
    [1, true],
    [2, false],
    [3, false],
  ]);
  for (const late of leave) late();
  queue.end();
  expect(told).toHaveLength(3);
  expect({ bytes: queue.bytes, stuckMs: queue.stuckMs() }).toEqual({ bytes: 0, stuckMs: 0 });
});

test("what is added after the end is lost at once and never handed on", () => {
  const { queue } = rig();
  queue.end();
  const told: boolean[] = [];
  let handedOn = false;
  queue.add(
    5,
    () => (handedOn = true),
    (written) => told.push(written),
  );
  expect({ told, handedOn, bytes: queue.bytes }).toEqual({ told: [false], handedOn: false, bytes: 0 });
});

test("a queue that is added to while it ends tells that addition too", () => {
  const { queue } = rig();
  const told: string[] = [];
  queue.add(
    1,
    () => undefined,
    () =>
      queue.add(
        1,
        () => undefined,
        (written) => told.push(`second: ${written}`),
      ),
  );
  queue.end();
  expect(told).toEqual(["second: false"]);
  expect(queue.bytes).toBe(0);
});

test("waiting bytes are stuck from when they came, however long the queue was empty before", () => {
  const { queue, add, pass } = rig();
  pass(60_000);
  add(10);
  expect(queue.stuckMs()).toBe(0);
  pass(700);
  expect(queue.stuckMs()).toBe(700);
});

test("more bytes behind those that do not move make them no less stuck", () => {
  const { queue, add, pass } = rig();
  add(10);
  pass(700);
  add(10);
  expect(queue.stuckMs()).toBe(700);
});

test("each addition that leaves begins the time anew for those behind it", () => {
  const { queue, add, pass } = rig();
  const leave = add(10);
  add(10);
  pass(700);
  leave();
  expect(queue.stuckMs()).toBe(0);
  pass(50);
  expect(queue.stuckMs()).toBe(50);
});

test("a reader that takes a little of a large addition is slow, not stuck", () => {
  const { queue, add, pass, progress } = rig();
  add(1_000_000);
  for (let i = 0; i < 5; i++) {
    pass(900);
    progress();
    expect(queue.stuckMs()).toBe(0);
  }
  pass(900);
  expect(queue.stuckMs()).toBe(900);
});

test("progress of before the first waiting byte does not count for it", () => {
  const { queue, add, pass, progress } = rig();
  progress();
  add(10);
  pass(300);
  expect(queue.stuckMs()).toBe(300);
});

test("in whatever order bytes leave, the sum is right and each addition is told exactly once", () => {
  const plan = fc.array(fc.record({ bytes: fc.nat({ max: 1_000 }), leaves: fc.boolean() }), { maxLength: 40 });
  fc.assert(
    fc.property(plan, fc.nat(), (additions, seed) => {
      const { queue, add, told } = rig();
      const leave = additions.map(({ bytes, leaves }) => ({ leaves, bytes, go: add(bytes) }));
      const turned = [...leave.slice(seed % (leave.length + 1)), ...leave.slice(0, seed % (leave.length + 1))];
      for (const { leaves, go } of turned) if (leaves) go();
      const waiting = leave.filter(({ leaves }) => !leaves);
      expect(queue.bytes).toBe(waiting.reduce((sum, { bytes }) => sum + bytes, 0));
      queue.end();
      expect(told.filter(([, written]) => !written)).toHaveLength(waiting.length);
      expect(told).toHaveLength(additions.length);
    }),
  );
});
