/**
 * Values of the application (arguments, acknowledgements, handshakes and `data` of sockets) in bytes.
 * It gives what Socket.IO itself gives a client: JSON's rules (`toJSON` is honoured, `undefined` members vanish, what is
 * not finite is null), and every view becomes a `Buffer` of exactly its bytes.
 * Why not JSON: ten thousand sockets repeat the same texts and the same sets of keys. Both are written once per message
 * and numbered, which makes an answer to `fetchSockets` several times smaller and quicker on both sides.
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { FrameError } from "./bytes.ts";

/** First byte of each value. Part of the wire format. */
const Tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  integer: 4,
  double: 5,
  newText: 6,
  knownText: 7,
  list: 8,
  newShape: 9,
  knownShape: 10,
  bytes: 11,
} as const;

/** Deeper values are refused on both sides; circular ones are found that way. */
const DEEPEST = 500;
const LARGEST_INTEGER = 0x3fffffff;

/** The bytes of any binary value, without a copy; undefined for everything else. */
export function bytesOf(value: unknown): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return undefined;
}

/** Writes the values of one message; later ones refer to texts and shapes of earlier ones. */
export class ValueWriter {
  readonly #writer: ByteWriter;
  readonly #texts = new Map<string, number>();
  readonly #shapes = new Map<string, number>();

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** @throws TypeError for what JSON cannot hold: a BigInt, a cycle. Bytes already written are void then. */
  write(value: unknown): void {
    this.#write(value, "", 0);
  }

  /** Forgets the texts and shapes that were numbered after a place that the writer was cut back to. */
  forgetAfter(texts: number, shapes: number): void {
    for (const [text, index] of this.#texts) if (index >= texts) this.#texts.delete(text);
    for (const [shape, index] of this.#shapes) if (index >= shapes) this.#shapes.delete(shape);
  }

  get known(): { readonly texts: number; readonly shapes: number } {
    return { texts: this.#texts.size, shapes: this.#shapes.size };
  }

  #write(value: unknown, key: string, depth: number): void {
    const writer = this.#writer;
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return writer.u8(value ? Tag.true : Tag.false);
      case "object":
        if (value === null) writer.u8(Tag.null);
        else this.#object(value, key, depth);
        return;
      case "bigint":
        throw new TypeError("Do not know how to serialize a BigInt");
      default:
        return writer.u8(Tag.undefined);
    }
  }

  #text(text: string): void {
    const index = this.#texts.get(text);
    if (index !== undefined) {
      this.#writer.u8(Tag.knownText);
      this.#writer.varint(index);
      return;
    }
    this.#texts.set(text, this.#texts.size);
    this.#writer.u8(Tag.newText);
    this.#writer.name(text);
  }

  #number(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER) {
      this.#writer.u8(Tag.integer);
      this.#writer.varint(value < 0 ? -2 * value - 1 : 2 * value);
    } else if (Number.isFinite(value)) {
      this.#writer.u8(Tag.double);
      this.#writer.f64(value);
    } else {
      this.#writer.u8(Tag.null);
    }
  }

  #object(value: object, key: string, depth: number): void {
    if (depth >= DEEPEST) throw new TypeError("the value is circular or nested too deeply");
    const bytes = bytesOf(value);
    if (bytes) {
      this.#writer.u8(Tag.bytes);
      return this.#writer.blob(bytes);
    }
    if (hasToJson(value)) {
      const replaced = value.toJSON(key);
      // one that gives itself is meant as it is
      return replaced === value ? this.#members(value, depth) : this.#write(replaced, key, depth + 1);
    }
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return this.#write(value.valueOf(), key, depth);
    }
    this.#members(value, depth);
  }

  #list(list: readonly unknown[], depth: number): void {
    this.#writer.u8(Tag.list);
    this.#writer.varint(list.length);
    // by index, since holes count
    for (let i = 0; i < list.length; i++) {
      const member = list[i];
      this.#write(isNothing(member) ? null : member, String(i), depth + 1);
    }
  }

  #members(value: object, depth: number): void {
    const members = value as Record<string, unknown>;
    let keys = Object.keys(value);
    if (keys.some((key) => isNothing(members[key]))) keys = keys.filter((key) => !isNothing(members[key]));
    // the count tells no key from one empty key
    const shape = `${keys.length}\0${keys.join("\0")}`;
    const index = this.#shapes.get(shape);
    // a key may hold the separator: such shapes are always new
    if (index !== undefined && !keys.some(hasSeparator)) {
      this.#writer.u8(Tag.knownShape);
      this.#writer.varint(index);
    } else {
      this.#shapes.set(index === undefined ? shape : `${shape}\0${this.#shapes.size}`, this.#shapes.size);
      this.#writer.u8(Tag.newShape);
      this.#writer.varint(keys.length);
      for (const key of keys) this.#text(key);
    }
    for (const key of keys) this.#write(members[key], key, depth + 1);
  }
}

