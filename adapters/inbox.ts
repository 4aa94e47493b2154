/**
 * Reads the own ring: one `read` is always parked, and the next one is asked for before the items of the last are handled.
 * Why more than a loop: parked reads hang at faults, rings are replaced by empty ones, roll back when a member dies, and
 * may hold what cannot be read.
 */
import type { Cancel, Clock } from "./clock.ts";
import type { Mark } from "./frames.ts";
import type { ReadBatch, Ring } from "./link.ts";

export interface InboxDeps {
  readonly ring: Ring;
  readonly clock: Clock;
  onItem(item: Buffer): void;
  /** The ring was new, or what it held could not be read; reading starts at another place. */
  onReset(): void;
}

const READ_MOST = 64;
const RETRY_PAUSE_MS = 200;
/** After a member is gone the newest items may have been written again under numbers that were read already. */
const REREAD_ITEMS = 128;
/**
 * So many reads in a row fail, though the ring says what it holds: what is there now will never be read. At one try in
 * 200 ms that is longer than a migration or the expulsion of a member takes.
 */
const MOST_FAILURES = 100;

export class Inbox {
  readonly #deps: InboxDeps;
  #capacity = 0;
  #next = 0;
  #generation = 0;
  #running = false;
  /** Tells the answer of a read that was given up from the one that counts. */
  #turn = 0;
  #cancelRetry: Cancel | undefined;
  #failures = 0;

  constructor(deps: InboxDeps) {
    this.#deps = deps;
  }

  /** How far this node has read, and in which life of the ring. */
  get position(): Mark {
    return { epoch: this.#generation, number: this.#next };
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Finds the end of the ring and starts to read there. May be repeated when it fails. */
  async open(): Promise<void> {
    this.#capacity = await this.#deps.ring.capacity();
    this.#next = (await this.#deps.ring.tail()) + 1;
    this.#generation = 1;
    this.#running = true;
    this.#read();
  }

  stop(): void {
    this.#running = false;
    this.#turn++;
    this.#cancelRetry?.();
  }

  /**
   * Compares with the ring: is it new, has it rolled back, does a parked read hang?
   * @returns true when everything that is in the ring has been read.
   */
  async check(): Promise<boolean> {
    if (!this.#running) return false;
    const turn = this.#turn;
    const tail = await this.#deps.ring.tail();
    if (!this.#isRunning() || turn !== this.#turn) return false;
    if (tail + 1 < this.#next) {
      await this.#restart();
      return false;
    }
    if (tail >= this.#next && this.#failures >= MOST_FAILURES) {
      this.#startAnewAt(tail + 1);
      return false;
    }
    if (tail >= this.#next) {
      // there is something to read and the parked read, which should have had it by now, is given up
      this.#read();
      return false;
    }
    return true;
  }

  /** Reads the last items once more; repeats are dropped by their numbers. */
  async reread(): Promise<void> {
    if (!this.#running) return;
    const [head, tail] = [await this.#deps.ring.head(), await this.#deps.ring.tail()];
    const from = Math.max(head, this.#next - REREAD_ITEMS, 0);
    if (!this.#isRunning() || from > tail) return;
    const batch = await this.#deps.ring.read(from, REREAD_ITEMS);
    for (const item of batch.items) this.#deps.onItem(item);
  }

  /** A method, since the compiler takes a field for unchanged across an await. */
  #isRunning(): boolean {
    return this.#running;
  }

  async #restart(): Promise<void> {
    const turn = this.#turn;
    const head = await this.#deps.ring.head();
    if (!this.#isRunning() || turn !== this.#turn) return;
    this.#startAnewAt(Math.max(head, 0));
  }

  /** The writers are told by the generation that their window is free; what was skipped is missed by its numbers. */
  #startAnewAt(next: number): void {
    this.#next = next;
    this.#failures = 0;
    this.#generation++;
    this.#deps.onReset();
    this.#read();
  }

  #read(): void {
    if (!this.#running) return;
    const turn = ++this.#turn;
    this.#deps.ring.read(this.#next, READ_MOST).then(
      (batch) => this.#take(turn, batch),
      () => {
        if (turn === this.#turn) this.#failures++;
        this.#readLater(turn);
      },
    );
  }

  #take(turn: number, batch: ReadBatch): void {
    if (!this.#running || turn !== this.#turn) return;
    this.#next = batch.next;
    this.#failures = 0;
    this.#read();
    for (const item of batch.items) this.#deps.onItem(item);
  }

  #readLater(turn: number): void {
    if (!this.#running || turn !== this.#turn) return;
    this.#cancelRetry?.();
    this.#cancelRetry = this.#deps.clock.after(RETRY_PAUSE_MS, () => {
      if (turn !== this.#turn) return;
      // the ring may have been replaced meanwhile; when it cannot be asked, a plain read is as good
      this.check().then(
        (nothingNew) => {
          if (nothingNew && turn === this.#turn) this.#read();
        },
        () => this.#readLater(turn),
      );
    });
  }
}
