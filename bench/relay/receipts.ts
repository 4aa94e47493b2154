/** Counts what the fake sockets of a node get, and notes when the last expected packet has come. */
import { nowMicros, stampIn } from "./traffic.ts";

export interface Arrival {
  readonly count: number;
  /** When the last expected one came, in microseconds; 0 when it never did. */
  readonly lastMicros: number;
  /** Of each packet, when they were asked for. */
  readonly latenciesMs: readonly number[];
}

export class Receipts {
  #count = 0;
  #expected = 0;
  #lastMicros = 0;
  #latenciesMs: number[] | undefined;
  #complete: () => void = () => undefined;
  #done = Promise.resolve();

  readonly take = (frames: unknown): void => {
    this.#count++;
    this.#latenciesMs?.push((nowMicros() - stampIn(frames)) / 1e3);
    if (this.#count !== this.#expected) return;
    this.#lastMicros = nowMicros();
    this.#complete();
  };

  /** Starts to count anew. */
  readonly expect = ({ count, latencies = false }: { count: number; latencies?: boolean }): void => {
    this.#count = 0;
    this.#expected = count;
    this.#lastMicros = 0;
    this.#latenciesMs = latencies ? [] : undefined;
    this.#done = new Promise((resolve) => {
      this.#complete = resolve;
    });
    if (count === 0) this.#complete();
  };

  /** Resolves when all have come, or with what there is at the deadline. */
  readonly arrived = async (withinMs: number): Promise<Arrival> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#done, late]);
    clearTimeout(timer);
    return { count: this.#count, lastMicros: this.#lastMicros, latenciesMs: this.#latenciesMs ?? [] };
  };
}
