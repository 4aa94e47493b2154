/**
 * The wire format: the header of an item and the messages after it. A small specification with golden bytes stands in
 * docs/adapter.md; a change here changes it, its golden tests, and by the rule written there perhaps `WIRE_VERSION`.
 * Not here: who sends what to whom.
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { FrameError } from "./bytes.ts";

/** Raised only when an older node would misread an item. A new kind of message needs no new version: it is skipped. */
export const WIRE_VERSION = 1;
export const HEADER_BYTES = 44;
export const MESSAGE_HEAD_BYTES = 6;
export const NODE_ID_BYTES = 8;

/** Kinds of messages. Numbers are never reused. */
export const Kind = {
  broadcast: 1,
  join: 2,
  leave: 3,
  disconnect: 4,
  serverEmit: 5,
  query: 6,
  answer: 7,
  hello: 8,
  interest: 9,
  namespaces: 10,
  synced: 11,
  resync: 12,
  goodbye: 13,
} as const;

/** Set in the second byte of a message: the first to go when an outbox is full. */
export const VOLATILE = 1;
/** Set in the second byte of an item: the sender waits for a confirmation. */
export const ACK_WANTED = 1;
/** Set in the second byte of an item: its sender is an emitter, which has no rooms and is no server. */
export const FROM_EMITTER = 2;

/** A server has sockets and is counted; an emitter only sends. */
export type Role = "server" | "emitter";

/** Two numbers that only together say where a stream or an inbox stands. */
export interface Mark {
  /** Which life of the stream (or of the ring); a higher one makes the lower one void. */
  readonly epoch: number;
  readonly number: number;
}

export interface ItemHeader {
  readonly ackWanted: boolean;
  readonly role: Role;
  /** 16 hexadecimal digits. */
  readonly sender: string;
  readonly epoch: number;
  /** Number of the first message; with a span of 0 the number that the next message will have. */
  readonly first: number;
  /** Numbers that this item uses up; dropped volatile messages included. */
  readonly span: number;
  /** The last message of the receiver that the sender has applied. */
  readonly applied: Mark;
  /** How far the sender has read its own inbox: the next sequence. */
  readonly inbox: Mark;
}

export function writeHeader(into: Buffer, header: ItemHeader): void {
  into[0] = WIRE_VERSION;
  into[1] = (header.ackWanted ? ACK_WANTED : 0) | (header.role === "emitter" ? FROM_EMITTER : 0);
  into.write(header.sender, 2, "hex");
  into.writeUInt32BE(header.epoch, 10);
  into.writeUIntBE(header.first, 14, 6);
  into.writeUInt32BE(header.span, 20);
  into.writeUInt32BE(header.applied.epoch, 24);
  into.writeUIntBE(header.applied.number, 28, 6);
  into.writeUInt32BE(header.inbox.epoch, 34);
  into.writeUIntBE(header.inbox.number, 38, 6);
}

/** @throws FrameError when the item is too short or of another version. */
export function readHeader(item: Buffer): ItemHeader {
  if (item.length < HEADER_BYTES) throw new FrameError("the item is shorter than its header");
  if (item[0] !== WIRE_VERSION) throw new FrameError(`version ${item.readUInt8(0)} is not understood`);
  return {
    ackWanted: (item.readUInt8(1) & ACK_WANTED) !== 0,
    role: (item.readUInt8(1) & FROM_EMITTER) === 0 ? "server" : "emitter",
    sender: item.toString("hex", 2, 10),
    epoch: item.readUInt32BE(10),
    first: item.readUIntBE(14, 6),
    span: item.readUInt32BE(20),
    applied: { epoch: item.readUInt32BE(24), number: item.readUIntBE(28, 6) },
    inbox: { epoch: item.readUInt32BE(34), number: item.readUIntBE(38, 6) },
  };
}

/** Starts a message in an empty writer; `endMessage` fills in the length. */
export function beginMessage(writer: ByteWriter, kind: number, flags = 0): void {
  writer.reset();
  writer.u8(kind);
  writer.u8(flags);
  writer.u32(0);
}

/** @returns the whole message, valid until the writer is used again. */
export function endMessage(writer: ByteWriter): Buffer {
  writer.patchU32(2, writer.length - MESSAGE_HEAD_BYTES);
  return writer.view();
}

/** Whom a message is for: everybody of the namespace when there are no rooms. */
export interface Selection {
  readonly rooms: Set<string>;
  readonly except: Set<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** First bit of the byte after the request of an answer: nothing follows it. Second: the namespace does not exist there. */
export const LAST_PART = 1;
export const NO_NAMESPACE = 2;

/** The default namespace is the usual one and takes one byte. */
export const writeNamespace = (writer: ByteWriter, name: string): void => writer.name(name === "/" ? "" : name);
export const readNamespace = (reader: ByteReader): string => reader.name() || "/";

export function writeSelection(
  writer: ByteWriter,
  rooms: ReadonlySet<string>,
  except: ReadonlySet<string> | undefined,
): void {
  writer.names(rooms);
  writer.names(except ?? NONE);
}

export const readSelection = (reader: ByteReader): Selection => ({
  rooms: new Set(reader.names()),
  except: new Set(reader.names()),
});

/** Walks over the messages of an item; the callback gets each body as a reader of its own. */
export function eachMessage(reader: ByteReader, visit: (kind: number, flags: number, body: ByteReader) => void): void {
  while (reader.left > 0) {
    const kind = reader.u8();
    const flags = reader.u8();
    visit(kind, flags, reader.part(reader.u32()));
  }
}
