/**
 * Reads what one file of Helm values says about packages: `packages` and `features` of the chart core-mw, for all nodes
 * and for those of a role or a node type. They stand below `core-mw` in an umbrella chart's values, or at the top where
 * the file holds the values of core-mw itself. Each value keeps its line.
 * Not here: what follows from it (package-status.ts).
 */
import { distance } from "fastest-levenshtein";
import { isScalar, isSeq } from "yaml";

import { findingAbout, findingAt, printable, reasonOf, type Finding, type Origin } from "./finding.ts";
import { entriesOf, isEmpty, nodeOf, parseHelmYaml, textOf, type MapEntry, type Source } from "./helm-yaml.ts";

/** The status of one package or feature. `key` is the path of the map it stands in, such as `core-mw.packages.status`. */
export interface ListedStatus {
  readonly enabled: boolean;
  readonly key: string;
  readonly origin: Origin;
}

export interface ListedNames {
  readonly names: ReadonlySet<string>;
  readonly key: string;
  readonly origin: Origin;
}

/** What stands in one place: at the top, at a role, or at a node type. */
export interface PackageLayer {
  readonly status: ReadonlyMap<string, ListedStatus>;
  readonly featureStatus: ReadonlyMap<string, ListedStatus>;
  /** The packages of each feature. */
  readonly features: ReadonlyMap<string, ListedNames>;
  readonly whitelist?: ListedNames;
}

export interface NodeType {
  readonly layer: PackageLayer;
  /** The roles that such nodes have, in order; absent: the file does not say. */
  readonly roles?: ReadonlySet<string>;
}

export interface HelmValues {
  readonly base: PackageLayer;
  readonly roles: ReadonlyMap<string, PackageLayer>;
  readonly nodeTypes: ReadonlyMap<string, NodeType>;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

const nothing: PackageLayer = { status: new Map(), featureStatus: new Map(), features: new Map() };

/** Reads one file. Never throws: what is wrong stands in `problems`, what is there without effect in `warnings`. */
export function readHelmValues(text: string, file: string): HelmValues {
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  const empty = { base: nothing, roles: new Map(), nodeTypes: new Map(), problems, warnings };
  try {
    const source = parseHelmYaml(text, file, problems);
    if (problems.length > 0 || source.document.contents === null) return empty;
    const top = entriesOf(source, source.document.contents);
    if (top !== undefined) return { ...new HelmReader(source, warnings).top(top), problems, warnings };
    problems.push(findingAbout(file, "must hold a map of Helm values"));
  } catch (error) {
    // Nesting so deep that the parser runs out of stack.
    problems.push(findingAbout(file, `cannot be parsed: ${reasonOf(error)}`));
  }
  return empty;
}

/** A map in the file together with its path, which ends in a dot or is empty. */
interface Place {
  readonly path: string;
  readonly entries: readonly MapEntry[];
}

class HelmReader {
  readonly #source: Source;
  readonly #warnings: Finding[];

  constructor(source: Source, warnings: Finding[]) {
    this.#source = source;
    this.#warnings = warnings;
  }

  top(top: readonly MapEntry[]): Pick<HelmValues, "base" | "roles" | "nodeTypes"> {
    const umbrella = top.find(({ key }) => key === "core-mw");
    if (umbrella === undefined) return this.#chart({ path: "", entries: top });
    for (const { key, origin } of top)
      if (key === "packages" || key === "features")
        this.#warn(origin, `${key} has no effect here; it belongs below core-mw`);
    return this.#chart({ path: "core-mw.", entries: entriesOf(this.#source, umbrella.value) ?? [] });
  }

