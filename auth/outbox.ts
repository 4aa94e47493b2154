/**
 * Writes that must arrive some time: a bounded number at once, each key in its turn, what fails is kept until it is
 * tried again. What is written is asked for at that moment, so several changes of one key are one write.
 */

export interface Outbox {
  /** Resolves when the key was tried, whatever came of it. */
  push(key: string): Promise<void>;
  /** Keeps the key for the next `retry`: a write now would fail. */
  defer(key: string): void;
  /** Tries again what has failed. */
  retry(): void;
}

const mostAtOnce = 64;

/** @param attempt writes what is to be written for a key now; false: not possible. Never rejects. */
export function createOutbox(attempt: (key: string) => Promise<boolean>): Outbox {
  const waiting = new Map<string, (() => void)[]>();
  const running = new Set<string>();
  const failed = new Set<string>();

  const push = (key: string): Promise<void> =>
    new Promise((resolve) => {
      failed.delete(key);
      waiting.set(key, [...(waiting.get(key) ?? []), resolve]);
      pump();
    });
  const pump = (): void => {
    for (const [key, tried] of waiting) {
      if (running.size >= mostAtOnce) return;
      if (running.has(key)) continue; // its change may have come too late for the write under way
      waiting.delete(key);
      running.add(key);
      void run(key, tried);
    }
  };
  const run = async (key: string, tried: readonly (() => void)[]): Promise<void> => {
    const hasArrived = await attempt(key);
    running.delete(key);
    if (!hasArrived && !waiting.has(key)) failed.add(key);
    for (const resolve of tried) resolve();
    pump();
  };
  return {
    push,
    defer: (key) => {
      if (running.has(key))
        void push(key); // the write under way may not have the newest, and yet arrive
      else if (!waiting.has(key)) failed.add(key);
    },
    retry: () => {
      for (const key of [...failed]) void push(key);
    },
  };
}
