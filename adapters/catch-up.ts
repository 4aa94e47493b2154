/**
 * When the rooms of other nodes are not known for sure, and how they are known again. Until then those nodes get
 * everything: superfluous messages, none lost.
 * Two reasons: messages of a node were lost, then it must tell all anew; or this node may have been taken for dead, then
 * others have joined rooms without waiting for it, and a mark in their streams behind what is on its way will do.
 */
import type { Announcer } from "./announcer.ts";
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import type { Role } from "./frames.ts";
import { beginMessage, endMessage, Kind } from "./frames.ts";
import type { Peer } from "./peer.ts";
import type { Routing } from "./routing.ts";
import type { Counters } from "./stats.ts";

export interface CatchUpDeps {
  readonly role: Role;
  /** After this long without a sign of life this node is taken for dead. */
  readonly deadAfterMs: number;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly routing: Routing;
  readonly announcer: Announcer;
  peers(): Iterable<Peer>;
  post(peer: Peer, message: Buffer): void;
}

/** What is asked for: everything anew, or just a mark. Part of the wire format. */
const SNAPSHOT = 0;
const MARK = 1;
const ASK_AGAIN_MS = 2_000;

export class CatchUp {
  readonly #deps: CatchUpDeps;
  readonly #writer = new ByteWriter();
  /** Until then no other node can have taken this one for dead. */
  #trustUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  /** This node was seen alive: until `ms` strict joins elsewhere wait for it. */
  trustUntil(ms: number): void {
    this.checkTrust();
    this.#trustUntilMs = Math.max(ms, this.#trustUntilMs);
  }

  /** Called before rooms are looked up: a process that stood still finds out here, not by a timer. */
  checkTrust(): void {
    const nowMs = this.#deps.clock.now();
    if (nowMs < this.#trustUntilMs) return;
    // whoever gets what is asked now has heard of this node, and waits for it that long again
    this.#trustUntilMs = nowMs + this.#deps.deadAfterMs;
    for (const peer of this.#deps.peers()) this.#ask(peer, peer.needsSnapshot ? SNAPSHOT : MARK);
  }

  /** Something that this peer said about its rooms is lost. */
  afterGap(peer: Peer): void {
    // a snapshot that is under way has a hole too
    peer.needsSnapshot = true;
    this.#askSnapshot(peer);
  }

  snapshotBegins(peer: Peer): void {
    peer.needsSnapshot = false;
    this.#deps.routing.setSynced(peer, false);
  }

  takeSynced(body: ByteReader, peer: Peer): void {
    // an answer to an earlier question says nothing about what came in between
    if (body.varint() === peer.asked && !peer.needsSnapshot) this.#deps.routing.setSynced(peer, true);
  }

  takeRequest(body: ByteReader, from: Peer): void {
    const what = body.u8();
    const asked = body.varint();
    if (what === SNAPSHOT) this.#deps.announcer.sendSnapshot(from, asked);
    else this.#deps.announcer.sendSynced(from, asked);
  }

  /** Asks again where no answer came. */
  sweep(): void {
    const nowMs = this.#deps.clock.now();
    for (const peer of this.#deps.peers()) {
      if (!peer.synced && nowMs - peer.askedMs > ASK_AGAIN_MS) this.#ask(peer, peer.needsSnapshot ? SNAPSHOT : MARK);
    }
  }

  #askSnapshot(peer: Peer): void {
    this.#deps.counters.resyncs++;
    this.#ask(peer, SNAPSHOT);
  }

  #ask(peer: Peer, what: number): void {
    // an emitter has no rooms, and sends everything to everybody anyway
    if (peer.role === "emitter" || this.#deps.role === "emitter") return;
    this.#deps.routing.setSynced(peer, false);
    peer.askedMs = this.#deps.clock.now();
    peer.asked++;
    beginMessage(this.#writer, Kind.resync);
    this.#writer.u8(what);
    this.#writer.varint(peer.asked);
    this.#deps.post(peer, endMessage(this.#writer));
  }
}
