/** What this node knows about another one. Kept by `mesh.ts`. */
import type { Role } from "./frames.ts";
import type { Outbox } from "./outbox.ts";
import type { IncomingStream } from "./stream.ts";

export class Peer {
  readonly id: string;
  /** Small number in the interest table; used again after the node is gone. */
  readonly index: number;
  readonly outbox: Outbox;
  readonly incoming: IncomingStream;
  readonly namespaces = new Set<string>();
  /** Until the node has said hello it is taken for a server. */
  role: Role = "server";
  /** Unknown until the first lease or hello. */
  parser: number | undefined;
  /** Dead nodes are out of counts and requests; what waits for them is kept, they may just stand still. */
  alive = true;
  deadSinceMs = 0;
  /** False while its rooms are not known for sure; then it gets everything. */
  synced = false;
  /** Something of what it said about its rooms is missing, or nothing has come yet. */
  needsSnapshot = true;
  /** Number of the last question about its rooms, and when it was asked; 0 while its unasked introduction will do. */
  asked = 0;
  askedMs = Number.NEGATIVE_INFINITY;

  constructor(id: string, index: number, outbox: Outbox, incoming: IncomingStream) {
    this.id = id;
    this.index = index;
    this.outbox = outbox;
    this.incoming = incoming;
  }

  /** Whether it has the namespace, as far as one knows. */
  mayServe(namespace: string): boolean {
    return this.role === "server" && (!this.synced || this.namespaces.has(namespace));
  }
}