  #chart(chart: Place): Pick<HelmValues, "base" | "roles" | "nodeTypes"> {
    const roles = new Map<string, PackageLayer>();
    const nodeTypes = new Map<string, NodeType>();
    for (const { key, place } of this.#named(this.#below(chart, "roles"))) roles.set(key, this.#values(place));
    for (const { key, place } of this.#named(this.#below(this.#below(chart, "scaling"), "nodes"))) {
      const listed = place.entries.find((entry) => entry.key === "roles");
      const names =
        listed && !isEmpty(this.#source, listed.value) ? this.#names(listed, `${place.path}roles`) : undefined;
      nodeTypes.set(key, { layer: this.#values(place), ...(names === undefined ? {} : { roles: names.names }) });
    }
    return { base: this.#layer(chart), roles, nodeTypes };
  }

  /** The maps in a map. */
  #named({ path, entries }: Place): readonly { readonly key: string; readonly place: Place }[] {
    return entries.map(({ key, value }) => ({
      key,
      place: { path: `${path}${printable(key)}.`, entries: entriesOf(this.#source, value) ?? [] },
    }));
  }

  /** What a role or node type says stands below its `values`. */
  #values(place: Place): PackageLayer {
    for (const { key, origin } of place.entries)
      if (key === "packages" || key === "features")
        this.#warn(origin, `${place.path}${key} has no effect; it belongs below ${place.path}values`);
    return this.#layer(this.#below(place, "values"));
  }

  #below({ path, entries }: Place, key: string): Place {
    const value = entries.find((entry) => entry.key === key)?.value;
    return { path: `${path}${key}.`, entries: entriesOf(this.#source, value) ?? [] };
  }

  #layer({ path, entries }: Place): PackageLayer {
    for (const { key, origin } of entries)
      if (key === "package" || key === "feature")
        this.#warn(origin, `${path}${key} has no effect; did you mean ${path}${key}s?`);
    const packages = this.#fields({ path, entries }, "packages", ["status", "whitelist"]);
    const features = this.#fields({ path, entries }, "features", ["status", "definitions"]);
    const whitelist = packages.get("whitelist");
    const names = whitelist && this.#names(whitelist, `${path}packages.whitelist`);
    return {
      status: this.#status(packages.get("status"), `${path}packages.status`, "package"),
      featureStatus: this.#status(features.get("status"), `${path}features.status`, "feature"),
      features: this.#definitions(features.get("definitions"), `${path}features.definitions`),
      ...(names === undefined ? {} : { whitelist: names }),
    };
  }

  /** The fields of one map that mean something; the others are warned about. */
  #fields({ path: above, entries }: Place, of: string, known: readonly string[]): ReadonlyMap<string, MapEntry> {
    const path = above + of;
    const given = entries.find(({ key }) => key === of);
    const fields = new Map<string, MapEntry>();
    if (given === undefined || isEmpty(this.#source, given.value)) return fields;
    const inner = entriesOf(this.#source, given.value);
    if (inner === undefined) this.#refuse(given.origin, `${path} must be a map`);
    for (const entry of inner ?? []) {
      if (!known.includes(entry.key)) this.#warn(entry.origin, this.#misplaced(entry, path, known));
      else if (!isEmpty(this.#source, entry.value)) fields.set(entry.key, entry);
    }
    return fields;
  }

  #misplaced({ key, value }: MapEntry, path: string, known: readonly string[]): string {
    const scalar = nodeOf(this.#source, value);
    const looksLikeStatus = isScalar(scalar) && (scalar.value === "enabled" || scalar.value === "disabled");
    const near = known.find((one) => distance(one, key.slice(0, 20)) <= 2);
    const hint = looksLikeStatus
      ? `; it belongs below ${path}.status`
      : key === "minimalWhitelist"
        ? "; it was removed in core-mw 6.0.1"
        : near === undefined
          ? ""
          : `; did you mean ${path}.${near}?`;
    return `${path}.${printable(key)} has no effect${hint}`;
  }

  #status(map: MapEntry | undefined, path: string, of: "package" | "feature"): ReadonlyMap<string, ListedStatus> {
    const status = new Map<string, ListedStatus>();
    if (map === undefined) return status;
    const entries = entriesOf(this.#source, map.value);
    if (entries === undefined) this.#refuse(map.origin, `${path} must map ${of} names to enabled or disabled`);
    for (const { key, value, origin } of entries ?? []) {
      const scalar = nodeOf(this.#source, value);
      const word = isScalar(scalar) ? scalar.value : undefined;
      if (word === "enabled" || word === "disabled")
        status.set(key, { enabled: word === "enabled", key: path, origin });
      else {
        const says = `${path}.${printable(key)} is ${textOf(this.#source, value)}; allowed: enabled, disabled`;
        this.#refuse(origin, says, key);
      }
    }
    return status;
  }

  #definitions(map: MapEntry | undefined, path: string): ReadonlyMap<string, ListedNames> {
    const features = new Map<string, ListedNames>();
    if (map === undefined) return features;
    const entries = entriesOf(this.#source, map.value);
    if (entries === undefined) this.#refuse(map.origin, `${path} must map feature names to lists of package names`);
    for (const entry of entries ?? []) {
      if (isEmpty(this.#source, entry.value)) continue;
      const names = this.#names(entry, `${path}.${printable(entry.key)}`);
      if (names !== undefined) features.set(entry.key, names);
    }
    return features;
  }

  #names({ value, origin }: MapEntry, path: string): ListedNames | undefined {
    const list = nodeOf(this.#source, value);
    const items = isSeq(list) ? list.items.map((item) => nodeOf(this.#source, item)) : [undefined];
    const texts = items
      .map((item) => (isScalar(item) ? item.value : undefined))
      .filter((one) => typeof one === "string");
    if (texts.length === items.length) return { names: new Set(texts), key: path, origin };
    this.#refuse(origin, `${path} must be a list of ${path.endsWith(".roles") ? "role" : "package"} names`);
    return undefined;
  }

  #warn(origin: Origin, says: string): void {
    this.#warnings.push(findingAt(origin, says));
  }

  #refuse(origin: Origin, says: string, name?: string): void {
    this.#source.problems.push(findingAt(origin, says, name));
  }
}
