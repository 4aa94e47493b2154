/**
 * What waits for one destination, in order, and its way into the destination's ring.
 * One write is in flight at a time; what is sent meanwhile is packed and goes with the next one, so load makes items
 * bigger instead of more. A write whose outcome is unknown is repeated with the same numbers: the receiver drops repeats.
 * Not here: whom a message is for (`mesh.ts`), what it says (`frames.ts`).
 */
import { Chunk } from "./chunk.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { Mark } from "./frames.ts";
import { HEADER_BYTES } from "./frames.ts";
import type { Ring } from "./link.ts";
import { NumberedWaiters } from "./numbered-waiters.ts";
import type { Bounded, OutboxBudget } from "./outbox-budget.ts";
import type { Counters } from "./stats.ts";

export interface OutboxLimits {
  /** Slots of the destination's ring. */
  readonly capacity: number;
  /** A single item is not made bigger by packing. */
  readonly itemBytes: number;
  /** Nodes that may write to that ring at the same moment. */
  readonly senders: number;
}

export interface OutboxDeps {
  readonly ring: Ring;
  readonly clock: Clock;
  readonly budget: OutboxBudget;
  readonly counters: Counters;
  readonly epoch: number;
  /** Read at each use: known only once the own inbox is open. */
  limits(): OutboxLimits;
  /** Fills in the header of an item that is about to be written. */
  seal(into: Buffer, outbox: { epoch: number; first: number; span: number; ackWanted: boolean }): void;
}

/** A write that has not answered by then is repeated. Longer than a member's failover, shorter than anybody's patience. */
const WRITE_DEADLINE_MS = 5_000;
const RETRY_PAUSE_MS = 100;
const WRITE_BYTES = 262_144;
const MOST_CHUNKS = 64;
/** Part of the ring that may hold unread items; the rest is room for senders that write at the same moment. */
const WINDOW = 0.7;

export class Outbox implements Bounded {
  readonly epoch: number;
  readonly #deps: OutboxDeps;
  #queue: Chunk[] = [];
  #inFlight: Chunk[] = [];
  #spare: Buffer | undefined;
  #nextNumber = 1;
  #waitingBytes = 0;
  #volatiles = 0;
  #controlWanted = false;
  #ackWanted = false;
  #writing = false;
  #closed = false;
  #cancelTimer: Cancel | undefined;
  /** Last sequence a write returned, and how far the receiver says it has read. */
  #lastSequence = -1;
  #receiver: Mark = { epoch: 0, number: 0 };
  #written = 0;
  readonly #confirmed = new NumberedWaiters();
  readonly #flushed = new NumberedWaiters();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.epoch = deps.epoch;
    deps.budget.join(this);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Messages neither written nor dropped. */
  get pending(): number {
    return this.#nextNumber - 1 - this.#written;
  }

