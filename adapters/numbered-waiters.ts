/** Callbacks that wait for a number of a stream to be reached. Numbers are asked for in ascending order. */
export class NumberedWaiters {
  #waiting: { number: number; sinceMs: number; done: () => void }[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** When the longest-waiting one began; undefined when nobody waits. */
  get oldestMs(): number | undefined {
    return this.#waiting[0]?.sinceMs;
  }

  add(number: number, nowMs: number, done: () => void): void {
    this.#waiting.push({ number, sinceMs: nowMs, done });
  }

  /** Calls those that waited for `number` or less. */
  reach(number: number): void {
    let count = 0;
    for (const waiter of this.#waiting) {
      if (waiter.number > number) break;
      count++;
    }
    if (count === 0) return;
    const reached = this.#waiting;
    this.#waiting = reached.splice(count);
    for (const waiter of reached) waiter.done();
  }

  /** Calls all: what they wait for will not happen. */
  release(): void {
    this.reach(Number.POSITIVE_INFINITY);
  }
}
