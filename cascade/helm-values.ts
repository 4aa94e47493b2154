/**
 * Reads what one file of Helm values says about packages: `core-mw.packages` of an umbrella chart's values, or
 * `packages` where the file holds the values of core-mw itself. Each value keeps its line.
 * Not here: what follows from it (package-status.ts).
 */
import { distance } from "fastest-levenshtein";
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Document, type YAMLMap } from "yaml";

import { findingAbout, findingAt, placeOf, printable, quoted, reasonOf, type Finding, type Origin } from "./finding.ts";

/** The status of one package. `key` is the path of the map it stands in, for example `core-mw.packages.status`. */
export interface ListedStatus {
  readonly enabled: boolean;
  readonly key: string;
  readonly origin: Origin;
}

export interface PackageValues {
  readonly status: ReadonlyMap<string, ListedStatus>;
  readonly whitelist?: { readonly names: ReadonlySet<string>; readonly key: string; readonly origin: Origin };
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The same while it is being filled. */
interface Found extends PackageValues {
  readonly status: Map<string, ListedStatus>;
  whitelist?: NonNullable<PackageValues["whitelist"]>;
  readonly problems: Finding[];
  readonly warnings: Finding[];
}

/** A parsed file, with what finds the line of a node and the node behind an alias. */
interface Source {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly targets: Map<unknown, unknown>;
  readonly file: string;
  readonly problems: Finding[];
}

interface MapEntry {
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Reads one file. Never throws: what is wrong stands in `problems`, what is there without effect in `warnings`. */
export function readHelmValues(text: string, file: string): PackageValues {
  const found: Found = { status: new Map(), problems: [], warnings: [] };
  try {
    const source = parse(text, file, found.problems);
    if (found.problems.length > 0 || source.document.contents === null) return found;
    const top = entriesOf(source, source.document.contents);
    if (top === undefined) found.problems.push(findingAbout(file, "must hold a map of Helm values"));
    else readTop(source, top, found);
  } catch (error) {
    // Nesting so deep that the parser runs out of stack.
    found.problems.push(findingAbout(file, `cannot be parsed: ${reasonOf(error)}`));
  }
  return found;
}

function parse(text: string, file: string, problems: Finding[]): Source {
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

const nodeOf = (source: Source, node: unknown): unknown => (isAlias(node) ? source.targets.get(node) : node);

/** The entries of a map, those of its merge keys included; undefined: no map. A key that stands twice is a problem. */
function entriesOf(source: Source, node: unknown): MapEntry[] | undefined {
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

const isEmpty = (source: Source, node: unknown): boolean => {
  const value = nodeOf(source, node);
  return value === null || value === undefined || (isScalar(value) && value.value === null);
};

/** How a value was written, for messages. */
function textOf(source: Source, node: unknown): string {
  const value = nodeOf(source, node);
  if (isMap(value)) return "a map";
  if (isSeq(value)) return "a list";
  return isScalar(value) ? quoted(value.source ?? String(value.value)) : "nothing";
}

function readTop(source: Source, top: readonly MapEntry[], found: Found): void {
  const umbrella = top.find(({ key }) => key === "core-mw");
  const misplaced = umbrella === undefined ? undefined : top.find(({ key }) => key === "packages");
  if (misplaced !== undefined) {
    found.warnings.push(findingAt(misplaced.origin, "packages has no effect here; it belongs below core-mw"));
  }
  const values = umbrella === undefined ? top : entriesOf(source, umbrella.value);
  const packages = values?.find(({ key }) => key === "packages");
  if (packages === undefined || isEmpty(source, packages.value)) return;
  const key = umbrella === undefined ? "packages" : "core-mw.packages";
  const entries = entriesOf(source, packages.value);
  if (entries === undefined) found.problems.push(findingAt(packages.origin, `${key} must be a map`));
  for (const entry of entries ?? []) {
    if (entry.key === "status") readStatus(source, entry, `${key}.status`, found);
    else if (entry.key === "whitelist") readWhitelist(source, entry, `${key}.whitelist`, found);
    else found.warnings.push(misplacedKey(source, entry, key));
  }
}

function misplacedKey(source: Source, { key, value, origin }: MapEntry, parent: string): Finding {
  const scalar = nodeOf(source, value);
  const looksLikeStatus = isScalar(scalar) && (scalar.value === "enabled" || scalar.value === "disabled");
  const near = ["status", "whitelist"].find((known) => distance(known, key.slice(0, 20)) <= 2);
  const hint = looksLikeStatus
    ? `; it belongs below ${parent}.status`
    : key === "minimalWhitelist"
      ? "; it was removed in core-mw 6.0.1"
      : near === undefined
        ? ""
        : `; did you mean ${parent}.${near}?`;
  return findingAt(origin, `${parent}.${printable(key)} has no effect${hint}`);
}

function readStatus(source: Source, { value, origin }: MapEntry, key: string, found: Found): void {
  if (isEmpty(source, value)) return;
  const entries = entriesOf(source, value);
  if (entries === undefined)
    found.problems.push(findingAt(origin, `${key} must map package names to enabled or disabled`));
  for (const entry of entries ?? []) {
    const scalar = nodeOf(source, entry.value);
    const word = isScalar(scalar) ? scalar.value : undefined;
    if (word === "enabled" || word === "disabled") {
      found.status.set(entry.key, { enabled: word === "enabled", key, origin: entry.origin });
    } else {
      const says = `${key}.${printable(entry.key)} is ${textOf(source, entry.value)}; allowed: enabled, disabled`;
      found.problems.push(findingAt(entry.origin, says, entry.key));
    }
  }
}

function readWhitelist(source: Source, { value, origin }: MapEntry, key: string, found: Found): void {
  const list = nodeOf(source, value);
  if (isEmpty(source, value)) return;
  const names = isSeq(list) ? list.items.map((item) => nodeOf(source, item)) : [undefined];
  const texts = names.filter(isScalar).map((scalar) => scalar.value);
  const good = texts.filter((text) => typeof text === "string");
  if (good.length === names.length) found.whitelist = { names: new Set(good), key, origin };
  else found.problems.push(findingAt(origin, `${key} must be a list of package names`));
}
