/** Calling back everybody who listens, of whom one that fails must not keep the others from hearing. */

export interface Listeners<Args extends readonly unknown[]> {
  /** Returns the function that ends it. */
  add(listener: (...args: Args) => void): () => void;
  tell(...args: Args): void;
}

/** @param onFault is told what a listener threw. */
export function createListeners<Args extends readonly unknown[]>(onFault: (fault: unknown) => void): Listeners<Args> {
  const listeners = new Set<(...args: Args) => void>();
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell: (...args) => {
      for (const listener of listeners) {
        try {
          listener(...args);
        } catch (fault) {
          onFault(fault);
        }
      }
    },
  };
}
