/**
 * To whom a message must go. Three reasons: the node has announced the room; its rooms are not known for sure; or its
 * sockets have been sent into the room by a message that is still on its way.
 */
import { Interest } from "./interest.ts";
import type { Peer } from "./peer.ts";
import { everyoneHash, roomHash } from "./room-hash.ts";

export class Routing {
  readonly interest: Interest;
  readonly #byIndex: (Peer | undefined)[] = [];
  readonly #unsynced = new Set<Peer>();
  readonly #expected = new Map<number, Map<Peer, number>>();

  constructor(random: () => number) {
    this.interest = new Interest(random);
  }

  freeIndex(): number {
    const free = this.#byIndex.indexOf(undefined);
    return free === -1 ? this.#byIndex.length : free;
  }

  enter(peer: Peer): void {
    this.#byIndex[peer.index] = peer;
  }

  leave(peer: Peer): void {
    this.#byIndex[peer.index] = undefined;
    this.#unsynced.delete(peer);
    for (const [hash, peers] of this.#expected) if (peers.delete(peer) && peers.size === 0) this.#expected.delete(hash);
    this.interest.forget(peer.index);
  }

  /** While its rooms are not known for sure, a node gets everything. */
  setSynced(peer: Peer, synced: boolean): void {
    peer.synced = synced;
    if (synced) this.#unsynced.delete(peer);
    else this.#unsynced.add(peer);
  }

  /** The nodes that a message for these rooms (all of the namespace if none) must go to. Dead ones are among them. */
  targets(seed: number, rooms: ReadonlySet<string>): Peer[] {
    if (rooms.size <= 1 && this.#unsynced.size === 0) return this.#targetsOf(hashOf(seed, rooms));
    const found = new Set(this.#unsynced);
    if (rooms.size === 0) this.#collect(everyoneHash(seed), found);
    for (const room of rooms) this.#collect(roomHash(seed, room), found);
    return [...found];
  }

  /** Sockets of `peer` are being sent into rooms: until it has applied message `number` it counts as having them. */
  expect(peer: Peer, seed: number, rooms: readonly string[], number: number): void {
    const hashes = rooms.map((room) => roomHash(seed, room));
    for (const hash of hashes) {
      const peers = this.#expected.get(hash) ?? new Map<Peer, number>();
      this.#expected.set(hash, peers.set(peer, number));
    }
    peer.outbox.whenConfirmed(number, () => {
      for (const hash of hashes) this.#expectNoMore(hash, peer, number);
    });
  }

  #expectNoMore(hash: number, peer: Peer, number: number): void {
    const peers = this.#expected.get(hash);
    // a later message may expect the same
    if (peers?.get(peer) !== number) return;
    peers.delete(peer);
    if (peers.size === 0) this.#expected.delete(hash);
  }

  #targetsOf(hash: number): Peer[] {
    if (this.#expected.size > 0) {
      const found = new Set<Peer>();
      this.#collect(hash, found);
      return [...found];
    }
    const peers: Peer[] = [];
    for (const index of this.interest.nodes(hash)) {
      const peer = this.#byIndex[index];
      if (peer) peers.push(peer);
    }
    return peers;
  }

  #collect(hash: number, into: Set<Peer>): void {
    for (const index of this.interest.nodes(hash)) {
      const peer = this.#byIndex[index];
      if (peer) into.add(peer);
    }
    for (const peer of this.#expected.get(hash)?.keys() ?? []) into.add(peer);
  }
}

function hashOf(seed: number, rooms: ReadonlySet<string>): number {
  for (const room of rooms) return roomHash(seed, room);
  return everyoneHash(seed);
}