const hasToJson = (value: object): value is { toJSON(key: string): unknown } =>
  "toJSON" in value && typeof value.toJSON === "function";
const isNothing = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol";
const hasSeparator = (key: string): boolean => key.includes("\0");

/** Reads what a `ValueWriter` has written, in the same order. */
export class ValueReader {
  readonly #reader: ByteReader;
  readonly #texts: string[] = [];
  readonly #shapes: (readonly string[])[] = [];

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** @throws FrameError when the bytes are not a value. Binary parts are copies. */
  read(depth = 0): unknown {
    if (depth > DEEPEST) throw new FrameError("a value is nested too deeply");
    const reader = this.#reader;
    const tag = reader.u8();
    switch (tag) {
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      case Tag.false:
      case Tag.true:
        return tag === Tag.true;
      case Tag.integer:
        return this.#integer();
      case Tag.double:
        return reader.f64();
      case Tag.newText:
      case Tag.knownText:
        return this.#text(tag);
      case Tag.list:
        return this.#list(depth);
      case Tag.newShape:
      case Tag.knownShape:
        return this.#object(tag, depth);
      case Tag.bytes:
        return Buffer.from(reader.blob());
      default:
        throw new FrameError(`there is no value of kind ${tag}`);
    }
  }

  #integer(): number {
    const value = this.#reader.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #text(tag: number): string {
    if (tag === Tag.newText) {
      const text = this.#reader.name();
      this.#texts.push(text);
      return text;
    }
    const text = tag === Tag.knownText ? this.#texts[this.#reader.varint()] : undefined;
    if (text === undefined) throw new FrameError("a text is missing");
    return text;
  }

  #count(): number {
    const count = this.#reader.varint();
    // each member takes a byte at least: a lying count must not make us allocate
    if (count > this.#reader.left) throw new FrameError("more members than bytes");
    return count;
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = [];
    for (let left = this.#count(); left > 0; left--) list.push(this.read(depth + 1));
    return list;
  }

  #object(tag: number, depth: number): object {
    const shape = tag === Tag.newShape ? this.#newShape() : this.#shapes[this.#reader.varint()];
    if (!shape) throw new FrameError("a shape is missing");
    if (shape.length > this.#reader.left) throw new FrameError("more members than bytes");
    const object: Record<string, unknown> = {};
    for (const key of shape) {
      const value = this.read(depth + 1);
      if (key === "__proto__")
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      else object[key] = value;
    }
    return object;
  }

  #newShape(): readonly string[] {
    const keys: string[] = [];
    for (let left = this.#count(); left > 0; left--) keys.push(this.#text(this.#reader.u8()));
    this.#shapes.push(keys);
    return keys;
  }
}

export const writeValue = (writer: ByteWriter, value: unknown): void => new ValueWriter(writer).write(value);
export const readValue = (reader: ByteReader): unknown => new ValueReader(reader).read();
