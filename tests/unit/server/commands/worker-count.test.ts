import { expect, test } from "@jest/globals";
import { availableParallelism } from "node:os";
import { workerCount } from "../../../../server/commands/worker-count.ts";

test.each([
  ["1", 1],
  ["4", 4],
  ["64", 64],
])("%s worker processes are taken as they are", (given, count) => {
  expect(workerCount(given)).toBe(count);
});

test("auto is one for each core, at most 64", () => {
  expect(workerCount("auto")).toBe(Math.min(64, availableParallelism()));
});

test.each(["0", "65", "-1", "1.5", "four", "", "1e1", "AUTO", "100"])(
  "%j is refused, and the message says what is allowed",
  (given) => {
    expect(() => workerCount(given)).toThrow("from 1 to 64, or auto");
  },
);
