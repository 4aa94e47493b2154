/**
 * A file of Helm values as nodes with lines: maps with their merge keys, whatever is behind an alias, and words for
 * messages. YAML 1.2, as Helm reads it; nothing is built of the nodes, so that nothing can multiply.
 * Not here: what the values mean (helm-values.ts).
 */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Document, type YAMLMap } from "yaml";

import { findingAt, placeOf, printable, quoted, type Finding, type Origin } from "./finding.ts";

/** A parsed file, with what finds the line of a node and the node behind an alias. */
export interface Source {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly targets: Map<unknown, unknown>;
  readonly file: string;
  readonly problems: Finding[];
}

export interface MapEntry {
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Faults go into `problems`. */
export function parseHelmYaml(text: string, file: string, problems: Finding[]): Source {
  const lines = new LineCounter();
  // Without pretty errors: those quote the text around the error, which may be a secret. Keys are compared below, for
  // the maps that matter; the parser would compare each with each.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const source = { document, lines, targets: new Map<unknown, unknown>(), file, problems };
  problems.push(...document.errors.map(({ pos, message }) => findingAt(originOf(source, pos[0]), message)));
  const anchors = new Map<string, unknown>();
  visit(document, {
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias: (_, node) => {
      if (anchors.has(node.source)) source.targets.set(node, anchors.get(node.source));
      else problems.push(findingAt(originOf(source, node.range?.[0] ?? 0), `no anchor for *${printable(node.source)}`));
    },
  });
  return source;
}

const originOf = ({ lines, file }: Pick<Source, "lines" | "file">, offset: number): Origin => ({
  from: "file",
  file,
  line: Math.max(lines.linePos(offset).line, 1),
});

/** What is there, or behind the alias. */
export const nodeOf = (source: Source, node: unknown): unknown => (isAlias(node) ? source.targets.get(node) : node);

/** The entries of a map, those of its merge keys included; undefined: no map. A key that stands twice is a problem. */
export function entriesOf(source: Source, node: unknown): MapEntry[] | undefined {
  const map = nodeOf(source, node);
  if (!isMap(map)) return undefined;
  const entries = new Map<string, MapEntry>();
  collect(source, map, entries, new Set());
  return [...entries.values()];
}

/** Own keys beat merged ones, and of several merged maps the first wins. Each map is looked at once. */
function collect(source: Source, map: YAMLMap, entries: Map<string, MapEntry>, seen: Set<unknown>): void {
  seen.add(map);
  const own = new Map<string, MapEntry>();
  const merged: unknown[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const entry = { key: String(key.value), value, origin: originOf(source, key.range?.[0] ?? 0) };
    const earlier = own.get(entry.key);
    if (earlier !== undefined) source.problems.push(setTwice(entry, earlier));
    if (entry.key === "<<") merged.push(nodeOf(source, value));
    else own.set(entry.key, entry);
  }
  for (const entry of own.values()) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  for (const part of merged.flatMap((target) => (isSeq(target) ? target.items : [target]))) {
    const target = nodeOf(source, part);
    if (isMap(target) && !seen.has(target)) collect(source, target, entries, seen);
  }
}

const setTwice = (entry: MapEntry, earlier: MapEntry): Finding =>
  findingAt(entry.origin, `${printable(entry.key)} is set again, first at ${placeOf(earlier.origin)}`, entry.key);

export const isEmpty = (source: Source, node: unknown): boolean => {
  const value = nodeOf(source, node);
  return value === null || value === undefined || (isScalar(value) && value.value === null);
};

/** How a value was written, for messages. */
export function textOf(source: Source, node: unknown): string {
  const value = nodeOf(source, node);
  if (isMap(value)) return "a map";
  if (isSeq(value)) return "a list";
  return isScalar(value) ? quoted(value.source ?? String(value.value)) : "nothing";
}
