/**
 * Values of the application (arguments, acks, `data` of sockets) as JSON with binary parts beside it.
 * It gives what Socket.IO itself gives a client: `toJSON` is honoured, `undefined` members vanish, every view becomes
 * a `Buffer` of exactly its bytes. A binary part is a string that begins with U+0000; strings of the
 * application that begin so get one more, which makes it unambiguous.
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { FrameError } from "./bytes.ts";

const MARK = "\0";

/** The bytes of any binary value, without a copy; undefined for everything else. */
export function bytesOf(value: unknown): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return undefined;
}

/** @throws TypeError for what JSON cannot hold: a BigInt, a cycle. Nothing useful is in the writer then. */
export function writeValue(writer: ByteWriter, value: unknown): void {
  const parts: Buffer[] = [];
  // a function, since `this` holds the value before its toJSON: a Buffer's would turn it into numbers
  const json = JSON.stringify(value, function (this: Record<string, unknown>, key: string, given: unknown): unknown {
    const bytes = bytesOf(this[key]);
    if (bytes !== undefined) return `${MARK}${parts.push(bytes) - 1}`;
    return typeof given === "string" && given.startsWith(MARK) ? MARK + given : given;
  }) as string | undefined; // `undefined` for undefined and functions, which the typings leave out
  writer.utf8(json ?? "");
  writer.varint(parts.length);
  for (const part of parts) writer.blob(part);
}

/** @throws FrameError when the bytes are not a value. */
export function readValue(reader: ByteReader): unknown {
  const json = reader.utf8();
  const count = reader.varint();
  if (count > reader.left) throw new FrameError("more binary parts than bytes");
  const parts: Buffer[] = [];
  for (let i = 0; i < count; i++) parts.push(Buffer.from(reader.blob()));
  if (json === "") return undefined;
  const plain = count === 0 && !json.includes("\\u0000");
  try {
    return plain ? JSON.parse(json) : JSON.parse(json, (_key, given: unknown) => restore(given, parts));
  } catch (cause) {
    throw new FrameError("a value is not JSON", { cause });
  }
}

function restore(given: unknown, parts: readonly Buffer[]): unknown {
  if (typeof given !== "string" || !given.startsWith(MARK)) return given;
  if (given.startsWith(MARK + MARK)) return given.slice(1);
  const part = parts[Number(given.slice(1))];
  if (part === undefined) throw new FrameError("a binary part is missing");
  return part;
}
