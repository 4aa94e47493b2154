/**
 * How often something may happen for one key: so many times within a window that begins with the first time. The keys
 * come from clients, so their number is bounded. Not here: what is counted and what becomes of it.
 */

export interface FixedWindowOptions {
  readonly windowMs: number;
  /** Keys that are remembered; the one whose window began first makes room. Default 10,000. */
  readonly maxKeys?: number;
}

/** `giveBack` takes the time back: it did not count after all. */
export type Taken =
  { readonly ok: true; readonly giveBack: () => void } | { readonly ok: false; readonly retryAfterMs: number };

export interface FixedWindow {
  /** Counts one more time for this key, unless that were more than `limit`. */
  take(key: string, limit: number): Taken;
}

/** Keys are cut to this length; longer ones share a window. */
const maxKeyLength = 320;

/** @param nowMs monotonic */
export function createFixedWindow(
  { windowMs, maxKeys = 10_000 }: FixedWindowOptions,
  nowMs: () => number,
): FixedWindow {
  const windows = new Map<string, { count: number; readonly endsAtMs: number }>(); // of one length: the oldest ends first

  const makeRoom = (): void => {
    for (const [key, { endsAtMs }] of windows) {
      if (endsAtMs > nowMs() && windows.size < maxKeys) return;
      windows.delete(key);
    }
  };
  const windowOf = (key: string): { count: number; readonly endsAtMs: number } => {
    const running = windows.get(key);
    if (running !== undefined && running.endsAtMs > nowMs()) return running;
    windows.delete(key); // so that the new one goes to the end
    makeRoom();
    const begun = { count: 0, endsAtMs: nowMs() + windowMs };
    windows.set(key, begun);
    return begun;
  };

  return {
    take: (key, limit) => {
      const window = windowOf(key.slice(0, maxKeyLength));
      if (window.count >= limit) return { ok: false, retryAfterMs: window.endsAtMs - nowMs() };
      window.count += 1;
      return { ok: true, giveBack: () => void (window.count -= 1) };
    },
  };
}
