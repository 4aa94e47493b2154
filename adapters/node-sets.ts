/**
 * Sets of nodes, each kept once: most rooms live on one node or on the same few, so a room needs only a small number.
 * Counted by the rooms that use them; a set nobody uses any more makes room for another.
 */

export const EMPTY_SET = 0;
const NOBODY: readonly number[] = [];

export class NodeSets {
  #members: (readonly number[])[] = [NOBODY];
  #uses: number[] = [0];
  #ids = new Map<string, number>();
  #free: number[] = [];

  /** The nodes of a set, ascending. Never change it. */
  members(id: number): readonly number[] {
    return this.#members[id] ?? NOBODY;
  }

  /** Takes a use of `id` back and gives one of the set with `node` in it. */
  with(id: number, node: number): number {
    const before = this.members(id);
    if (before.includes(node)) return id;
    const at = before.findIndex((other) => other > node);
    const after = at === -1 ? [...before, node] : [...before.slice(0, at), node, ...before.slice(at)];
    return this.#exchange(id, after);
  }

  /** Takes a use of `id` back and gives one of the set without `node`. */
  without(id: number, node: number): number {
    const before = this.members(id);
    if (!before.includes(node)) return id;
    return this.#exchange(
      id,
      before.filter((other) => other !== node),
    );
  }

  /** How many different sets are in use. */
  get size(): number {
    return this.#ids.size;
  }

  #exchange(old: number, members: readonly number[]): number {
    const id = this.#use(members);
    this.#release(old);
    return id;
  }

  #use(members: readonly number[]): number {
    if (members.length === 0) return EMPTY_SET;
    const key = members.join();
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#free.pop() ?? this.#members.length;
      this.#ids.set(key, id);
      this.#members[id] = members;
      this.#uses[id] = 0;
    }
    this.#uses[id] = (this.#uses[id] ?? 0) + 1;
    return id;
  }

  #release(id: number): void {
    if (id === EMPTY_SET) return;
    const left = (this.#uses[id] ?? 0) - 1;
    this.#uses[id] = left;
    if (left > 0) return;
    this.#ids.delete(this.members(id).join());
    this.#members[id] = NOBODY;
    this.#free.push(id);
  }
}
