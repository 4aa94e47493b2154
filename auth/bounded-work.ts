/** Runs costly work a few at a time, with a bounded queue behind it: what comes on top is told to come back later. */

/** More work was waiting than the bound allows. Passing: nothing was begun. */
export class TooBusyError extends Error {
  readonly code = "OXB-0105";
  constructor() {
    super("too much work of this kind is waiting");
    this.name = "TooBusyError";
  }
}

/** @returns runs a task in its turn. Rejects with `TooBusyError` when `waiting` others already wait. */
export function createBoundedWork(limits: {
  readonly running: number;
  readonly waiting: number;
}): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  const turn = async (): Promise<void> => {
    if (running < limits.running) running += 1;
    else if (queue.length >= limits.waiting) throw new TooBusyError();
    else await new Promise<void>((resolve) => queue.push(resolve)); // takes over the place of the one that ends
  };
  const end = (): void => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (task) => {
    await turn();
    try {
      return await task();
    } finally {
      end();
    }
  };
}
