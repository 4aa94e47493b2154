/**
 * Writing and reading of bytes for the wire format: numbers, names, texts, blobs.
 * Why own code: it runs once per message on every node, without an object per field. What the bytes mean: `frames.ts`.
 * Reading is hardened: whatever a foreign or truncated item holds, the reader answers or throws `FrameError`.
 */

/** The bytes are not what the wire format says. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly code = "HZA-FRAME";
}

const FIRST_BYTES = 4_096;
const KEEP_BYTES = 262_144;
const SHORT_NAME = 24;

const isLatin1 = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
};

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Starts anew; a buffer that one huge message has blown up is given back. */
  reset(): void {
    this.#length = 0;
    if (this.#bytes.length > KEEP_BYTES) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** What was written; valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#putU32(this.#length, value);
    this.#length += 4;
  }

  u48(value: number): void {
    this.#reserve(6);
    this.#length = this.#bytes.writeUIntBE(value, this.#length, 6);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleBE(value, this.#length);
  }

  varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A name exactly as it is in memory (lone surrogates too): one byte per unit where that is enough, else two. */
  name(text: string): void {
    const units = text.length;
    const narrow = isLatin1(text);
    this.varint(units * 2 + (narrow ? 0 : 1));
    this.#reserve(units * 2);
    if (!narrow) {
      this.#length += this.#bytes.write(text, this.#length, "utf16le");
    } else if (units > SHORT_NAME) {
      this.#length += this.#bytes.write(text, this.#length, "latin1");
    } else {
      for (let i = 0; i < units; i++) this.#bytes[this.#length++] = text.charCodeAt(i);
    }
  }

  names(texts: ReadonlySet<string> | readonly string[]): void {
    this.varint("size" in texts ? texts.size : texts.length);
    for (const text of texts) this.name(text);
  }

  /** A text in UTF-8 with its length before it; `lead`, one ASCII character, is put in front. */
  utf8(text: string, lead = ""): void {
    const most = text.length > 65_536 ? Buffer.byteLength(text) : text.length * 3;
    this.#reserve(5 + most);
    const start = this.#length + 4;
    let end = start;
    if (lead !== "") this.#bytes[end++] = lead.charCodeAt(0);
    end += this.#bytes.write(text, end, "utf8");
    this.#putU32(this.#length, end - start);
    this.#length = end;
  }

  /** Bytes with their length before them. */
  blob(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Takes back everything after `length`. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Writes over four bytes that were written before. */
  patchU32(at: number, value: number): void {
    this.#putU32(at, value);
  }

  #putU32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}

export class ByteReader {
  #bytes: Buffer;
  #at: number;
  #end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  u48(): number {
    return this.#bytes.readUIntBE(this.#take(6), 6);
  }

  f64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new FrameError("a number is longer than five bytes");
  }

  name(): string {
    const head = this.varint();
    const units = Math.floor(head / 2);
    const wide = head % 2 === 1;
    const at = this.#take(wide ? units * 2 : units);
    return this.#bytes.toString(wide ? "utf16le" : "latin1", at, this.#at);
  }

  names(): string[] {
    const count = this.varint();
    // each name takes a byte at least: a lying count must not make us allocate
    if (count > this.left) throw new FrameError("more names than bytes");
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(this.name());
    return texts;
  }

  utf8(): string {
    const at = this.#take(this.u32());
    return this.#bytes.toString("utf8", at, this.#at);
  }

  /** A view, not a copy. */
  blob(): Buffer {
    return this.raw(this.u32());
  }

  /** A view, not a copy. */
  raw(count: number): Buffer {
    const at = this.#take(count);
    return this.#bytes.subarray(at, this.#at);
  }

  /** A reader of the next `count` bytes, which this one then skips. */
  part(count: number): ByteReader {
    const at = this.#take(count);
    return new ByteReader(this.#bytes, at, this.#at);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new FrameError("the item ends too early");
    this.#at = at + count;
    return at;
  }
}
