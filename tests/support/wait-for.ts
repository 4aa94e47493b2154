/** Waiting for what must come true: a condition with a deadline, never a fixed sleep. */
import { setTimeout as pause } from "node:timers/promises";

const betweenProbesMs = 10;

/**
 * Asks until the answer is something other than `undefined` or `false`, and resolves with it.
 *
 * @param what named in the error: "a socket at node B"
 * @param condition asked at once, then again 10 ms after each answer. What it throws counts as "not yet".
 * @param withinMs default 5,000, by the monotonic clock
 * @throws Error at the deadline; its cause is what the condition threw last
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await condition();
      if (answer !== undefined && answer !== false) return answer;
    } catch (fault) {
      cause = fault;
    }
    if (performance.now() >= deadline) throw new Error(`not within ${withinMs} ms: ${what}`, { cause });
    await pause(betweenProbesMs);
  }
}

/**
 * The promise's own outcome, or an error at the deadline.
 *
 * @param what named in the error
 * @param withinMs default 5,000
 */
export async function within<T>(what: string, promise: Promise<T>, withinMs = 5_000): Promise<T> {
  const timer = new AbortController();
  const late = pause(withinMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`not within ${withinMs} ms: ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    await late.catch(() => undefined); // the abort itself, or the lateness that was reported already
  }
}
