/**
 * Questions to other nodes and what they still wait for. A question keeps the set of nodes it was put to, never a number:
 * so a node that dies settles its part at that moment, and one that comes later disturbs nothing.
 */
import type { ByteReader } from "./bytes.ts";
import type { Cancel, Clock } from "./clock.ts";
import { LAST_PART, NO_NAMESPACE } from "./frames.ts";
import type { Peer } from "./peer.ts";

export interface RequestHandlers {
  /** A part of the answer of a node. */
  part(peer: Peer, body: ByteReader): void;
  /** The node has answered all, or never will. Once per node, unless the time runs out. */
  finished?(peer: Peer): void;
  /** Once: everybody has finished, or the time is over and these were silent. */
  done(silent: readonly Peer[]): void;
}

interface Request extends RequestHandlers {
  readonly waitingFor: Set<Peer>;
  readonly cancelTimer: Cancel;
}

export class Requests {
  readonly #clock: Clock;
  readonly #open = new Map<number, Request>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** @returns the number that the question carries; never 0. Without peers `done` is called before this returns. */
  open(peers: Iterable<Peer>, timeoutMs: number, handlers: RequestHandlers): number {
    const id = (this.#last = (this.#last % 0x7fffffff) + 1);
    const waitingFor = new Set(peers);
    if (waitingFor.size === 0) {
      handlers.done([]);
      return id;
    }
    const cancelTimer = this.#clock.after(timeoutMs, () => this.#end(id));
    this.#open.set(id, { ...handlers, waitingFor, cancelTimer });
    return id;
  }

  /** Takes an answer; one that nobody waits for any more is ignored. */
  answer(peer: Peer, body: ByteReader): void {
    const id = body.varint();
    const flags = body.u8();
    const request = this.#open.get(id);
    if (!request?.waitingFor.has(peer)) return;
    try {
      if ((flags & NO_NAMESPACE) === 0) request.part(peer, body);
    } finally {
      if ((flags & LAST_PART) !== 0) this.#finish(id, request, peer);
    }
  }

  /** The node is dead or gone. */
  forget(peer: Peer): void {
    for (const [id, request] of [...this.#open]) if (request.waitingFor.has(peer)) this.#finish(id, request, peer);
  }

  /** Ends everything, as if the time were over. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#end(id);
  }

  #finish(id: number, request: Request, peer: Peer): void {
    request.waitingFor.delete(peer);
    request.finished?.(peer);
    if (request.waitingFor.size === 0) this.#end(id);
  }

  #end(id: number): void {
    const request = this.#open.get(id);
    if (!request) return;
    this.#open.delete(id);
    request.cancelTimer();
    request.done([...request.waitingFor]);
  }
}
