/**
 * What a test starts is stopped even when the test forgets it or fails half way: after the test that started it, or
 * after the last one when it was started in `beforeAll`. Last started, first stopped.
 * For Jest only; harnesses that the benchmarks use as well return a `stop` and know nothing of this file.
 */
import { afterAll, afterEach, beforeEach } from "@jest/globals";

type Action = () => unknown;

const ofTheFile: Action[] = [];
const ofTheTest: Action[] = [];
let isInTest = false;

beforeEach(() => {
  isInTest = true;
});
// Stopping a member or a browser on a busy machine may take longer than Jest's default for a hook.
afterEach(async () => {
  isInTest = false;
  await runAll(ofTheTest);
}, 30_000);
afterAll(async () => {
  await runAll(ofTheFile);
}, 30_000);

/** Runs the action when the present test, or the file, is over. It may be called twice safely only if it says so. */
export function onCleanUp(action: Action): void {
  (isInTest ? ofTheTest : ofTheFile).push(action);
}

/** Stops the thing when the present test, or the file, is over; `stop` must bear to be called twice. */
export function owned<T extends { stop(): unknown }>(thing: T): T {
  onCleanUp(() => thing.stop());
  return thing;
}

/** One failing action does not keep the others from running; all that failed is reported. */
async function runAll(actions: Action[]): Promise<void> {
  const faults: unknown[] = [];
  for (let action = actions.pop(); action !== undefined; action = actions.pop()) {
    try {
      await action();
    } catch (fault) {
      faults.push(fault);
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, "clean-up failed");
}
