/** Waiting for something that must come true, with a deadline instead of a fixed sleep. */

/** Resolves with the first value that is neither false nor undefined; fails at the deadline with the description. */
export async function eventually<T>(
  description: string,
  probe: () => T | false | undefined | Promise<T | false | undefined>,
  deadlineMs = 5_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${description}`);
    await pause(15);
  }
}

/** Settles with the promise, or fails at the deadline with the description. */
export async function within<T>(description: string, promise: Promise<T>, deadlineMs = 5_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${description}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Only for the gap between two probes, and where a test shows that something does not happen. */
export const pause = async (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
