import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeKey, escapeValue } from "properties-file/escape";

import { readProperties, trimmed } from "../../../cascade/properties.ts";

const read = (text: string): ReturnType<typeof readProperties> => readProperties(Buffer.from(text), "a.properties");

/** `name=value@line` for each entry, or the message of the problem. */
const summary = (text: string): readonly string[] | string => {
  const outcome = read(text);
  if (!outcome.ok) return outcome.problem.message;
  return outcome.entries.map((entry) => `${entry.name}=${entry.text}@${entry.line}`);
};

describe("the grammar is that of java.util.Properties", () => {
  test.each([
    { rule: "the separator may be =", text: "a=b", entries: ["a=b@1"] },
    { rule: "the separator may be :", text: "a:b", entries: ["a=b@1"] },
    { rule: "the separator may be a blank", text: "a b c", entries: ["a=b c@1"] },
    { rule: "the separator may be a tab or a form feed", text: "a\tb\nc\fd", entries: ["a=b@1", "c=d@2"] },
    { rule: "blanks around the separator do not count", text: "  a \t = \t b", entries: ["a=b@1"] },
    { rule: "only the first separator separates", text: "a=b=c:d", entries: ["a=b=c:d@1"] },
    { rule: "a name alone has an empty value", text: "a\nb=\nc =  ", entries: ["a=@1", "b=@2", "c=@3"] },
    { rule: "lines that begin with # or ! are comments", text: "#a=1\n  ! b=2\nc=3", entries: ["c=3@3"] },
    { rule: "a comment does not continue", text: "# a \\\nb=2", entries: ["b=2@2"] },
    { rule: "# and ! inside a value are ordinary", text: "a=b # c !", entries: ["a=b # c !@1"] },
    { rule: "an odd number of backslashes continues the line", text: "a=b\\\n   c\nd=e", entries: ["a=bc@1", "d=e@3"] },
    { rule: "an even number of backslashes does not", text: "a=b\\\\\nc=d", entries: ["a=b\\@1", "c=d@2"] },
    { rule: "a comment sign on a continued line is text", text: "a=b,\\\n# c", entries: ["a=b,# c@1"] },
    { rule: "a blank line ends a continued one", text: "a=b\\\n\nc=d", entries: ["a=b@1", "c=d@3"] },
    { rule: "a continued name is one name", text: "a.\\\n  b=c", entries: ["a.b=c@1"] },
    { rule: "a last line may end in a backslash", text: "a=b\\", entries: ["a=b@1"] },
    { rule: "line ends may be CR LF", text: "a=1\r\nb=2\\\r\n 3\r\nc=4", entries: ["a=1@1", "b=23@2", "c=4@4"] },
    { rule: "line ends may be CR", text: "a=1\rb=2", entries: ["a=1@1", "b=2@2"] },
    { rule: "escapes in values", text: "a=x\\ty\\nz\\\\\\:\\=\\u00e4\\q", entries: ["a=x\ty\nz\\:=äq@1"] },
    { rule: "escapes in names", text: "a\\ b\\:c\\=d=e", entries: ["a b:c=d=e@1"] },
    { rule: "a name that is set twice appears twice", text: "a=1\na=2", entries: ["a=1@1", "a=2@2"] },
    { rule: "names and values are trimmed, escaped blanks too", text: "\\ a\\ =\\ b \\t", entries: ["a=b@1"] },
    { rule: "an empty file has no entries", text: "", entries: [] },
  ])("$rule", ({ text, entries }) => {
    expect(summary(text)).toEqual(entries);
  });

  test("trimming takes what Java takes and leaves a no-break space", () => {
    expect(trimmed("\u0000\t \u00a0a b\u00a0 \r\n")).toBe("\u00a0a b\u00a0");
  });
});

