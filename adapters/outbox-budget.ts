/**
 * The bound on everything that waits to be sent, over all destinations together.
 * When it is reached, volatile messages go first, then the oldest of the destination that has most.
 */

/** What the budget needs of an outbox. */
export interface Bounded {
  /** Bytes waiting and not yet being written. */
  readonly waitingBytes: number;
  /** @returns bytes freed. */
  dropVolatile(): number;
  /** @returns bytes freed, 0 when nothing is left that may go. */
  dropOldest(): number;
}

export class OutboxBudget {
  readonly #limitBytes: number;
  readonly #outboxes = new Set<Bounded>();
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  join(outbox: Bounded): void {
    this.#outboxes.add(outbox);
  }

  leave(outbox: Bounded): void {
    this.#outboxes.delete(outbox);
  }

  /** Takes room for a message, at the cost of others where needed. False when it cannot fit at all. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) this.#makeRoom(bytes);
    if (this.#usedBytes + bytes > this.#limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  #makeRoom(bytes: number): void {
    const fits = (): boolean => this.#usedBytes + bytes <= this.#limitBytes;
    for (const outbox of this.#fullestFirst()) {
      outbox.dropVolatile();
      if (fits()) return;
    }
    while (!fits()) {
      const [fullest] = this.#fullestFirst();
      if (fullest === undefined || fullest.dropOldest() === 0) return;
    }
  }

  #fullestFirst(): Bounded[] {
    return [...this.#outboxes].sort((a, b) => b.waitingBytes - a.waitingBytes);
  }
}
