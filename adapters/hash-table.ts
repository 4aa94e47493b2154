/**
 * A map from 32-bit hashes to small positive numbers in two typed arrays: 8 bytes per slot, at most three quarters
 * full. Open addressing with linear probing; a removal shifts back what follows, so there are no tombstones.
 */

const FIRST_SLOTS = 64;

export class HashTable {
  #keys = new Uint32Array(FIRST_SLOTS);
  /** 0 marks a free slot. */
  #values = new Uint32Array(FIRST_SLOTS);
  #size = 0;
  /** Odd and secret: room names chosen by an enemy must not pile up in one place. */
  readonly #spread: number;

  constructor(random: () => number) {
    this.#spread = (Math.floor(random() * 2 ** 32) | 1) >>> 0;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#keys.byteLength + this.#values.byteLength;
  }

  /** 0 when the key is not there. */
  get(key: number): number {
    return this.#values[this.#find(key)] ?? 0;
  }

  /** A value of 0 removes the key. */
  set(key: number, value: number): void {
    const slot = this.#find(key);
    if (value === 0) {
      if (this.#values[slot] !== 0) this.#remove(slot);
      return;
    }
    if (this.#values[slot] === 0) this.#size++;
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (this.#size * 4 > this.#keys.length * 3) this.#resize(this.#keys.length * 2);
  }

  /** Visits every pair. `visit` must not change the table; changes are returned: the new value, 0 to remove. */
  update(visit: (key: number, value: number) => number): void {
    const keys = this.#keys;
    const values = this.#values;
    let removed = false;
    for (let slot = 0; slot < keys.length; slot++) {
      const value = values[slot] ?? 0;
      if (value === 0) continue;
      const next = visit(keys[slot] ?? 0, value);
      values[slot] = next;
      if (next === 0) {
        this.#size--;
        removed = true;
      }
    }
    // holes would cut probe chains: everything is put in its place again, in a smaller table where that fits
    if (removed) this.#resize(slotsFor(this.#size));
  }

  *keys(): Generator<number> {
    for (let slot = 0; slot < this.#keys.length; slot++) {
      if (this.#values[slot] !== 0) yield this.#keys[slot] ?? 0;
    }
  }

  #home(key: number, slots: number): number {
    // the high bits of the product are the well-mixed ones
    return Math.imul(key, this.#spread) >>> (Math.clz32(slots) + 1);
  }

  #find(key: number): number {
    const last = this.#keys.length - 1;
    let slot = this.#home(key, this.#keys.length);
    while (this.#values[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & last;
    return slot;
  }

  #remove(slot: number): void {
    const last = this.#keys.length - 1;
    let hole = slot;
    let next = (hole + 1) & last;
    while (this.#values[next] !== 0) {
      const home = this.#home(this.#keys[next] ?? 0, this.#keys.length);
      // an entry may move back only as far as its home
      if (((next - home) & last) >= ((next - hole) & last)) {
        this.#keys[hole] = this.#keys[next] ?? 0;
        this.#values[hole] = this.#values[next] ?? 0;
        hole = next;
      }
      next = (next + 1) & last;
    }
    this.#values[hole] = 0;
    this.#size--;
    if (this.#keys.length > FIRST_SLOTS && this.#size * 8 < this.#keys.length) this.#resize(slotsFor(this.#size));
  }

  #resize(slots: number): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Uint32Array(slots);
    this.#values = new Uint32Array(slots);
    for (let old = 0; old < keys.length; old++) {
      const value = values[old] ?? 0;
      if (value === 0) continue;
      const slot = this.#find(keys[old] ?? 0);
      this.#keys[slot] = keys[old] ?? 0;
      this.#values[slot] = value;
    }
  }
}

function slotsFor(size: number): number {
  let slots = FIRST_SLOTS;
  while (size * 4 > slots * 3) slots *= 2;
  return slots;
}