  /** The last message that a member has confirmed. */
  get written(): Mark {
    return { epoch: this.epoch, number: this.#written };
  }

  get idle(): boolean {
    return !this.#writing && this.#queue.length === 0 && !this.#controlWanted;
  }

  get writing(): boolean {
    return this.#writing;
  }

  /** Takes a copy of the message. @returns its number. */
  append(message: Buffer, isVolatile: boolean, ackWanted: boolean): number {
    const number = this.#nextNumber++;
    const { budget, counters } = this.#deps;
    counters.sent++;
    if (this.#closed || !budget.take(message.length)) {
      // the number stays used up: the receiver learns of the loss by the jump
      if (isVolatile) counters.droppedVolatile++;
      else counters.droppedOverflow++;
      return number;
    }
    const last = this.#queue.at(-1);
    const follows = last !== undefined && last.first + last.span === number;
    if (!follows || !last.append(message, isVolatile, ackWanted)) this.#open(number, message, isVolatile, ackWanted);
    this.#waitingBytes += message.length;
    if (isVolatile) this.#volatiles++;
    return number;
  }

  /** The next item goes out even without messages: it carries what its header says. */
  wantControl(ackWanted = false): void {
    this.#controlWanted = true;
    if (ackWanted) this.#ackWanted = true;
  }

  /** Calls back when the receiver has applied `number`, or never will. */
  whenConfirmed(number: number, done: () => void): void {
    if (this.#closed) done();
    else this.#confirmed.add(number, this.#deps.clock.now(), done);
  }

  /** Calls back when `number` is in the ring, or never will be. */
  whenWritten(number: number, done: () => void): void {
    if (this.#closed || number <= this.#written) done();
    else this.#flushed.add(number, this.#deps.clock.now(), done);
  }

  /**
   * Whether a confirmation has been waited for since before `sinceMs` though the receiver has read everything: then it was
   * lost and must be asked for again. One that stands still has read nothing, and asking would only fill its ring.
   */
  isConfirmationLost(sinceMs: number): boolean {
    const oldestMs = this.#confirmed.oldestMs;
    return oldestMs !== undefined && oldestMs < sinceMs && this.idle && this.#receiver.number > this.#lastSequence;
  }

  /** The receiver's word about what it has applied of this stream. */
  confirm(applied: Mark): void {
    if (applied.epoch === this.epoch) this.#confirmed.reach(applied.number);
  }

  /** The receiver's word about how far it has read its ring. */
  progress(inbox: Mark): void {
    if (inbox.epoch > this.#receiver.epoch) {
      // a new ring: sequences of the old one mean nothing any more
      if (this.#receiver.epoch !== 0) this.#lastSequence = -1;
      this.#receiver = inbox;
    } else if (inbox.epoch === this.#receiver.epoch && inbox.number > this.#receiver.number) {
      this.#receiver = inbox;
    } else {
      return;
    }
    if (!this.#writing) this.pump();
  }

  /** Nobody waits any longer for what this destination might confirm. */
  releaseConfirmations(): void {
    this.#confirmed.release();
  }

  /** Writes what there is to write, unless a write is under way or the receiver is too far behind. */
  pump(): void {
    if (this.#writing || this.#closed) return;
    const chunks = this.#nextChunks();
    if (chunks.length === 0 && !this.#controlWanted) return;
    for (const chunk of chunks) {
      this.#waitingBytes -= chunk.used;
      this.#volatiles -= chunk.volatiles;
    }
    this.#queue.splice(0, chunks.length);
    this.#inFlight = chunks;
    this.#write();
  }

  dropVolatile(): number {
    if (this.#volatiles === 0) return 0;
    let freed = 0;
    for (const chunk of this.#queue) {
      if (chunk.volatiles === 0) continue;
      const dropped = chunk.dropVolatile();
      freed += dropped.bytes;
      this.#deps.counters.droppedVolatile += dropped.messages;
    }
    this.#volatiles = 0;
    this.#free(freed);
    return freed;
  }

  dropOldest(): number {
    const chunk = this.#queue.shift();
    if (!chunk) return 0;
    this.#volatiles -= chunk.volatiles;
    this.#deps.counters.droppedOverflow += chunk.span;
    this.#free(chunk.used);
    return chunk.used;
  }

  /** Gives up the destination. What waits is dropped and counted. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    const dropped = [...this.#queue, ...this.#inFlight];
    for (const chunk of dropped) this.#deps.counters.droppedDead += chunk.span;
    this.#deps.budget.give(dropped.reduce((sum, chunk) => sum + chunk.used, 0));
    this.#deps.budget.leave(this);
    this.#queue = [];
    this.#inFlight = [];
    this.#waitingBytes = 0;
    this.#confirmed.release();
    this.#flushed.release();
  }

  #open(number: number, message: Buffer, isVolatile: boolean, ackWanted: boolean): void {
    const size = Math.max(HEADER_BYTES + message.length, this.#deps.limits().itemBytes);
    const spare = this.#spare?.length === size ? this.#spare : undefined;
    if (spare) this.#spare = undefined;
    const chunk = new Chunk(spare ?? Buffer.allocUnsafeSlow(size), number);
    chunk.append(message, isVolatile, ackWanted);
    this.#queue.push(chunk);
  }

  #free(bytes: number): void {
    this.#waitingBytes -= bytes;
    this.#deps.budget.give(bytes);
  }

  #nextChunks(): Chunk[] {
    const { capacity, senders } = this.#deps.limits();
    const window = Math.max(1, Math.floor(capacity * WINDOW));
    const ahead = this.#lastSequence + 1 - this.#receiver.number;
    // one learns of the others' writes by one's own: all together must fit into what the window leaves
    const fairShare = Math.max(1, Math.floor((capacity - window) / senders));
    const slots = Math.min(MOST_CHUNKS, fairShare, window - ahead);
    const chunks: Chunk[] = [];
    let bytes = 0;
    for (const chunk of this.#queue) {
      if (chunks.length >= slots || (chunks.length > 0 && bytes + chunk.used > WRITE_BYTES)) break;
      chunks.push(chunk);
      bytes += chunk.used;
    }
    return chunks;
  }

  #write(): void {
    this.#writing = true;
    this.#controlWanted = false;
    const items = this.#sealed();
    const { clock } = this.#deps;
    let settled = false;
    const settle = (then: () => void): void => {
      if (settled) return;
      settled = true;
      cancelDeadline();
      if (!this.#closed) then();
    };
    const again = (): void => {
      this.#deps.counters.writeRetries++;
      this.#cancelTimer = clock.after(RETRY_PAUSE_MS, () => this.#write());
    };
    const cancelDeadline = clock.after(WRITE_DEADLINE_MS, () => settle(() => this.#write()));
    this.#deps.ring.add(items).then(
      (sequence) => settle(() => this.#done(sequence, items)),
      () => settle(again),
    );
  }

  #sealed(): Buffer[] {
    const chunks = this.#inFlight;
    if (chunks.length === 0) {
      const first = this.#queue[0]?.first ?? this.#nextNumber;
      const bare = Buffer.allocUnsafe(HEADER_BYTES);
      this.#deps.seal(bare, { epoch: this.epoch, first, span: 0, ackWanted: this.#ackWanted });
      this.#ackWanted = false;
      return [bare];
    }
    return chunks.map((chunk) => {
      this.#deps.seal(chunk.bytes, {
        epoch: this.epoch,
        first: chunk.first,
        span: chunk.span,
        ackWanted: chunk.ackWanted,
      });
      return chunk.item;
    });
  }

  #done(sequence: number, items: readonly Buffer[]): void {
    const { counters, budget } = this.#deps;
    this.#writing = false;
    // a lower sequence than before: the ring was made anew, and its reader starts from its head
    if (sequence < this.#lastSequence) this.#receiver = { epoch: this.#receiver.epoch, number: 0 };
    this.#lastSequence = sequence;
    counters.itemsWritten += items.length;
    for (const item of items) counters.bytesWritten += item.length;
    for (const chunk of this.#inFlight) {
      budget.give(chunk.used);
      this.#written = chunk.first + chunk.span - 1;
      this.#spare = chunk.bytes;
    }
    this.#inFlight = [];
    this.#flushed.reach(this.#written);
    this.pump();
  }
}
