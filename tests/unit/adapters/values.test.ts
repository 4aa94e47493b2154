import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ByteReader, ByteWriter, FrameError } from "../../../adapters/bytes.ts";
import { readValue, ValueReader } from "../../../adapters/value-reader.ts";
import { Tag } from "../../../adapters/value-format.ts";
import { bytesOf, ValueWriter, writeValue } from "../../../adapters/value-writer.ts";

function through(value: unknown): unknown {
  const writer = new ByteWriter();
  writeValue(writer, value);
  const reader = new ByteReader(Buffer.from(writer.view()));
  const read = readValue(reader);
  expect(reader.left).toBe(0);
  return read;
}

test.each([
  { name: "undefined stays undefined", value: undefined, read: undefined },
  {
    name: "members that are undefined vanish, in lists they are null",
    value: [{ a: undefined }, undefined],
    read: [{}, null],
  },
  { name: "toJSON is honoured", value: { at: new Date(0) }, read: { at: "1970-01-01T00:00:00.000Z" } },
  {
    name: "a view is exactly its bytes",
    value: new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    read: Buffer.from([2, 3]),
  },
  {
    name: "every kind of view keeps all bytes",
    value: [new Float64Array([1.5])],
    read: [Buffer.from(new Float64Array([1.5]).buffer)],
  },
  { name: "an ArrayBuffer becomes a Buffer", value: { b: new ArrayBuffer(2) }, read: { b: Buffer.alloc(2) } },
  {
    name: "text that looks like a binary part stays text",
    value: ["\x000", "\x00", "\x00\x001", Buffer.from([5])],
    read: ["\x000", "\x00", "\x00\x001", Buffer.from([5])],
  },
  {
    name: "what looks like a placeholder of Socket.IO stays what it is",
    value: { _placeholder: true, num: 0 },
    read: { _placeholder: true, num: 0 },
  },
])("$name", ({ value, read }) => {
  expect(through(value)).toEqual(read);
});

test("an own key __proto__ is kept as one", () => {
  const read = through(JSON.parse('{"__proto__":{"x":1}}')) as object;
  expect(Object.keys(read)).toEqual(["__proto__"]);
});

test("whatever JSON can hold comes back, binary anywhere in it", () => {
  const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
  const leaf = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null), bytes);
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      leaf,
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie("node"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).node;
  fc.assert(
    fc.property(value, (given) => expect(through(given)).toEqual(given)),
    { numRuns: 500 },
  );
});

test.each([128, 129, 5_000])(
  "rows of %i members come back, whether or not they are written as like the last",
  (count) => {
    const row = (i: number): object => Object.fromEntries(Array.from({ length: count }, (_, key) => [`k${key}`, i]));
    const rows = [row(1), row(1), { ...row(1), k0: 2 }];
    expect(through(rows)).toEqual(rows);
  },
);

test("a wide object that is told to be like the last one is refused: few bytes would become very many members", () => {
  const count = 129;
  const writer = new ByteWriter();
  writer.u8(Tag.list);
  writer.varint(2);
  writeValue(writer, Object.fromEntries(Array.from({ length: count }, (_, key) => [`k${key}`, true])));
  writer.u8(Tag.likeLast);
  writer.varint(0);
  writer.varint(0);
  const bytes = Buffer.from(writer.view());
  expect(() => readValue(new ByteReader(bytes))).toThrow(FrameError);
  expect(() => readValue(new ByteReader(bytes))).toThrow("too many members");
});

test("of an object like the last one only what differs is written, and nothing is shared", () => {
  const row = (i: number): object => ({ user: i, headers: { host: "a", cookie: `c${i}`, via: ["x"] }, gone: null });
  const rows = Array.from({ length: 3 }, (_, i) => row(i));
  const read = through(rows) as { headers: { via: string[] } }[];
  expect(read).toEqual(rows);
  read[1]?.headers.via.push("y");
  expect(read.map(({ headers }) => headers.via.length)).toEqual([1, 2, 1]);
  const size = (value: unknown): number => {
    const writer = new ByteWriter();
    writeValue(writer, value);
    return writer.length;
  };
  expect(size([row(1), row(1)]) - size([row(1)])).toBeLessThan(20);
});

test("objects with the same keys inside each other, with other orders and with missing members keep apart", () => {
  const given = [
    { a: { a: { a: 1, b: 2 }, b: 3 }, b: 4 },
    { a: { a: 5, b: 2 }, b: 4 },
    { b: 1, a: 2 },
    { a: 2, b: undefined },
    { a: 2 },
    { a: 1, b: 1 },
  ];
  const read = through(given) as object[];
  expect(read).toEqual(JSON.parse(JSON.stringify(given)));
  expect(JSON.stringify(read)).toBe(JSON.stringify(given));
});

test("what was written and cut off again is not taken for the last object", () => {
  const writer = new ByteWriter();
  const values = new ValueWriter(writer);
  values.write({ a: 1, b: "kept" });
  const start = writer.length;
  const { texts, shapes } = values.known;
  expect(() => values.write({ a: 2, b: { c: 1n } })).toThrow(TypeError);
  expect(() => values.write([{ a: 3, b: "lost" }, 1n])).toThrow(TypeError);
  writer.cut(start);
  values.forgetAfter(texts, shapes);
  values.write({ a: 3, b: "lost" });
  values.write({ a: 3, b: "kept" });
  const reader = new ValueReader(new ByteReader(Buffer.from(writer.view())));
  expect([reader.read(), reader.read(), reader.read()]).toEqual([
    { a: 1, b: "kept" },
    { a: 3, b: "lost" },
    { a: 3, b: "kept" },
  ]);
});

test("foreign bytes give a value or a FrameError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 12 }), (bytes, tag) => {
      try {
        readValue(new ByteReader(Buffer.from([tag, ...bytes])));
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("what JSON cannot hold throws", () => {
  expect(() => through(1n)).toThrow(TypeError);
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect(() => through(circle)).toThrow(TypeError);
});

test("bytes of a value are a view of it, and text has none", () => {
  const buffer = Buffer.from([1]);
  expect(bytesOf(buffer)).toBe(buffer);
  expect(bytesOf("text")).toBeUndefined();
});

test("names come back as they are in memory, lone surrogates too", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constant("\ud800"))), (names) => {
      const writer = new ByteWriter();
      writer.names(names);
      expect(new ByteReader(Buffer.from(writer.view())).names()).toEqual(names);
    }),
  );
});
