/**
 * What waits to be written to one socket: bytes, and since when nothing moved. Engine.IO queues without any bound; this
 * is where the bound is kept, so that a browser that does not read costs at most that much.
 */
export interface SendQueue {
  /** `write` hands the bytes on and calls back when they left; `done` learns whether they did. Exactly once. */
  add(bytes: number, write: (left: () => void) => void, done: (written: boolean) => void): void;
  readonly bytes: number;
  /** Milliseconds since the last byte left, 0 while nothing waits. */
  stuckMs(): number;
  /** The socket is gone: whatever still waits was not written. */
  end(): void;
}

/** @param progress a number that grows while bytes leave this process, so that a slow reader is told from a dead one */
export function createSendQueue(nowMs: () => number, progress: () => number): SendQueue {
  const waiting = new Map<() => void, number>();
  let bytes = 0;
  let movedAtMs = nowMs();
  let seenProgress = progress();
  let ended = false;

  const moved = (): void => {
    movedAtMs = nowMs();
    seenProgress = progress();
  };

  return {
    add: (size, write, done) => {
      if (ended) return done(false);
      if (waiting.size === 0) moved();
      const lost = (): void => done(false);
      waiting.set(lost, size);
      bytes += size;
      write(() => {
        if (!waiting.delete(lost)) return;
        bytes -= size;
        moved();
        done(true);
      });
    },
    get bytes() {
      return bytes;
    },
    stuckMs: () => {
      if (waiting.size === 0) return 0;
      if (progress() > seenProgress) moved();
      return nowMs() - movedAtMs;
    },
    end: () => {
      ended = true;
      bytes = 0;
      const lost = [...waiting.keys()];
      waiting.clear();
      for (const tell of lost) tell();
    },
  };
}
