/**
 * Reads a YAML file as plain data: maps, lists and texts, with the lines of their keys.
 *
 * YAML 1.1, as the middleware reads it: unquoted `yes` and `on` are booleans. Numbers and dates are texts as they are
 * written. Safe: tags of its own make a file bad, and so do aliases that multiply. Not here: what a file means.
 */
import { isUtf8 } from "node:buffer";

import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Document,
  type ParsedNode,
  type YAMLMap,
} from "yaml";

import { findingAbout, findingAt, printable, type Finding } from "./finding.ts";
import { isVariable } from "./variables.ts";

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
const keyPath = (path: readonly string[]): string => path.join("\0");

/** The line of a key. What comes by an alias or a merge has none of its own: that of the key above is the nearest. */
export const lineOf = ({ lines }: YamlFile, path: readonly string[]): number =>
  lines.get(keyPath(path)) ?? lines.get(keyPath(path.slice(0, 1))) ?? 1;

/** Reads the bytes of a file. The first mistake makes the whole file bad. Never throws. */
export function readYaml(bytes: Uint8Array, file: string): YamlReading {
  if (!isUtf8(bytes)) return { ok: false, problem: findingAbout(file, "is not UTF-8") };
  const counter = new LineCounter();
  const source = new TextDecoder().decode(bytes);
  // Pretty errors would quote the text around the error, which may be a secret. The library's own look for repeated keys
  // takes minutes for a large map.
  const document = parseDocument(source, {
    version: "1.1",
    prettyErrors: false,
    uniqueKeys: false,
    lineCounter: counter,
  });
  const at = (offset: number, says: string): Finding =>
    findingAt({ from: "file", file, line: counter.linePos(offset).line }, says);
  const [error] = document.errors;
  if (error !== undefined) return { ok: false, problem: at(error.pos[0], `is no sound YAML: ${error.message}`) };
  keepAsWritten(document, source);
  const fault = faultIn(document);
  if (fault !== undefined) return { ok: false, problem: at(fault.offset, fault.says) };
  const value = plain(document);
  if (!value.ok) return { ok: false, problem: findingAbout(file, value.says) };
  return {
    ok: true,
    content: { file, value: value.plain, lines: linesOf(document.contents, counter, []) },
    warnings: document.warnings.map(({ pos, message }) => at(pos[0], message)),
  };
}

/**
 * Names are always texts. A lone `y` or `n` is a boolean by the letter of YAML 1.1, but not in the middleware. An unquoted
 * `{{NAME}}` is a map by the letter, but the middleware expands variables before it parses.
 */
function keepAsWritten(document: Document.Parsed, source: string): void {
  visit(document, {
    Map: (role, { range, flow }): Scalar | undefined => {
      const text = range && flow === true ? source.slice(range[0], range[1]) : "";
      if (role === "key" || !isVariable(text)) return undefined;
      return new Scalar(text);
    },
    Scalar: (role, node) => {
      const isBoolean = typeof node.value === "boolean" && !/^[yn]$/i.test(node.source ?? "");
      const stays = role !== "key" && (node.value === null || isBoolean);
      if (!stays && typeof node.value !== "string" && node.source !== undefined) node.value = node.source;
    },
  });
}

type Fault = { readonly offset: number; readonly says: string };

/** What the library lets pass: tags that nothing here knows, aliases to nothing, and keys that stand twice in a map. */
function faultIn(document: Document.Parsed): Fault | undefined {
  const tag = document.warnings.find(({ code }) => code === "TAG_RESOLVE_FAILED");
  if (tag !== undefined)
    return { offset: tag.pos[0], says: "has a tag that is not known; a text that begins with ! must be quoted" };
  const anchors = new Set<string>();
  let fault: Fault | undefined;
  visit(document, (_role, node) => {
    if (isAlias(node) && !anchors.has(node.source))
      fault = { offset: node.range?.[0] ?? 0, says: `has no anchor for *${printable(node.source)}` };
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
    if (isMap(node)) fault ??= repeatedKey(node);
    return fault === undefined ? undefined : visit.BREAK;
  });
  return fault;
}

function repeatedKey({ items }: YAMLMap): Fault | undefined {
  const seen = new Set<unknown>();
  for (const { key } of items) {
    if (!isScalar(key) || key.value === "<<") continue;
    if (seen.has(key.value))
      return { offset: key.range?.[0] ?? 0, says: `${printable(String(key.value))} stands twice in its map` };
    seen.add(key.value);
  }
  return undefined;
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
      says: isAlias ? "has aliases that multiply too much" : "merges (<<) something that is no map",
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
