import { expect, test } from "@jest/globals";
import { createBoundedWork, TooBusyError } from "../../../auth/bounded-work.ts";

/** A task that ends when told to. */
function task(): { readonly run: () => Promise<string>; readonly isRunning: () => boolean; readonly end: () => void } {
  let running = false;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async (): Promise<string> => {
    running = true;
    await ended;
    running = false;
    return "done";
  };
  return { run, isRunning: () => running, end };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("only so many tasks run at a time, the others in their turn", async () => {
  const inTurn = createBoundedWork({ running: 2, waiting: 5 });
  const tasks = [task(), task(), task(), task()];
  const outcomes = tasks.map(({ run }) => inTurn(run));
  await settled();
  expect(tasks.map(({ isRunning }) => isRunning())).toEqual([true, true, false, false]);
  tasks[1]?.end();
  await settled();
  expect(tasks.map(({ isRunning }) => isRunning())).toEqual([true, false, true, false]);
  tasks.forEach(({ end }) => end());
  expect(await Promise.all(outcomes)).toEqual(["done", "done", "done", "done"]);
});

test("what comes when the queue is full is refused at once, and taken again later", async () => {
  const inTurn = createBoundedWork({ running: 1, waiting: 1 });
  const [running, waiting] = [task(), task()];
  const outcomes = [inTurn(running.run), inTurn(waiting.run)];
  await expect(inTurn(task().run)).rejects.toThrow(TooBusyError);
  running.end();
  waiting.end();
  await Promise.all(outcomes);
  expect(await inTurn(() => Promise.resolve("again"))).toBe("again");
});

test("a task that fails gives its place to the next one", async () => {
  const inTurn = createBoundedWork({ running: 1, waiting: 1 });
  const failing = inTurn(() => Promise.reject(new Error("made to fail")));
  const next = inTurn(() => Promise.resolve("next"));
  await expect(failing).rejects.toThrow("made to fail");
  expect(await next).toBe("next");
});
