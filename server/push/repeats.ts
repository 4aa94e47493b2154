/** Recognises a push that came before, so that a producer may safely hand it in again. Bounded in time and number. */
export interface Repeats {
  /** True when this key was seen within the window; remembers it otherwise. A promise where others remember, too. */
  isRepeat(key: string): boolean | Promise<boolean>;
}

/** Remembers in this process. */
export interface LocalRepeats extends Repeats {
  isRepeat(key: string): boolean;
}

/**
 * @param windowMs how long a key is remembered; asked at each key, so that a reload applies
 * @param maxKeys beyond it the oldest are forgotten: a repeat of those is delivered again, which costs a second notice
 */
export function createRepeats(windowMs: () => number, nowMs: () => number, maxKeys = 100_000): LocalRepeats {
  const seenAtMs = new Map<string, number>(); // oldest first
  const forgetOldestWhile = (condition: (atMs: number) => boolean): void => {
    for (const [key, atMs] of seenAtMs) {
      if (!condition(atMs)) return;
      seenAtMs.delete(key);
    }
  };
  return {
    isRepeat: (key) => {
      const now = nowMs();
      const endedAtMs = now - windowMs();
      forgetOldestWhile((atMs) => atMs <= endedAtMs);
      if (seenAtMs.has(key)) return true;
      forgetOldestWhile(() => seenAtMs.size >= maxKeys);
      seenAtMs.set(key, now);
      return false;
    },
  };
}
