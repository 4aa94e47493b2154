/**
 * The other nodes and the ordered streams to and from them: who is there, who has which room, what arrives in what order.
 * Not here: where leases come from and who is declared dead (`cluster.ts`), what messages of a namespace mean (`adapter.ts`).
 */
import { Announcer } from "./announcer.ts";
import { ByteReader, FrameError } from "./bytes.ts";
import { CatchUp } from "./catch-up.ts";
import type { Clock } from "./clock.ts";
import type { ItemHeader, Mark, Role } from "./frames.ts";
import { eachMessage, HEADER_BYTES, Kind } from "./frames.ts";
import { readHeader, readNamespace, writeHeader } from "./frames.ts";
import type { Ring } from "./link.ts";
import type { OutboxLimits } from "./outbox.ts";
import { Outbox } from "./outbox.ts";
import { OutboxBudget } from "./outbox-budget.ts";
import { Peer } from "./peer.ts";
import { Routing } from "./routing.ts";
import type { Counters } from "./stats.ts";
import { IncomingStreams } from "./stream.ts";

export interface MeshDeps {
  readonly self: string;
  readonly role: Role;
  readonly parser: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly outboxBytes: number;
  readonly deadAfterMs: number;
  ring(node: string): Ring;
  limits(): OutboxLimits;
  inboxPosition(): Mark;
  patienceMs(): number | undefined;
  /** A message that is not the mesh's own business. */
  deliver(kind: number, body: ByteReader, from: Peer): void;
  appeared(peer: Peer): void;
  /** Any sign of life, before what it brought is applied. */
  heard(peer: Peer): void;
  gone(peer: Peer): void;
  gap(peer: Peer, lost: number): void;
  handlerFailed(error: unknown): void;
}

export interface PostOptions {
  readonly isVolatile?: boolean;
  readonly ackWanted?: boolean;
}

const CONFIRMATION_REPEAT_MS = 500;
const STRAY_WRITE_MS = 6_000;

export class Mesh {
  readonly routing: Routing;
  readonly announcer: Announcer;
  readonly catchUp: CatchUp;
  readonly budget: OutboxBudget;
  readonly #deps: MeshDeps;
  readonly #peers = new Map<string, Peer>();
  readonly #streams = new IncomingStreams();
  readonly #departed = new Set<string>();
  readonly #dirty = new Set<Peer>();
  #epochs = 0;
  #flushScheduled = false;
  #closed = false;

  constructor(deps: MeshDeps) {
    this.#deps = deps;
    this.routing = new Routing(deps.random);
    this.budget = new OutboxBudget(deps.outboxBytes);
    this.announcer = new Announcer({
      clock: deps.clock,
      random: deps.random,
      role: deps.role,
      parser: deps.parser,
      peers: () => this.#peers.values(),
      post: (peer, message, ackWanted) => this.#append(peer, message, { ackWanted }),
      wake: () => this.#schedule(),
      patienceMs: () => deps.patienceMs(),
    });
    this.catchUp = new CatchUp({
      ...deps,
      routing: this.routing,
      announcer: this.announcer,
      peers: () => this.#peers.values(),
      post: (peer, message) => void this.post(peer, message),
    });
  }

  get peers(): ReadonlyMap<string, Peer> {
    return this.#peers;
  }

  /** Said goodbye, or was given up: a lease or an item of it that is still around means nothing. */
  hasLeft(id: string): boolean {
    return this.#departed.has(id);
  }

