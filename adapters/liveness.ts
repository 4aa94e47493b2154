/**
 * Who is alive: judged from leases that change. A pure rule, told the time.
 * Only a look that answered counts, and only the looker's own monotonic clock: members that hang, clocks that step and
 * our own standstill must never make anybody look dead.
 */

interface Sighting {
  value: number;
  sinceMs: number;
}

export interface LivenessOptions {
  /** A node is dead when it gave no sign for this long. */
  readonly deadAfterMs: number;
  /** After a pause between looks longer than this, everybody's time starts anew. */
  readonly longestPauseMs: number;
}

export class Liveness {
  readonly #sightings = new Map<string, Sighting>();
  readonly #options: LivenessOptions;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** A message came from the node. */
  sign(id: string, nowMs: number): void {
    const sighting = this.#sightings.get(id);
    if (sighting) sighting.sinceMs = nowMs;
  }

  forget(id: string): void {
    this.#sightings.delete(id);
  }

  /** We stood still or were cut off: nobody's silence means anything yet. */
  restart(nowMs: number): void {
    for (const sighting of this.#sightings.values()) sighting.sinceMs = nowMs;
  }

  /**
   * Takes what a look found: a number per node that changes while it lives.
   * @param nowMs when the look was answered.
   * @param known nodes to judge, also those without a lease.
   * @returns the silent ones among `known`.
   */
  look(nowMs: number, beats: ReadonlyMap<string, number>, known: Iterable<string>): Set<string> {
    if (nowMs - this.#lookedAtMs > this.#options.longestPauseMs) this.restart(nowMs);
    this.#lookedAtMs = nowMs;
    const silent = new Set<string>();
    for (const id of known) {
      const beat = beats.get(id);
      const sighting = this.#sightings.get(id);
      if (!sighting) {
        this.#sightings.set(id, { value: beat ?? -1, sinceMs: nowMs });
      } else if (beat !== undefined && beat !== sighting.value) {
        sighting.value = beat;
        sighting.sinceMs = nowMs;
      } else if (nowMs - sighting.sinceMs >= this.#options.deadAfterMs) {
        silent.add(id);
      }
    }
    return silent;
  }
}
