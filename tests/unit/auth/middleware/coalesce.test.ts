import { expect, test } from "@jest/globals";
import { createCoalescer } from "../../../../auth/middleware/coalesce.ts";

function rig(keepMs = 0) {
  const clock = { nowMs: 0 };
  const count = { asked: 0, shared: 0 };
  const open: { readonly answer: (text: string) => void; readonly fail: (fault: Error) => void }[] = [];
  const coalesce = createCoalescer<string>({
    keepMs: (answer) => (answer.startsWith("good") ? keepMs : 0),
    nowMs: () => clock.nowMs,
    onShared: () => count.shared++,
  });
  const ask = (key: string): Promise<string> =>
    coalesce(key, () => {
      count.asked++;
      return new Promise((answer, fail) => open.push({ answer, fail }));
    });
  return { clock, count, open, ask };
}

test("a burst of equal questions is one question", async () => {
  const { ask, open, count } = rig();
  const all = Promise.all([ask("a"), ask("a"), ask("a"), ask("b")]);
  expect(open.length).toBe(2);
  open[0]?.answer("A");
  open[1]?.answer("B");
  expect(await all).toEqual(["A", "A", "A", "B"]);
  expect(count).toEqual({ asked: 2, shared: 2 });
});

test("a failure fails for all who wait, and is asked anew by the next one", async () => {
  const { ask, open } = rig(1_000);
  const both = Promise.allSettled([ask("a"), ask("a")]);
  open[0]?.fail(new Error("away"));
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const again = ask("a");
  open[1]?.answer("good");
  expect(await again).toBe("good");
});

test("a good answer serves for its time and not a millisecond longer; another one not at all", async () => {
  const { ask, open, clock, count } = rig(1_000);
  const first = ask("a");
  clock.nowMs = 400; // it counts from the answer
  open[0]?.answer("good");
  await first;
  clock.nowMs = 1_399;
  expect(await ask("a")).toBe("good");
  clock.nowMs = 1_400;
  const second = ask("a");
  open[1]?.answer("bad");
  await second;
  void ask("a");
  expect(count.asked).toBe(3);
});

test("being asked for does not make an answer live longer", async () => {
  const { ask, open, clock, count } = rig(1_000);
  const first = ask("a");
  open[0]?.answer("good");
  await first;
  for (clock.nowMs = 0; clock.nowMs < 1_000; clock.nowMs += 100) await ask("a");
  void ask("a");
  expect(count.asked).toBe(2);
});
