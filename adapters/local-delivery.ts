/**
 * Writing packets to the sockets of this node, for own emits and for those that come over the wire.
 * It does by itself what `Adapter.prototype.broadcast` does, to use frames that are encoded already. When that
 * prototype has been patched (uWebSockets.js publishes to topics there) the patched method does the work.
 */
import { Adapter } from "socket.io-adapter";
import { putAckId } from "./ack-template.ts";
import type { ReceivedBroadcast } from "./broadcast-message.ts";
import type { FanOut } from "./fan-out.ts";
import { decodePacket, ownFrames, writeOptions } from "./fan-out.ts";
import type { EncodedFrames, Flags, LocalSocket, Namespace, Packet, WriteOptions } from "./socket-io.ts";
import { eachSocket } from "./socket-io.ts";

// eslint's unbound-method does not apply: only compared, never called
const stockBroadcast: unknown = Reflect.get(Adapter.prototype, "broadcast");

export const isPatched = (): boolean => Reflect.get(Adapter.prototype, "broadcast") !== stockBroadcast;

export class LocalDelivery {
  readonly #adapter: Adapter;
  readonly #namespace: Namespace;

  constructor(adapter: Adapter, namespace: Namespace) {
    this.#adapter = adapter;
    this.#namespace = namespace;
  }

  /** Writes a packet of this node, which is encoded already. */
  own(frames: EncodedFrames, packet: Packet, rooms: Set<string>, except: Set<string> | undefined, flags: Flags): void {
    let ready: { frames: EncodedFrames; options: WriteOptions } | undefined;
    eachSocket(this.#adapter, this.#namespace.sockets, rooms, except, (socket) => {
      ready ??= { frames, options: writeOptions(ownFrames(frames), flags) };
      socket.notifyOutgoingListeners?.(packet);
      socket.client.writeToEngine(ready.frames, ready.options);
    });
  }

  /** Writes a packet of another node. */
  relayed(broadcast: ReceivedBroadcast): void {
    const { rooms, except, flags } = broadcast;
    if (isPatched()) {
      Adapter.prototype.broadcast.call(this.#adapter, this.#packetOf(broadcast), { rooms, except, flags });
      return;
    }
    let write: ((socket: LocalSocket) => void) | undefined;
    eachSocket(this.#adapter, this.#namespace.sockets, rooms, except, (socket) => {
      write ??= this.#writer(this.#fanOutOf(broadcast), flags);
      write(socket);
    });
  }

  /**
   * Writes a packet of another node that wants acknowledgements.
   * @param ack called once per socket that answers.
   * @returns the id in use here and the sockets that were written to.
   */
  relayedWithAck(broadcast: ReceivedBroadcast, ack: (value: unknown) => void): { id: number; sockets: LocalSocket[] } {
    const { rooms, except, flags, place } = broadcast;
    const id = this.#namespace._ids++;
    const sockets: LocalSocket[] = [];
    let write: ((socket: LocalSocket) => void) | undefined;
    eachSocket(this.#adapter, this.#namespace.sockets, rooms, except, (socket) => {
      write ??= this.#writer(withAckId(this.#fanOutOf(broadcast, id), place, id), flags);
      socket.acks.set(id, ack);
      sockets.push(socket);
      write(socket);
    });
    return { id, sockets };
  }

  #writer({ fanOut, packet }: { fanOut: FanOut; packet?: Packet }, flags: Flags): (socket: LocalSocket) => void {
    const options = writeOptions(fanOut, flags);
    let decoded = packet;
    return (socket) => {
      if (socket._anyOutgoingListeners && socket._anyOutgoingListeners.length > 0) {
        decoded ??= decodePacket(this.#namespace.server, this.#namespace.name, fanOut.frames);
        socket.notifyOutgoingListeners?.(decoded);
      }
      socket.client.writeToEngine(fanOut.frames, options);
    };
  }

  #fanOutOf(broadcast: ReceivedBroadcast, id?: number): { fanOut: FanOut; packet?: Packet } {
    const payload = broadcast.payload();
    if ("fanOut" in payload) return payload;
    const packet: Packet = { type: 2, nsp: this.#namespace.name, data: payload.args };
    if (id !== undefined) packet.id = id;
    return { fanOut: ownFrames(this.#namespace.server.encoder.encode(packet)), packet };
  }

  #packetOf(broadcast: ReceivedBroadcast): Packet {
    const payload = broadcast.payload();
    return "args" in payload
      ? { type: 2, data: payload.args }
      : decodePacket(this.#namespace.server, this.#namespace.name, payload.fanOut.frames);
  }
}

function withAckId(
  read: { fanOut: FanOut; packet?: Packet },
  place: ReceivedBroadcast["place"],
  id: number,
): { fanOut: FanOut; packet?: Packet } {
  // arguments were encoded with the id just now
  return place ? { fanOut: ownFrames(putAckId(read.fanOut.frames, place, id)) } : read;
}
