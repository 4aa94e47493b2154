/**
 * One packet on its way to local sockets: encoded frames, made ready for the WebSocket transport once per node.
 * Frames come from the encoder (own emits) or from the wire; of the latter only sockets that want more than bytes
 * (outgoing listeners) make us decode anything.
 */
import { Adapter } from "socket.io-adapter";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { FrameError } from "./bytes.ts";
import type { EncodedFrames, Flags, Packet, SocketServer, WriteOptions } from "./socket-io.ts";
import { bytesOf } from "./value-writer.ts";

/** Engine.IO's packet type "message" in front of each text. */
const MESSAGE = "4";
const MOST_FRAMES = 65_536;

export function writeFrames(writer: ByteWriter, frames: EncodedFrames): void {
  writer.varint(frames.length);
  for (const frame of frames) {
    if (typeof frame === "string") {
      writer.u8(1);
      writer.utf8(frame, MESSAGE);
    } else {
      writer.u8(0);
      // the encoder hands out what the application gave it: an ArrayBuffer or any view
      writer.blob(bytesOf(frame) ?? frame);
    }
  }
}

/** Frames with what is needed to write them; the body is a text with Engine.IO's type before it, in UTF-8. */
export interface FanOut {
  readonly frames: EncodedFrames;
  readonly body: Buffer | undefined;
}

export function readFrames(reader: ByteReader): FanOut {
  const count = reader.varint();
  if (count > MOST_FRAMES || count > reader.left) throw new FrameError("more frames than bytes");
  const frames: (string | Buffer)[] = [];
  let body: Buffer | undefined;
  for (let i = 0; i < count; i++) {
    const isText = reader.u8() === 1;
    const bytes = reader.blob();
    if (isText) body = bytes;
    frames.push(isText ? bytes.toString("utf8", 1) : bytes);
  }
  return { frames, body: count === 1 ? body : undefined };
}

export function ownFrames(frames: EncodedFrames): FanOut {
  const [only] = frames;
  const body = frames.length === 1 && typeof only === "string" && canFrame ? Buffer.from(MESSAGE + only) : undefined;
  return { frames, body };
}

export function writeOptions(fanOut: FanOut, flags: Flags): WriteOptions {
  const options: WriteOptions = { preEncoded: true, volatile: flags.volatile, compress: flags.compress };
  if (fanOut.body && canFrame) options.wsPreEncodedFrame = [frameHead(fanOut.body.length), fanOut.body];
  return options;
}

/** Undoes the encoding with the server's own parser. */
export function decodePacket(server: SocketServer, namespace: string, frames: EncodedFrames): Packet {
  const decoder = new server._parser.Decoder();
  let decoded: Packet | undefined;
  decoder.on("decoded", (packet) => {
    decoded = packet;
  });
  for (const frame of frames) decoder.add(frame);
  if (!decoded) throw new FrameError("the frames are not a packet");
  return { type: 2, nsp: namespace, data: decoded.data };
}

/** The head of an unmasked, final WebSocket text frame (RFC 6455, 5.2). */
function frameHead(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length]);
  if (length < 65_536) return Buffer.from([0x81, 126, length >>> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = 0x81;
  head[1] = 127;
  head.writeUIntBE(length, 4, 6);
  return head;
}

/**
 * Whether the base class prepares WebSocket frames (its `ws` may lack the ability) and ours are the same: asked once.
 * Otherwise the plain frames do.
 */
const canFrame: boolean = (() => {
  const encode: unknown = Reflect.get(Adapter.prototype, "_encode");
  if (typeof encode !== "function") return false;
  const options: { wsPreEncodedFrame?: unknown } = {};
  Reflect.apply(encode, { encoder: { encode: () => ["probe"] } }, [{}, options]);
  const frame = options.wsPreEncodedFrame;
  if (!Array.isArray(frame)) return false;
  const theirs = Buffer.concat(frame.filter((part) => Buffer.isBuffer(part)));
  return theirs.equals(Buffer.concat([frameHead(6), Buffer.from(`${MESSAGE}probe`)]));
})();
