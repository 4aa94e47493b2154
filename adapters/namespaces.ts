/** The namespaces of this node: which there are, and which one a message is for. */
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import { beginMessage, endMessage, Kind, LAST_PART, NO_NAMESPACE, readNamespace } from "./frames.ts";
import type { Mesh } from "./mesh.ts";
import type { Peer } from "./peer.ts";

/** A namespace as the cluster sees it. */
export interface NamespaceEndpoint {
  readonly name: string;
  /** @param request 0 when nobody waits for an answer. */
  receive(kind: number, request: number, body: ByteReader, from: Peer): void;
}

export class Namespaces {
  readonly #mesh: Mesh;
  readonly #endpoints = new Map<string, NamespaceEndpoint>();
  readonly #writer = new ByteWriter();

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  get size(): number {
    return this.#endpoints.size;
  }

  get names(): string[] {
    return [...this.#endpoints.keys()];
  }

  open(endpoint: NamespaceEndpoint): void {
    this.#endpoints.set(endpoint.name, endpoint);
    this.#mesh.announcer.openNamespace(endpoint.name);
  }

  /** By identity: the name may have been opened anew while the old one closes. */
  close(endpoint: NamespaceEndpoint): void {
    if (this.#endpoints.get(endpoint.name) !== endpoint) return;
    this.#endpoints.delete(endpoint.name);
    this.#mesh.announcer.closeNamespace(endpoint.name);
  }

  /** @returns false for a kind that this version does not know. */
  deliver(kind: number, body: ByteReader, from: Peer): boolean {
    if (kind < Kind.broadcast || kind > Kind.query) return false;
    const name = readNamespace(body);
    const request = body.varint();
    const endpoint = this.#endpoints.get(name);
    if (endpoint) endpoint.receive(kind, request, body, from);
    else if (request !== 0) this.#answerNothing(request, from);
    return true;
  }

  #answerNothing(request: number, to: Peer): void {
    beginMessage(this.#writer, Kind.answer);
    this.#writer.varint(request);
    this.#writer.u8(LAST_PART | NO_NAMESPACE);
    this.#mesh.post(to, endMessage(this.#writer));
  }
}
