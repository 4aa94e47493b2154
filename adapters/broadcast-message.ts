/**
 * A broadcast on the wire: whom it is for, how it is written, and the encoded frames (or, for a node with another
 * parser, the arguments). The longest-lived part of the wire format; see docs/adapter.md.
 */
import type { AckPlace } from "./ack-template.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { FrameError } from "./bytes.ts";
import type { FanOut } from "./fan-out.ts";
import { readFrames, writeFrames } from "./fan-out.ts";
import type { Selection } from "./frames.ts";
import { beginMessage, endMessage, Kind, readSelection, VOLATILE, writeNamespace, writeSelection } from "./frames.ts";
import type { EncodedFrames, Flags } from "./socket-io.ts";
import { readValue } from "./value-reader.ts";
import { writeValue } from "./value-writer.ts";

const COMPRESS_GIVEN = 1;
const COMPRESS = 2;
const IS_VOLATILE = 4;
const AS_ARGUMENTS = 8;
const HAS_ACK_PLACE = 16;

/** What acknowledgements need; a request of 0 means that none are wanted. */
export interface AckWish {
  readonly request: number;
  readonly timeoutMs: number;
  readonly place: AckPlace | undefined;
}

export interface BroadcastToSend {
  readonly namespace: string;
  readonly rooms: ReadonlySet<string>;
  readonly except: ReadonlySet<string> | undefined;
  readonly flags: Flags;
  readonly ack: AckWish | undefined;
}

/** @param payload frames, or the arguments for a node that uses another parser. @returns valid until the writer is used again. */
export function encodeBroadcast(
  writer: ByteWriter,
  { namespace, rooms, except, flags, ack }: BroadcastToSend,
  payload: { readonly frames: EncodedFrames } | { readonly args: readonly unknown[] },
): Buffer {
  const isVolatile = flags.volatile === true;
  beginMessage(writer, Kind.broadcast, isVolatile ? VOLATILE : 0);
  writeNamespace(writer, namespace);
  writer.varint(ack?.request ?? 0);
  let bits = isVolatile ? IS_VOLATILE : 0;
  if (flags.compress !== undefined) bits |= flags.compress ? COMPRESS_GIVEN | COMPRESS : COMPRESS_GIVEN;
  if ("args" in payload) bits |= AS_ARGUMENTS;
  if (ack?.place) bits |= HAS_ACK_PLACE;
  writer.u8(bits);
  writeSelection(writer, rooms, except);
  if (ack) {
    writer.u32(ack.timeoutMs);
    if (ack.place) {
      writer.varint(ack.place.at);
      writer.u8(ack.place.digits);
    }
  }
  if ("args" in payload) writeValue(writer, payload.args);
  else writeFrames(writer, payload.frames);
  return endMessage(writer);
}

export interface ReceivedBroadcast extends Selection {
  readonly flags: Flags;
  /** For how long acknowledgements are of use. */
  readonly timeoutMs: number;
  readonly place: AckPlace | undefined;
  /** Read only when a socket wants it: most of the work. */
  payload(): { readonly fanOut: FanOut } | { readonly args: unknown[] };
}

/** Reads what follows namespace and request. */
export function decodeBroadcast(body: ByteReader, request: number): ReceivedBroadcast {
  const bits = body.u8();
  const { rooms, except } = readSelection(body);
  const flags: Flags = {};
  if ((bits & IS_VOLATILE) !== 0) flags.volatile = true;
  if ((bits & COMPRESS_GIVEN) !== 0) flags.compress = (bits & COMPRESS) !== 0;
  const timeoutMs = request === 0 ? 0 : body.u32();
  const place = request !== 0 && (bits & HAS_ACK_PLACE) !== 0 ? { at: body.varint(), digits: body.u8() } : undefined;
  const payload = (): { fanOut: FanOut } | { args: unknown[] } => {
    if ((bits & AS_ARGUMENTS) === 0) return { fanOut: readFrames(body) };
    const args = readValue(body);
    if (!Array.isArray(args)) throw new FrameError("arguments are not a list");
    return { args: [...(args as unknown[])] };
  };
  return { rooms, except, flags, timeoutMs, place, payload };
}
