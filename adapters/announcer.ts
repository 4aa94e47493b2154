/**
 * Tells the other nodes which rooms and namespaces this node has, and knows when they have heard it.
 * That is what makes a join strict: its promise resolves when every live node has confirmed the announcement, so
 * whatever any of them emits from then on comes here.
 * Announcements of one tick go out together, and before anything else that is sent after them.
 */
import { ByteWriter } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import type { Role } from "./frames.ts";
import { beginMessage, endMessage, Kind, writeNamespace } from "./frames.ts";
import { OwnRooms } from "./own-rooms.ts";
import type { Peer } from "./peer.ts";

export interface AnnouncerDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly role: Role;
  readonly parser: number;
  peers(): Iterable<Peer>;
  /** Appends to the outbox of a peer and sees to it that it is written. @returns the number. */
  post(peer: Peer, message: Buffer, ackWanted: boolean): number;
  /** Something waits for `flush`. */
  wake(): void;
  /** How long a join may wait at most; undefined while the cluster works. */
  patienceMs(): number | undefined;
}

/** One announcement. It stays open until it is confirmed, also when those who waited for that have been let go. */
interface Round {
  waitingFor: number;
  waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
}

/** Hashes per message of a snapshot: such a message is a quarter of the smallest usual item. */
const SNAPSHOT_HASHES = 1_000;

export class Announcer {
  readonly rooms: OwnRooms;
  readonly namespaces = new Set<string>();
  readonly #deps: AnnouncerDeps;
  readonly #writer = new ByteWriter();
  #added: number[] = [];
  /** The round that the next flush opens. */
  #next: Round | undefined;
  readonly #open = new Set<Round>();

  constructor(deps: AnnouncerDeps) {
    this.#deps = deps;
    this.rooms = new OwnRooms(deps.random);
  }

  get pending(): boolean {
    return this.#added.length > 0;
  }

  addRoom(hash: number): void {
    if (!this.rooms.add(hash)) return;
    if (this.#added.push(hash) === 1) this.#deps.wake();
  }

  removeRoom(hash: number): void {
    this.rooms.remove(hash, this.#deps.clock.now());
  }

  /** Resolves when all live nodes know all rooms added so far; undefined when they do already. Never rejects. */
  confirmation(): Promise<void> | undefined {
    if (this.#added.length > 0) this.#next ??= this.#newRound();
    let latest = this.#next;
    // confirmations come in the order of announcements
    if (!latest) for (const round of this.#open) latest = round;
    return latest && this.#waitFor(latest);
  }

  openNamespace(name: string): void {
    if (this.namespaces.has(name)) return;
    this.namespaces.add(name);
    this.#tell(this.#namespaceMessage([name], []));
  }

  closeNamespace(name: string): void {
    if (this.namespaces.delete(name)) this.#tell(this.#namespaceMessage([], [name]));
  }

  /** Sends what was added since the last call. Must come before anything that is sent later. */
  flush(): void {
    if (this.#added.length === 0) return;
    const added = this.#added;
    this.#added = [];
    const round = this.#next ?? this.#newRound();
    this.#next = undefined;
    const message = this.#interestMessage(added, []);
    for (const peer of this.#deps.peers()) {
      if (peer.role !== "server") continue;
      const number = this.#deps.post(peer, message, true);
      if (!peer.alive) continue;
      round.waitingFor++;
      peer.outbox.whenConfirmed(number, () => this.#heard(round));
    }
    this.#heard(round);
  }

  /** Called now and then: tells what has been gone for long enough. */
  sweep(): void {
    const gone = this.rooms.takeGone(this.#deps.clock.now());
    if (gone.length > 0) this.#tell(this.#interestMessage([], gone));
  }

  /** Everything a node must know that knows nothing. @param asked number of its question; 0 when it has not asked. */
  sendSnapshot(peer: Peer, asked = 0): void {
    const { role, parser } = this.#deps;
    const post = (to: Peer, message: Buffer): number => this.#deps.post(to, message, false);
    beginMessage(this.#writer, Kind.hello);
    this.#writer.u8(role === "server" ? 0 : 1);
    this.#writer.u32(parser);
    post(peer, endMessage(this.#writer));
    if (role === "emitter" || peer.role === "emitter") return;
    post(peer, this.#namespaceMessage([...this.namespaces], []));
    let hashes: number[] = [];
    const sendPart = (): void => {
      if (hashes.length > 0) post(peer, this.#interestMessage(hashes, []));
      hashes = [];
    };
    for (const hash of this.rooms.announced()) if (hashes.push(hash) === SNAPSHOT_HASHES) sendPart();
    sendPart();
    this.sendSynced(peer, asked);
  }

  /** Marks a place in the stream: what was announced before it has been applied where it arrives. */
  sendSynced(peer: Peer, asked: number): void {
    beginMessage(this.#writer, Kind.synced);
    this.#writer.varint(asked);
    this.#deps.post(peer, endMessage(this.#writer), false);
  }

  /** The cluster does not work any more: those who wait for it are let go after `ms`. */
  letGoAfter(ms: number): void {
    const rounds = [...this.#open];
    if (rounds.length > 0) this.#deps.clock.after(ms, () => rounds.forEach(letGo));
  }

  letGo(): void {
    this.#open.forEach(letGo);
  }

  #newRound(): Round {
    const round: Round = { waitingFor: 1, waiting: undefined };
    this.#open.add(round);
    return round;
  }

  #waitFor(round: Round): Promise<void> {
    if (!round.waiting) {
      round.waiting = newPromise();
      const patienceMs = this.#deps.patienceMs();
      if (patienceMs !== undefined) this.#deps.clock.after(patienceMs, () => letGo(round));
    }
    return round.waiting.promise;
  }

  #heard(round: Round): void {
    if (--round.waitingFor > 0) return;
    this.#open.delete(round);
    letGo(round);
  }

  #tell(message: Buffer): void {
    for (const peer of this.#deps.peers()) if (peer.role === "server") this.#deps.post(peer, message, false);
  }

  #interestMessage(added: readonly number[], gone: readonly number[]): Buffer {
    beginMessage(this.#writer, Kind.interest);
    for (const list of [added, gone]) {
      this.#writer.varint(list.length);
      for (const hash of list) this.#writer.u32(hash);
    }
    return endMessage(this.#writer);
  }

  #namespaceMessage(opened: readonly string[], closed: readonly string[]): Buffer {
    beginMessage(this.#writer, Kind.namespaces);
    for (const list of [opened, closed]) {
      this.#writer.varint(list.length);
      for (const name of list) writeNamespace(this.#writer, name);
    }
    return endMessage(this.#writer);
  }
}

function letGo(round: Round): void {
  round.waiting?.resolve();
  round.waiting = undefined;
}

function newPromise(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
