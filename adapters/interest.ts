/**
 * Who wants what: for each room (by its hash) the other nodes that have it. Asked for every emit, so it answers
 * without allocating. Kept exact by announcements on the ordered path (`announcer.ts` of the other nodes).
 */
import { HashTable } from "./hash-table.ts";
import { NodeSets } from "./node-sets.ts";

export class Interest {
  readonly #sets = new NodeSets();
  readonly #rooms: HashTable;

  constructor(random: () => number) {
    this.#rooms = new HashTable(random);
  }

  /** Different rooms known of other nodes. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** Memory of the table; the sets of nodes are few and not counted. */
  get bytes(): number {
    return this.#rooms.bytes;
  }

  add(hash: number, node: number): void {
    this.#rooms.set(hash, this.#sets.with(this.#rooms.get(hash), node));
  }

  remove(hash: number, node: number): void {
    const set = this.#rooms.get(hash);
    if (set !== 0) this.#rooms.set(hash, this.#sets.without(set, node));
  }

  /** Forgets all rooms of a node. Takes a walk over the table. */
  forget(node: number): void {
    this.#rooms.update((_hash, set) => this.#sets.without(set, node));
  }

  /** Indexes of the nodes that have the room, ascending. Never change it; valid until the next change. */
  nodes(hash: number): readonly number[] {
    return this.#sets.members(this.#rooms.get(hash));
  }
}