describe("a malformed \\u makes the file bad and is located", () => {
  test.each([
    { text: "a=1\nb=\\u12\nc=3", line: 2 },
    { text: "a=1\r\n\r\n# \\u\r\n\\uXYZW=3", line: 4 },
    { text: "a=\\\\u12\nb=x\\\n  y\\\n  \\u00g0\nc=\\u", line: 2 },
    { text: "a=\\u", line: 1 },
  ])("line $line of $text", ({ text, line }) => {
    const outcome = read(text);
    expect(outcome).toMatchObject({ ok: false, problem: { file: "a.properties", line } });
    expect(summary(text)).toBe(`a.properties:${line}: malformed \\u escape: four hexadecimal digits must follow`);
  });

  test("an escape that is split by a continuation is a good one, as in Java", () => {
    expect(summary("a=\\u00\\\n  41")).toEqual(["a=A@1"]);
  });
});

describe("files are UTF-8", () => {
  test("text beyond ASCII is kept", () => {
    expect(summary("grüße=日本\u{1f600}")).toEqual(["grüße=日本\u{1f600}@1"]);
  });

  test("a byte order mark is skipped", () => {
    expect(summary("\ufeffa=b")).toEqual(["a=b@1"]);
  });

  test("an entry with bytes that are not UTF-8 is kept and warned about", () => {
    const outcome = readProperties(Buffer.from("# für\na=1\nb=f\xfcr", "latin1"), "old.properties");
    expect(outcome).toMatchObject({
      ok: true,
      entries: [{ name: "a" }, { name: "b", text: "f\ufffdr" }],
      warnings: [{ message: "old.properties:3: b holds bytes that are not UTF-8", name: "b", line: 3 }],
    });
  });

  test("a replacement character that is really written is no fault", () => {
    expect(read("a=\ufffd")).toMatchObject({ ok: true, warnings: [] });
  });

  test("UTF-16 is refused", () => {
    const outcome = readProperties(Buffer.from("\ufeffa=b", "utf16le"), "wide.properties");
    expect(outcome).toEqual({
      ok: false,
      problem: { message: "wide.properties: is UTF-16, must be UTF-8", file: "wide.properties" },
    });
  });
});

test("an entry without a name is ignored with a warning", () => {
  expect(read("a=1\n=2")).toMatchObject({
    entries: [{ name: "a" }],
    warnings: [{ message: "a.properties:2: an entry without a name is ignored" }],
  });
});

test("what is printed is read again, whatever the names and values", () => {
  const anyText = fc.string({ unit: "grapheme" }).map(trimmed);
  const pair = fc.tuple(
    anyText.filter((name) => name !== ""),
    anyText,
  );
  fc.assert(
    fc.property(fc.array(pair), fc.boolean(), fc.constantFrom("=", ":", " = "), (pairs, ascii, separator) => {
      const text = pairs.map(([name, value]) => `${escapeKey(name, ascii)}${separator}${escapeValue(value, ascii)}\n`);
      const outcome = read(text.join(""));
      expect(outcome).toMatchObject({ ok: true, warnings: [] });
      if (outcome.ok) expect(outcome.entries.map((entry) => [entry.name, entry.text])).toEqual(pairs);
    }),
  );
});

test("any bytes give entries or a located problem", () => {
  const awkward = fc
    .string({ unit: fc.constantFrom("\\", "\\u", "\\\n", "\n", "\r", "=", " ", "#", "a", "00", "\0"), maxLength: 60 })
    .map((text) => Buffer.from(text));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), awkward), (bytes) => {
      const lines = Buffer.from(bytes)
        .toString("latin1")
        .split(/\r\n|\r|\n/).length;
      const outcome = readProperties(bytes, "x");
      const places = outcome.ok ? outcome.entries.map(({ line }) => line) : [outcome.problem.line ?? 1];
      for (const line of places) expect(line >= 1 && line <= lines).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test.each(["\\", "\\\n", "a=\\\n", " ", "\\u", "a\\u0041", "=", "\n"])("a megabyte of %j does not stall", (unit) => {
  const bytes = Buffer.from(unit.repeat(2 ** 20 / unit.length));
  const startedMs = performance.now();
  readProperties(bytes, "x");
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});
