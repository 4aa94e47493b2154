/**
 * Reads the text of one `.properties` file: the grammar of java.util.Properties, in UTF-8, as the middleware does.
 *
 * The grammar itself is the library's (decision 0010). Added here: the line of a malformed escape, trimming of names
 * and values as the middleware trims them, and what to make of bytes that are not UTF-8.
 * Not here: which files there are (config-files.ts) and which of two values wins (server-scope.ts).
 */
import { isUtf8 } from "node:buffer";

import { Properties } from "properties-file/parser";

import { findingAbout, findingAt, printable, type Finding } from "./finding.ts";

/** One `name = value` of a file. */
export interface PropertyEntry {
  readonly name: string;
  readonly text: string;
  /** Line where it begins, counted from 1. */
  readonly line: number;
}

export type PropertiesText =
  | { readonly ok: true; readonly entries: readonly PropertyEntry[]; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problem: Finding };

const replacement = "\uFFFD";

/**
 * The entries of a file in the order of their lines, repetitions included.
 * A malformed `\u` makes the whole file bad, as in the middleware. Bytes that are not UTF-8 (files of 7.10.4 and older
 * were ISO-8859-1) become U+FFFD, as there; an entry that holds one is warned about, a comment is not.
 *
 * @param file only for messages.
 */
export function readProperties(bytes: Uint8Array, file: string): PropertiesText {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { ok: false, problem: findingAbout(file, "is UTF-16, must be UTF-8") };
  }
  const text = new TextDecoder().decode(bytes);
  const parsed = entriesOf(text);
  if (typeof parsed === "number") {
    const origin = { from: "file", file, line: parsed } as const;
    return { ok: false, problem: findingAt(origin, "malformed \\u escape: four hexadecimal digits must follow") };
  }
  const spoilt = isUtf8(bytes) ? [] : parsed.filter(({ name, text: value }) => `${name}${value}`.includes(replacement));
  const nameless = parsed.filter(({ name }) => name === "");
  return {
    ok: true,
    entries: parsed.filter(({ name }) => name !== ""),
    warnings: [
      ...spoilt.map(({ name, line }) =>
        findingAt({ from: "file", file, line }, `${printable(name)} holds bytes that are not UTF-8`, name),
      ),
      ...nameless.map(({ line }) => findingAt({ from: "file", file, line }, "an entry without a name is ignored")),
    ],
  };
}

/** The entries, or the line of the first entry that cannot be read. */
function entriesOf(text: string): PropertyEntry[] | number {
  try {
    return new Properties(text).getProperties().map((node) => ({
      name: trimmed(node.key),
      text: trimmed(node.value),
      line: node.startingLineNumber,
    }));
  } catch {
    return lineOfMalformedEscape(text); // the library throws for nothing else, and without a line
  }
}

/** With `\v` in place of each `\u` nothing can be malformed and all lines stay as they are; then each entry is tried alone. */
function lineOfMalformedEscape(text: string): number {
  const lines = text.split(/\r\n|\r|\n/);
  const entries = new Properties(text.replaceAll("\\u", "\\v")).getProperties();
  const bad = entries.find(({ startingLineNumber, endingLineNumber }) => {
    try {
      new Properties(lines.slice(startingLineNumber - 1, endingLineNumber).join("\n"));
      return false;
    } catch {
      return true;
    }
  });
  return bad?.startingLineNumber ?? 1;
}

/** As Java trims: every character up to U+0020, and no other (JavaScript would take more). */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}
