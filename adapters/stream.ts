/**
 * The receiving end of one stream of numbered messages. Rings lose items, repeat them and bring them late; the numbers
 * are the only proof of completeness. A pure rule: no clock, no I/O.
 */
import type { Mark } from "./frames.ts";

/** What to do with an item, and how many messages before it will never come. */
export type Arrival = "apply" | "repeat" | { readonly lost: number };

export class IncomingStream {
  #epoch = 0;
  #last = 0;

  /** The last message taken. */
  get applied(): Mark {
    return { epoch: this.#epoch, number: this.#last };
  }

  /**
   * Takes the numbers `first` to `first + span - 1`. With a span of 0 nothing is taken, but what is missing before
   * `first` is noticed.
   * A higher epoch is a new stream of the same sender, which had given this node up: it starts at 1 again.
   */
  take(epoch: number, first: number, span: number): Arrival {
    if (epoch < this.#epoch) return "repeat";
    if (epoch > this.#epoch) {
      this.#epoch = epoch;
      this.#last = 0;
    }
    const lost = first - this.#last - 1;
    // an item that only tells how far its sender is may come late without being a repeat of anything
    if (lost < 0) return span === 0 ? "apply" : "repeat";
    this.#last = first + span - 1;
    return lost === 0 ? "apply" : { lost };
  }

  /** The sender's word that `number` was written, and the inbox is empty: what is missing is lost. @returns how many. */
  missingUpTo(epoch: number, number: number): number {
    if (epoch !== this.#epoch || number <= this.#last) return 0;
    const lost = number - this.#last;
    this.#last = number;
    return lost;
  }
}

/** More nodes than any cluster sees in the time that a repeat may be late. */
const REMEMBERED = 4_096;

/** The streams of all nodes, also of those that are gone: a late repeat of theirs is still known as one. */
export class IncomingStreams {
  readonly #streams = new Map<string, IncomingStream>();

  of(id: string): IncomingStream {
    const known = this.#streams.get(id);
    if (known) return known;
    const stream = new IncomingStream();
    this.#streams.set(id, stream);
    // the first key is the oldest
    for (const [oldest] of this.#streams) {
      if (this.#streams.size <= REMEMBERED) break;
      this.#streams.delete(oldest);
    }
    return stream;
  }
}