  /** Makes a node known and introduces this one to it. */
  discover(id: string, role: Role, parser: number | undefined): Peer {
    const known = this.#peers.get(id);
    if (known) return known;
    const peer = new Peer(id, this.routing.freeIndex(), this.#newOutbox(id), this.#streams.of(id));
    peer.role = role;
    peer.parser = parser;
    // it introduces itself; it is asked only if that does not come
    peer.askedMs = this.#deps.clock.now();
    this.#peers.set(id, peer);
    this.routing.enter(peer);
    if (role === "server") this.routing.setSynced(peer, false);
    this.#deps.appeared(peer);
    this.announcer.flush();
    this.announcer.sendSnapshot(peer);
    return peer;
  }

  /** Forgets a node and drops what waits for it. */
  remove(peer: Peer): void {
    if (this.#peers.get(peer.id) !== peer) return;
    this.#peers.delete(peer.id);
    this.routing.leave(peer);
    this.#dirty.delete(peer);
    peer.outbox.close();
    this.#deps.gone(peer);
  }

  /** The nodes that a message for these rooms (all of the namespace if none) must go to. Dead ones are among them. */
  targets(seed: number, rooms: ReadonlySet<string>): Peer[] {
    if (this.#peers.size === 0) return [];
    this.catchUp.checkTrust();
    return this.routing.targets(seed, rooms);
  }

  /** Sends a message; it is copied before this returns. @returns its number in the stream to `peer`. */
  post(peer: Peer, message: Buffer, options: PostOptions = {}): number {
    if (this.announcer.pending) this.announcer.flush();
    return this.#append(peer, message, options);
  }

  /** Takes an item of the own inbox. Whatever it holds, nothing is thrown. */
  receive(item: Buffer): void {
    const { counters } = this.#deps;
    counters.itemsRead++;
    counters.bytesRead += item.length;
    let header: ItemHeader;
    try {
      header = readHeader(item);
    } catch {
      counters.malformed++;
      return;
    }
    if (header.sender === this.#deps.self || this.#departed.has(header.sender)) return;
    const peer = this.discover(header.sender, header.role, undefined);
    this.#deps.heard(peer);
    const arrival = peer.incoming.take(header.epoch, header.first, header.span);
    if (arrival === "repeat") {
      counters.repeats++;
    } else {
      if (arrival !== "apply") this.lost(peer, arrival.lost);
      this.#apply(item, peer);
    }
    // what its messages made us announce must be out before the confirmation that this header may bring
    this.announcer.flush();
    peer.outbox.confirm(header.applied);
    peer.outbox.progress(header.inbox);
    if (header.ackWanted) this.#control(peer);
  }

  /** Messages of `peer` will never come: what they said about its rooms must be asked for. */
  lost(peer: Peer, count: number): void {
    this.#deps.counters.lost += count;
    this.#deps.counters.gaps++;
    this.#deps.gap(peer, count);
    this.catchUp.afterGap(peer);
  }

  /** Tells all senders how far the inbox has been read. */
  reportProgress(): void {
    for (const peer of this.#peers.values()) if (peer.alive) this.#control(peer);
  }

  /** Called with every beat: repeats what was not answered. */
  sweep(): void {
    this.announcer.sweep();
    this.catchUp.sweep();
    const nowMs = this.#deps.clock.now();
    for (const peer of this.#peers.values()) {
      if (peer.outbox.isConfirmationLost(nowMs - CONFIRMATION_REPEAT_MS)) {
        peer.outbox.wantControl(true);
        this.#touch(peer);
      }
    }
  }

  /** After this everything sent is dropped and everything received ignored. */
  close(): void {
    this.#closed = true;
    for (const peer of [...this.#peers.values()]) this.remove(peer);
    this.announcer.letGo();
  }

  #newOutbox(id: string): Outbox {
    const { clock, counters, self, role } = this.#deps;
    return new Outbox({
      ring: this.#deps.ring(id),
      clock,
      counters,
      budget: this.budget,
      epoch: ++this.#epochs,
      limits: () => this.#deps.limits(),
      seal: (into, { epoch, first, span, ackWanted }) => {
        const applied = this.#streams.of(id).applied;
        const inbox = this.#deps.inboxPosition();
        writeHeader(into, { ackWanted, role, sender: self, epoch, first, span, applied, inbox });
      },
    });
  }

  #append(peer: Peer, message: Buffer, { isVolatile = false, ackWanted = false }: PostOptions): number {
    const number = peer.outbox.append(message, isVolatile, ackWanted);
    this.#touch(peer);
    return number;
  }

  #control(peer: Peer): void {
    peer.outbox.wantControl();
    this.#touch(peer);
  }

  #touch(peer: Peer): void {
    this.#dirty.add(peer);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.#deps.clock.soon(() => {
      this.#flushScheduled = false;
      this.announcer.flush();
      for (const peer of this.#dirty) peer.outbox.pump();
      this.#dirty.clear();
    });
  }

  #apply(item: Buffer, peer: Peer): void {
    // a small slice would pin the whole chunk of the network that it came in
    const own = item.length * 2 < item.buffer.byteLength ? Buffer.from(item) : item;
    try {
      eachMessage(new ByteReader(own, HEADER_BYTES), (kind, _flags, body) => {
        this.#deps.counters.received++;
        try {
          this.#take(kind, body, peer);
        } catch (error) {
          if (error instanceof FrameError) this.#deps.counters.malformed++;
          else this.#deps.handlerFailed(error);
        }
      });
    } catch {
      this.#deps.counters.malformed++;
    }
  }

  #take(kind: number, body: ByteReader, peer: Peer): void {
    switch (kind) {
      case Kind.hello:
        return this.#takeHello(body, peer);
      case Kind.interest:
        for (let left = body.varint(); left > 0; left--) this.routing.interest.add(body.u32(), peer.index);
        for (let left = body.varint(); left > 0; left--) this.routing.interest.remove(body.u32(), peer.index);
        return;
      case Kind.namespaces:
        for (let left = body.varint(); left > 0; left--) peer.namespaces.add(readNamespace(body));
        for (let left = body.varint(); left > 0; left--) peer.namespaces.delete(readNamespace(body));
        return;
      case Kind.synced:
        return this.catchUp.takeSynced(body, peer);
      case Kind.resync:
        return this.catchUp.takeRequest(body, peer);
      case Kind.goodbye:
        return this.#takeGoodbye(peer);
      default:
        this.#deps.deliver(kind, body, peer);
    }
  }

  #takeHello(body: ByteReader, peer: Peer): void {
    peer.role = body.u8() === 0 ? "server" : "emitter";
    peer.parser = body.u32();
    peer.namespaces.clear();
    if (peer.role === "emitter") return;
    this.routing.interest.forget(peer.index);
    this.catchUp.snapshotBegins(peer);
  }

  #takeGoodbye(peer: Peer): void {
    this.#departed.add(peer.id);
    const writing = peer.outbox.writing;
    this.remove(peer);
    // A write that is still under way makes the destroyed ring anew, for nobody. Should this fail, one item stays.
    if (writing) {
      this.#deps.clock.after(STRAY_WRITE_MS, () => {
        if (!this.#closed) this.#deps.ring(peer.id).destroy().catch(ignore);
      });
    }
  }
}

const ignore = (): void => undefined;
