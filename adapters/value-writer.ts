/** Writing of application values; the format and why it is one of our own: `value-format.ts`. */
import type { ByteWriter } from "./bytes.ts";
import { DEEPEST, Tag, WIDEST_LIKE_LAST } from "./value-format.ts";

const LARGEST_INTEGER = 0x3fffffff;

/** The bytes of any binary value, without a copy; undefined for everything else. */
export function bytesOf(value: unknown): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return undefined;
}

/** Objects with the same keys in the same order. */
interface WrittenShape {
  readonly index: number;
  readonly keys: readonly string[];
  /** Members of the last such object; undefined when the reader may not have it. */
  last: readonly unknown[] | undefined;
}

/** So many shapes with one count of keys are found again; a search is short then, whatever an application sends. */
const MOST_SIMILAR_SHAPES = 16;

/** Writes the values of one message; later ones refer to texts and shapes of earlier ones. */
export class ValueWriter {
  readonly #writer: ByteWriter;
  readonly #texts = new Map<string, number>();
  /** By count of keys. */
  readonly #shapes = new Map<number, WrittenShape[]>();
  #shapeCount = 0;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** @throws TypeError for what JSON cannot hold: a BigInt, a cycle. Bytes already written are void then. */
  write(value: unknown): void {
    this.#write(value, "", 0);
  }

  /** Forgets what was numbered after a place that the writer was cut back to, and the members that were written there. */
  forgetAfter(texts: number, shapes: number): void {
    for (const [text, index] of this.#texts) if (index >= texts) this.#texts.delete(text);
    for (const [count, similar] of this.#shapes) {
      const kept = similar.filter(({ index }) => index < shapes);
      for (const shape of kept) shape.last = undefined;
      this.#shapes.set(count, kept);
    }
    this.#shapeCount = shapes;
  }

  get known(): { readonly texts: number; readonly shapes: number } {
    return { texts: this.#texts.size, shapes: this.#shapeCount };
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
    const all = Object.keys(value);
    let keys = all;
    const now: unknown[] = [];
    for (const key of all) {
      const member = members[key];
      if (!isNothing(member)) now.push(member);
      else if (keys === all) keys = all.slice(0, now.length);
      if (keys !== all && !isNothing(member)) keys.push(key);
    }
    const shape = this.#shapeOf(keys);
    if (shape?.last && keys.length <= WIDEST_LIKE_LAST) return this.#changes(shape, shape.last, now, depth);
    if (shape) {
      this.#writer.u8(Tag.knownShape);
      this.#writer.varint(shape.index);
    }
    const written = shape ?? this.#newShape(keys);
    for (let i = 0; i < now.length; i++) this.#write(now[i], keys[i] ?? "", depth + 1);
    written.last = now;
  }

  /** Members that are objects are always written: what was read belongs to one object only. */
  #changes(shape: WrittenShape, last: readonly unknown[], now: readonly unknown[], depth: number): void {
    let changes = 0;
    for (let i = 0; i < now.length; i++) if (differs(now[i], last[i])) changes++;
    this.#writer.u8(Tag.likeLast);
    this.#writer.varint(shape.index);
    this.#writer.varint(changes);
    for (let i = 0; i < now.length; i++) {
      if (!differs(now[i], last[i])) continue;
      this.#writer.varint(i);
      this.#write(now[i], shape.keys[i] ?? "", depth + 1);
    }
    shape.last = now;
  }

  #shapeOf(keys: readonly string[]): WrittenShape | undefined {
    const similar = this.#shapes.get(keys.length);
    if (similar) for (const shape of similar) if (isSame(shape.keys, keys)) return shape;
    return undefined;
  }

  #newShape(keys: readonly string[]): WrittenShape {
    this.#writer.u8(Tag.newShape);
    this.#writer.varint(keys.length);
    for (const key of keys) this.#text(key);
    const shape: WrittenShape = { index: this.#shapeCount++, keys, last: undefined };
    const similar = this.#shapes.get(keys.length);
    if (!similar) this.#shapes.set(keys.length, [shape]);
    else if (similar.length < MOST_SIMILAR_SHAPES) similar.push(shape);
    return shape;
  }
}

const differs = (now: unknown, last: unknown): boolean => now !== last || (typeof now === "object" && now !== null);

function isSame(some: readonly string[], others: readonly string[]): boolean {
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

const hasToJson = (value: object): value is { toJSON(key: string): unknown } =>
  "toJSON" in value && typeof value.toJSON === "function";
const isNothing = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol";

export const writeValue = (writer: ByteWriter, value: unknown): void => new ValueWriter(writer).write(value);
