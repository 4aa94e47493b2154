/** Reading of application values, hardened: foreign bytes give a value or a `FrameError`. The format: `value-format.ts`. */
import type { ByteReader } from "./bytes.ts";
import { FrameError } from "./bytes.ts";
import { DEEPEST, Tag, WIDEST_LIKE_LAST } from "./value-format.ts";

interface ReadShape {
  readonly keys: readonly string[];
  last: object | undefined;
}

/** Reads what a `ValueWriter` has written, in the same order. */
export class ValueReader {
  readonly #reader: ByteReader;
  readonly #texts: string[] = [];
  readonly #shapes: ReadShape[] = [];

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
      default:
        return this.#content(tag, depth);
    }
  }

  #content(tag: number, depth: number): unknown {
    const reader = this.#reader;
    switch (tag) {
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
        return this.#object(tag === Tag.newShape ? this.#newShape() : this.#knownShape(), depth);
      case Tag.likeLast:
        return this.#likeLast(depth);
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

  #object(shape: ReadShape, depth: number): object {
    if (shape.keys.length > this.#reader.left) throw new FrameError("more members than bytes");
    const object: Record<string, unknown> = {};
    for (const key of shape.keys) define(object, key, this.read(depth + 1));
    shape.last = object;
    return object;
  }

  #likeLast(depth: number): object {
    const shape = this.#knownShape();
    if (!shape.last) throw new FrameError("there is no last object");
    if (shape.keys.length > WIDEST_LIKE_LAST) throw new FrameError("an object like the last has too many members");
    const object: Record<string, unknown> = { ...shape.last };
    for (let left = this.#count(); left > 0; left--) {
      const key = shape.keys[this.#reader.varint()];
      if (key === undefined) throw new FrameError("a member is missing");
      define(object, key, this.read(depth + 1));
    }
    shape.last = object;
    return object;
  }

  #knownShape(): ReadShape {
    const shape = this.#shapes[this.#reader.varint()];
    if (!shape) throw new FrameError("a shape is missing");
    return shape;
  }

  #newShape(): ReadShape {
    const keys: string[] = [];
    for (let left = this.#count(); left > 0; left--) keys.push(this.#text(this.#reader.u8()));
    const shape: ReadShape = { keys, last: undefined };
    this.#shapes.push(shape);
    return shape;
  }
}

/** Plain assignment would set the prototype. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

export const readValue = (reader: ByteReader): unknown => new ValueReader(reader).read();
