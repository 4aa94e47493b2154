/** Descriptions of sockets for `fetchSockets`, many in one part of an answer; what they have in common is sent once. */
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import { FrameError } from "./bytes.ts";
import type { LocalSocket } from "./socket-io.ts";
import { ValueReader } from "./value-reader.ts";
import { ValueWriter } from "./value-writer.ts";

/** What the operator makes a `RemoteSocket` of. */
export interface SocketDetails {
  readonly id: string;
  readonly handshake: unknown;
  readonly rooms: string[];
  readonly data: unknown;
}

export class SocketTable {
  readonly #rows = new ByteWriter();
  #values = new ValueWriter(this.#rows);
  #count = 0;

  /** Rough size of what `write` will write. */
  get bytes(): number {
    return this.#rows.length;
  }

  /** @returns false when the socket's handshake or data could not be sent; it is listed without them then. */
  add(socket: LocalSocket): boolean {
    this.#count++;
    this.#rows.name(socket.id);
    this.#rows.names(socket.rooms);
    const complete = this.#add(() => withoutStore(socket.handshake));
    return this.#add(() => socket.data) && complete;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#count);
    writer.raw(this.#rows.view());
  }

  clear(): void {
    this.#rows.reset();
    this.#values = new ValueWriter(this.#rows);
    this.#count = 0;
  }

  /** One socket that cannot be sent must not harm the answer. */
  #add(make: () => unknown): boolean {
    const start = this.#rows.length;
    const { texts, shapes } = this.#values.known;
    try {
      this.#values.write(make());
      return true;
    } catch {
      this.#rows.cut(start);
      this.#values.forgetAfter(texts, shapes);
      this.#values.write({});
      return false;
    }
  }
}

/** The session store that some middlewares put into a handshake may be circular, and is nobody else's business. */
function withoutStore(handshake: object): object {
  if (!("sessionStore" in handshake)) return handshake;
  return Object.fromEntries(Object.entries(handshake).filter(([name]) => name !== "sessionStore"));
}

export function readSocketTable(reader: ByteReader): SocketDetails[] {
  const count = reader.varint();
  if (count > reader.left) throw new FrameError("more sockets than bytes");
  const values = new ValueReader(reader);
  const sockets: SocketDetails[] = [];
  for (let i = 0; i < count; i++) {
    const id = reader.name();
    const rooms = reader.names();
    sockets.push({ id, rooms, handshake: values.read(), data: values.read() });
  }
  return sockets;
}
