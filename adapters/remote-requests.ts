/**
 * The answering side: what this node does for others that ask about its sockets or wait for acknowledgements.
 * Answers go to the asker only, gathered: all that is there in one tick makes one message.
 */
import type { Adapter } from "socket.io-adapter";
import type { ReceivedBroadcast } from "./broadcast-message.ts";
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import { beginMessage, endMessage, Kind, LAST_PART, readSelection } from "./frames.ts";
import type { LocalDelivery } from "./local-delivery.ts";
import type { Peer } from "./peer.ts";
import type { LocalSocket, Namespace } from "./socket-io.ts";
import { eachSocket } from "./socket-io.ts";
import { SocketTable } from "./socket-table.ts";
import type { Counters } from "./stats.ts";
import { readValue } from "./value-reader.ts";
import { writeValue } from "./value-writer.ts";

/** What a query wants to know about the matching sockets. Numbers are part of the wire format. */
export const Query = { details: 0, ids: 1, count: 2, rooms: 3 } as const;

export interface RemoteRequestsDeps {
  readonly adapter: Adapter;
  readonly namespace: Namespace;
  readonly delivery: LocalDelivery;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Bytes that a part of an answer should have. */
  partBytes(): number;
  post(peer: Peer, message: Buffer): void;
}

export class RemoteRequests {
  readonly #deps: RemoteRequestsDeps;
  readonly #writer = new ByteWriter();

  constructor(deps: RemoteRequestsDeps) {
    this.#deps = deps;
  }

  query(body: ByteReader, request: number, from: Peer): void {
    const what = body.u8();
    const { rooms, except } = readSelection(body);
    const sockets: LocalSocket[] = [];
    const { adapter, namespace } = this.#deps;
    eachSocket(adapter, namespace.sockets, rooms, except, (socket) => sockets.push(socket));
    switch (what) {
      case Query.details:
        return this.#answerDetails(from, request, sockets);
      case Query.ids:
        return this.#answerNames(
          from,
          request,
          sockets.map((socket) => socket.id),
        );
      case Query.rooms:
        return this.#answerNames(from, request, [...adapter.rooms.keys()]);
      case Query.count:
        return this.#answer(from, request, LAST_PART, (writer) => writer.u32(sockets.length));
      default: // a question of a newer version: no part of ours, but no waiting either
        return this.#answer(from, request, LAST_PART, () => undefined);
    }
  }

  /** Runs the listeners of a server-side event; with a request, the first call of the callback is the answer. */
  serverEmit(body: ByteReader, request: number, from: Peer): void {
    const args = readValue(body);
    if (!Array.isArray(args)) return;
    const event: unknown[] = [...(args as unknown[])];
    if (request !== 0) {
      let answered = false;
      event.push((value: unknown) => {
        if (answered) return;
        answered = true;
        this.#answer(from, request, LAST_PART, (writer) => writeValue(writer, value));
      });
    }
    this.#deps.namespace._onServerSideEmit(event);
  }

  /** Writes a packet to the local sockets and sends their acknowledgements back as they come. */
  broadcastWithAck(broadcast: ReceivedBroadcast, request: number, from: Peer): void {
    const { clock, delivery } = this.#deps;
    let values: unknown[] = [];
    let expected = Number.POSITIVE_INFINITY;
    let received = 0;
    let scheduled = false;
    const send = (): void => {
      scheduled = false;
      const gathered = values;
      values = [];
      this.#answer(from, request, received >= expected ? LAST_PART : 0, (writer) => {
        writer.varint(gathered.length);
        for (const value of gathered) writeValue(writer, value);
      });
    };
    const { id, sockets } = delivery.relayedWithAck(broadcast, (value) => {
      received++;
      values.push(value);
      if (scheduled) return;
      scheduled = true;
      clock.soon(send);
    });
    expected = sockets.length;
    if (expected === 0) return send();
    // the asker has given up by then: nobody may wait in the sockets for ever
    clock.after(broadcast.timeoutMs, () => {
      for (const socket of sockets) socket.acks.delete(id);
    });
  }

  #answerDetails(to: Peer, request: number, sockets: readonly LocalSocket[]): void {
    const table = new SocketTable();
    for (const socket of sockets) {
      if (!table.add(socket)) this.#deps.counters.unserializable++;
      if (table.bytes < this.#deps.partBytes()) continue;
      this.#answer(to, request, 0, (writer) => table.write(writer));
      table.clear();
    }
    this.#answer(to, request, LAST_PART, (writer) => table.write(writer));
  }

  #answerNames(to: Peer, request: number, names: readonly string[]): void {
    let part: string[] = [];
    let bytes = 0;
    for (const name of names) {
      part.push(name);
      bytes += name.length;
      if (bytes < this.#deps.partBytes()) continue;
      const full = part;
      this.#answer(to, request, 0, (writer) => writer.names(full));
      part = [];
      bytes = 0;
    }
    this.#answer(to, request, LAST_PART, (writer) => writer.names(part));
  }

  #answer(to: Peer, request: number, flags: number, write: (writer: ByteWriter) => void): void {
    beginMessage(this.#writer, Kind.answer);
    this.#writer.varint(request);
    this.#writer.u8(flags);
    write(this.#writer);
    this.#deps.post(to, endMessage(this.#writer));
  }
}
