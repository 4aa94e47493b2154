/**
 * Time as the adapter sees it. A port, so that the simulation can run thousands of clusters in virtual time.
 * Not here: dates. Nothing in this package depends on the wall clock, which may step.
 */

/** Ends a timer; calling it again, or after the timer has run, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number;
  /** Runs `task` once after `ms`. Such a timer never keeps the process alive. */
  after(ms: number, task: () => void): Cancel;
  /** Runs `task` as soon as the code now running has returned, before any I/O. */
  soon(task: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
  soon: (task) => {
    process.nextTick(task);
  },
};
