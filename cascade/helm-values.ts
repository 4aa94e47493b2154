/**
 * Reads what one file of Helm values says about packages: `core-mw.packages` of an umbrella chart's values, or
 * `packages` where the file holds the values of core-mw itself. Each value keeps its line.
 * Not here: what follows from it (package-status.ts).
 */
import { distance } from "fastest-levenshtein";
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, type Document } from "yaml";

import { findingAbout, findingAt, printable, quoted, type Finding, type Origin } from "./finding.ts";

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

/** A parsed file, enough to find the line of a node and the node behind an alias. */
interface Source {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly file: string;
}

interface MapEntry {
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Reads one file. Never throws: what is wrong stands in `problems`, what is there without effect in `warnings`. */
export function readHelmValues(text: string, file: string): PackageValues {
  const found: Found = { status: new Map(), problems: [], warnings: [] };
  const source = parse(text, file, found.problems);
  if (source === undefined || source.document.contents === null) return found;
  const top = entriesOf(source, source.document.contents);
  if (top === undefined) found.problems.push(findingAbout(file, "must hold a map of Helm values"));
  else readTop(source, top, found);
  return found;
}

function parse(text: string, file: string, problems: Finding[]): Source | undefined {
  const lines = new LineCounter();
  try {
    // Without pretty errors: those quote the text around the error, which may be a secret.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
    const source = { document, lines, file };
    problems.push(...document.errors.map(({ pos, message }) => findingAt(originOf(source, pos[0]), message)));
    return document.errors.length === 0 ? source : undefined;
  } catch (error) {
    problems.push(findingAbout(file, `cannot be parsed: ${error instanceof Error ? error.message : String(error)}`));
    return undefined;
  }
}

const originOf = ({ lines, file }: Source, offset: number): Origin => ({
  from: "file",
  file,
  line: Math.max(lines.linePos(offset).line, 1),
});

const nodeOf = (source: Source, node: unknown): unknown => (isAlias(node) ? node.resolve(source.document) : node);

/** The entries of a map with aliases and merge keys followed; undefined: no map. Merges nest at most `depth` deep. */
function entriesOf(source: Source, node: unknown, depth = 8): MapEntry[] | undefined {
  const map = nodeOf(source, node);
  if (!isMap(map)) return undefined;
  const merged: MapEntry[] = [];
  const own: MapEntry[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    if (key.value !== "<<" || depth === 0) {
      own.push({ key: String(key.value), value, origin: originOf(source, key.range?.[0] ?? 0) });
      continue;
    }
    const target = nodeOf(source, value);
    for (const part of isSeq(target) ? target.items : [target]) {
      merged.push(...(entriesOf(source, part, depth - 1) ?? []));
    }
  }
  return [...merged, ...own];
}

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
