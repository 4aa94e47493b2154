/**
 * A piece of an outbox that becomes one item of the destination's ring: room for the header, then whole messages.
 * Messages are packed here as they are sent, so that writing an item copies nothing together.
 */
import { HEADER_BYTES, MESSAGE_HEAD_BYTES, VOLATILE } from "./frames.ts";

export class Chunk {
  readonly bytes: Buffer;
  /** Number of the first message. */
  readonly first: number;
  #length = HEADER_BYTES;
  #span = 0;
  #volatiles = 0;
  #ackWanted = false;

  constructor(bytes: Buffer, first: number) {
    this.bytes = bytes;
    this.first = first;
  }

  /** Numbers used up, dropped messages included. */
  get span(): number {
    return this.#span;
  }

  /** Bytes of messages. */
  get used(): number {
    return this.#length - HEADER_BYTES;
  }

  get volatiles(): number {
    return this.#volatiles;
  }

  get ackWanted(): boolean {
    return this.#ackWanted;
  }

  get item(): Buffer {
    return this.bytes.subarray(0, this.#length);
  }

  /** False when the message does not fit. */
  append(message: Buffer, isVolatile: boolean, ackWanted: boolean): boolean {
    if (this.#length + message.length > this.bytes.length) return false;
    this.bytes.set(message, this.#length);
    this.#length += message.length;
    this.#span++;
    if (isVolatile) this.#volatiles++;
    if (ackWanted) this.#ackWanted = true;
    return true;
  }

  /** Takes the volatile messages out; their numbers stay used up, so that nobody takes the hole for a loss. */
  dropVolatile(): { bytes: number; messages: number } {
    const before = { length: this.#length, messages: this.#volatiles };
    let to = HEADER_BYTES;
    for (let at = HEADER_BYTES; at < before.length;) {
      const end = at + MESSAGE_HEAD_BYTES + this.bytes.readUInt32BE(at + 2);
      if ((this.bytes.readUInt8(at + 1) & VOLATILE) === 0) {
        this.bytes.copyWithin(to, at, end);
        to += end - at;
      }
      at = end;
    }
    this.#length = to;
    this.#volatiles = 0;
    return { bytes: before.length - to, messages: before.messages };
  }
}
