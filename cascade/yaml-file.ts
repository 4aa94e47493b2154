/**
 * Reads a YAML file as plain data: maps, lists and texts, with the lines of their keys.
 *
 * YAML 1.1, as the middleware reads it: unquoted `yes` and `on` are booleans. Numbers and dates are texts as they are
 * written. Safe: tags make no objects, and aliases that multiply are refused. Not here: what a file means.
 */
import { isUtf8 } from "node:buffer";

import { isMap, isScalar, LineCounter, parseDocument, visit, type Document, type ParsedNode } from "yaml";

import { findingAbout, findingAt, type Finding } from "./finding.ts";

/** The content of a file: `Map`s, which keep the order of the file whatever the keys are, arrays, texts, booleans, null. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Lines of the keys of the two upper levels of maps, counted from 1, by `keyPath`. */
  readonly lines: ReadonlyMap<string, number>;
}

export type YamlReading =
  | { readonly ok: true; readonly content: YamlFile; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problem: Finding };

/** The key of a path in `YamlFile.lines`. */
export const keyPath = (path: readonly string[]): string => path.join("\0");

/** Reads the bytes of a file. The first mistake makes the whole file bad. Never throws. */
export function readYaml(bytes: Uint8Array, file: string): YamlReading {
  if (!isUtf8(bytes)) return { ok: false, problem: findingAbout(file, "is not UTF-8") };
  const counter = new LineCounter();
  // Pretty errors would quote the text around the error, which may be a secret.
  const document = parseDocument(new TextDecoder().decode(bytes), {
    version: "1.1",
    prettyErrors: false,
    lineCounter: counter,
  });
  const at = (offset: number, says: string): Finding =>
    findingAt({ from: "file", file, line: counter.linePos(offset).line }, says);
  const [error] = document.errors;
  if (error !== undefined) return { ok: false, problem: at(error.pos[0], `is no sound YAML: ${error.message}`) };
  keepAsWritten(document);
  const value = plain(document);
  if (!value.ok) return { ok: false, problem: findingAbout(file, value.says) };
  return {
    ok: true,
    content: { file, value: value.plain, lines: linesOf(document.contents, counter, []) },
    warnings: document.warnings.map(({ pos, message }) => at(pos[0], message)),
  };
}

/** Names are always texts. A lone `y` or `n` is a boolean by the letter of YAML 1.1, but not in the middleware. */
function keepAsWritten(document: Document.Parsed): void {
  visit(document, {
    Scalar: (role, node) => {
      const isBoolean = typeof node.value === "boolean" && !/^[yn]$/i.test(node.source ?? "");
      const stays = role !== "key" && (node.value === null || isBoolean);
      if (!stays && typeof node.value !== "string" && node.source !== undefined) node.value = node.source;
    },
  });
}

/** Whatever the library throws here is about the document: it computes, and does nothing else. */
function plain(
  document: Document.Parsed,
): { readonly ok: true; readonly plain: unknown } | { readonly ok: false; readonly says: string } {
  try {
    return { ok: true, plain: document.toJS({ mapAsMap: true, maxAliasCount: 100 }) };
  } catch (fault) {
    const isAlias = fault instanceof ReferenceError;
    return {
      ok: false,
      says: isAlias ? "has aliases that lead nowhere or multiply too much" : "merges (<<) something that is no map",
    };
  }
}

function linesOf(node: ParsedNode | null, counter: LineCounter, above: readonly string[]): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  if (!isMap(node)) return lines;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const path = [...above, String(key.value)];
    lines.set(keyPath(path), counter.linePos(key.range[0]).line);
    if (above.length === 0) for (const [inner, line] of linesOf(value, counter, path)) lines.set(inner, line);
  }
  return lines;
}
