/** Questions about the sockets of other servers, put only to those that may have matching ones. */
import type { BroadcastOptions } from "socket.io-adapter";
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import type { Cluster } from "./cluster.ts";
import { beginMessage, endMessage, Kind, writeNamespace, writeSelection } from "./frames.ts";
import { Query } from "./remote-requests.ts";
import type { SocketDetails } from "./socket-table.ts";
import { readSocketTable } from "./socket-table.ts";

type Selected = Pick<BroadcastOptions, "rooms" | "except">;

const EVERYBODY: Selected = { rooms: new Set() };

export class ClusterQueries {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #seed: number;
  readonly #writer = new ByteWriter();

  constructor(cluster: Cluster, namespace: string, seed: number) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#seed = seed;
  }

  details(selected: Selected, timeoutMs?: number): Promise<SocketDetails[]> {
    return this.#ask(Query.details, selected, timeoutMs, readSocketTable);
  }

  ids(selected: Selected, timeoutMs?: number): Promise<string[]> {
    return this.#ask(Query.ids, selected, timeoutMs, (body) => body.names());
  }

  async count(selected: Selected, timeoutMs?: number): Promise<number> {
    const counts = await this.#ask(Query.count, selected, timeoutMs, (body) => [body.u32()]);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  rooms(timeoutMs?: number): Promise<string[]> {
    return this.#ask(Query.rooms, EVERYBODY, timeoutMs, (body) => body.names());
  }

  #ask<T>(
    what: number,
    selected: Selected,
    timeoutMs: number | undefined,
    read: (body: ByteReader) => T[],
  ): Promise<T[]> {
    const { mesh, requests, options } = this.#cluster;
    const asked = mesh
      .targets(this.#seed, selected.rooms)
      .filter((peer) => peer.alive && peer.mayServe(this.#namespace));
    return new Promise((resolve, reject) => {
      const found: T[] = [];
      const request = requests.open(asked, timeoutMs ?? options.requestsTimeout, {
        part: (_peer, body) => {
          for (const one of read(body)) found.push(one);
        },
        done: (silent) => {
          const error = this.#cluster.silence(silent, found);
          if (error) reject(error);
          else resolve(found);
        },
      });
      beginMessage(this.#writer, Kind.query);
      writeNamespace(this.#writer, this.#namespace);
      this.#writer.varint(request);
      this.#writer.u8(what);
      writeSelection(this.#writer, selected.rooms, selected.except);
      const message = endMessage(this.#writer);
      for (const peer of asked) mesh.post(peer, message);
    });
  }
}
