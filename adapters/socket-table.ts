/**
 * Descriptions of sockets for `fetchSockets`, many in one part of an answer. Handshakes of one population repeat the same
 * header values again and again; each value of a part is therefore sent and parsed once, which is most of the cost.
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { ByteWriter as Writer } from "./bytes.ts";
import { FrameError } from "./bytes.ts";
import type { LocalSocket } from "./socket-io.ts";
import { readValue, writeValue } from "./values.ts";

/** What the operator makes a `RemoteSocket` of. */
export interface SocketDetails {
  readonly id: string;
  readonly handshake: unknown;
  readonly rooms: string[];
  readonly data: unknown;
}

export class SocketTable {
  readonly #rows = new Writer();
  #count = 0;
  #headerIds = new Map<string, number>();
  #headers: string[] = [];
  #headerBytes = 0;

  /** Rough size of what `write` will write. */
  get bytes(): number {
    return this.#rows.length + this.#headerBytes;
  }

  /** @returns false when the socket's handshake or data could not be sent; it is listed without them then. */
  add(socket: LocalSocket): boolean {
    this.#count++;
    this.#rows.name(socket.id);
    this.#rows.names([...socket.rooms]);
    const complete = this.#value(() => this.#handshake(socket.handshake));
    return this.#value(() => socket.data) && complete;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#headers.length);
    for (const header of this.#headers) writer.utf8(header);
    writer.varint(this.#count);
    writer.raw(this.#rows.view());
  }

  clear(): void {
    this.#rows.reset();
    this.#count = 0;
    this.#headerIds.clear();
    this.#headers = [];
    this.#headerBytes = 0;
  }

  /** One socket that cannot be sent must not harm the answer. */
  #value(make: () => unknown): boolean {
    const start = this.#rows.length;
    try {
      writeValue(this.#rows, make());
      return true;
    } catch {
      this.#rows.cut(start);
      writeValue(this.#rows, {});
      return false;
    }
  }

  /** The handshake with header values replaced by numbers. The session store of some middlewares is left out: it may be circular. */
  #handshake(handshake: object): unknown {
    const { headers } = handshake as { headers?: unknown };
    const others = Object.entries(handshake).filter(([name]) => name !== "headers" && name !== "sessionStore");
    const rest = Object.fromEntries(others) as Record<string, unknown>;
    if (typeof headers !== "object" || headers === null) return { rest, headers };
    const flat: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(headers)) {
      flat[name] = typeof value === "string" ? this.#header(value) : value;
    }
    return { rest, flat };
  }

  #header(value: string): number {
    let id = this.#headerIds.get(value);
    if (id === undefined) {
      id = this.#headers.push(value) - 1;
      this.#headerIds.set(value, id);
      this.#headerBytes += value.length;
    }
    return id;
  }
}

export function readSocketTable(reader: ByteReader): SocketDetails[] {
  const headerCount = reader.varint();
  if (headerCount > reader.left) throw new FrameError("more headers than bytes");
  const headers: string[] = [];
  for (let i = 0; i < headerCount; i++) headers.push(reader.utf8());
  const count = reader.varint();
  if (count > reader.left) throw new FrameError("more sockets than bytes");
  const sockets: SocketDetails[] = [];
  for (let i = 0; i < count; i++) {
    const id = reader.name();
    const rooms = reader.names();
    const handshake = restore(readValue(reader), headers);
    sockets.push({ id, handshake, rooms, data: readValue(reader) });
  }
  return sockets;
}

function restore(value: unknown, headers: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { rest, flat, headers: plain } = value as { rest?: object; flat?: Record<string, unknown>; headers?: unknown };
  if (!flat) return { headers: plain, ...rest };
  for (const [name, id] of Object.entries(flat)) if (typeof id === "number") flat[name] = headers[id];
  return { headers: flat, ...rest };
}
