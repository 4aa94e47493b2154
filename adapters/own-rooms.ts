/**
 * The rooms of this node as the others know them: by hash, each counted, since two rooms may share one.
 * A room that becomes empty lingers for a while before the others are told: rooms that come and go cost nothing.
 */
import { HashTable } from "./hash-table.ts";

/** How long an empty room stays announced. Meanwhile it may bring superfluous messages, never lose one. */
const LINGER_MS = 1_000;

export class OwnRooms {
  readonly #counts: HashTable;
  readonly #lingering = new Map<number, number>();

  constructor(random: () => number) {
    this.#counts = new HashTable(random);
  }

  /** @returns true when the others must be told. */
  add(hash: number): boolean {
    const count = this.#counts.get(hash);
    this.#counts.set(hash, count + 1);
    return count === 0 && !this.#lingering.delete(hash);
  }

  remove(hash: number, nowMs: number): void {
    const count = this.#counts.get(hash);
    if (count === 0) return;
    this.#counts.set(hash, count - 1);
    if (count === 1) this.#lingering.set(hash, nowMs);
  }

  /** Those that have lingered long enough; the others must be told that they are gone. */
  takeGone(nowMs: number): number[] {
    const gone: number[] = [];
    // in order of insertion, that is of time
    for (const [hash, sinceMs] of this.#lingering) {
      if (nowMs - sinceMs < LINGER_MS) break;
      gone.push(hash);
      this.#lingering.delete(hash);
    }
    return gone;
  }

  /** Everything that is announced now. */
  *announced(): Generator<number> {
    yield* this.#counts.keys();
    yield* this.#lingering.keys();
  }
}
