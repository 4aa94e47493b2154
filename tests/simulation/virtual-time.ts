/**
 * Time that passes only when everything due has been done. With one seed for all chance a run is the same every time.
 * Promises settle between two instants, so all real microtasks of an instant run before the next one begins.
 */
import type { Cancel, Clock } from "../../adapters/clock.ts";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
  cancelled: boolean;
}

export class VirtualTime implements Clock {
  #nowMs = 0;
  #order = 0;
  /** A binary heap by time, then by order. */
  readonly #heap: Due[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, task: () => void): Cancel {
    // whole milliseconds: what is due together shares one instant
    const due: Due = { atMs: this.#nowMs + Math.max(1, Math.round(ms)), order: this.#order++, task, cancelled: false };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  }

  soon(task: () => void): void {
    queueMicrotask(task);
  }

  /** Lets time pass up to an instant. */
  async runUntil(endMs: number): Promise<void> {
    for (let first = this.#heap[0]; first && first.atMs <= endMs; first = this.#heap[0]) {
      this.#nowMs = first.atMs;
      let ran = false;
      while (this.#heap[0] && this.#heap[0].atMs <= this.#nowMs) {
        const due = this.#pop();
        if (due.cancelled) continue;
        ran = true;
        due.task();
      }
      if (ran) await microtasks();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(due, heap[parent] ?? due)) break;
      heap[at] = heap[parent] ?? due;
      heap[parent] = due;
      at = parent;
    }
  }

  #pop(): Due {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (!top || !last) throw new Error("nothing is due");
    if (heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = at * 2 + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (!a) return top;
      const child = b && before(b, a) ? left + 1 : left;
      const smaller = heap[child] ?? a;
      if (!before(smaller, last)) return top;
      heap[at] = smaller;
      heap[child] = last;
      at = child;
    }
  }
}

const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The clock of one process, which may stand still and, when it goes on, finds everything due at once; or stop for good. */
export class ProcessClock implements Clock {
  readonly #time: Clock;
  #held: (() => void)[] | undefined;
  #ended = false;

  constructor(time: Clock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  after(ms: number, task: () => void): Cancel {
    let cancelled = false;
    const cancel = this.#time.after(ms, () => {
      this.#run(() => {
        if (!cancelled) task();
      });
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }

  soon(task: () => void): void {
    this.#time.soon(() => this.#run(task));
  }

  get runs(): boolean {
    return this.#held === undefined && !this.#ended;
  }

  freeze(): void {
    this.#held ??= [];
  }

  thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const task of held) this.#run(task);
  }

  /** The process is killed: nothing of it runs any more. */
  end(): void {
    this.#ended = true;
    this.#held = undefined;
  }

  #run(task: () => void): void {
    if (this.#ended) return;
    if (this.#held) this.#held.push(task);
    else task();
  }
}

/** Chance from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
