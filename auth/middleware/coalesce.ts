/** One question at a time for each key: whoever asks the same meanwhile gets the same answer. */

export interface CoalesceOptions<T> {
  /** How long an answer is given again after it came. 0: only to those who asked before. */
  readonly keepMs: (answer: T) => number;
  readonly nowMs: () => number;
  /** False: the answer is kept no longer, whatever its time. Default: it stays good. */
  readonly isStillGood?: (answer: T) => boolean;
  /** An answer was given without a question of its own. */
  readonly onShared: () => void;
}

/** A question that fails fails for all who wait for it, and is asked anew by the next one. */
export function createCoalescer<T>(options: CoalesceOptions<T>): (key: string, ask: () => Promise<T>) => Promise<T> {
  const asking = new Map<string, Promise<T>>();
  const kept = new Map<string, { readonly answer: T; readonly untilMs: number }>();

  const forgetOld = (nowMs: number): void => {
    for (const [key, { untilMs }] of kept) {
      if (untilMs > nowMs) return; // in the order in which they came, which is nearly that of their ends
      kept.delete(key);
    }
  };
  const start = async (key: string, ask: () => Promise<T>): Promise<T> => {
    try {
      const answer = await ask();
      const [keepMs, nowMs] = [options.keepMs(answer), options.nowMs()];
      forgetOld(nowMs);
      kept.delete(key);
      if (keepMs > 0) kept.set(key, { answer, untilMs: nowMs + keepMs });
      return answer;
    } finally {
      asking.delete(key);
    }
  };

  return (key, ask) => {
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > options.nowMs() && options.isStillGood?.(known.answer) !== false) {
      options.onShared();
      return Promise.resolve(known.answer);
    }
    const running = asking.get(key);
    if (running !== undefined) {
      options.onShared();
      return running;
    }
    const begun = start(key, ask);
    asking.set(key, begun);
    return begun;
  };
}
