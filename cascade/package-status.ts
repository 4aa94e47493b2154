/**
 * Whether a package of the middleware is enabled: the start-time switch of the Helm chart core-mw.
 *
 * Two sources: Helm values (`packages` and `features` of core-mw, those of roles and node types put on top as the chart
 * does) and the two environment variables that the chart makes of them. A white list makes everything else void; else a
 * package that any source disables is disabled; a package that nobody names is enabled.
 * Not here: reading of values (helm-values.ts).
 */
import { readFile } from "node:fs/promises";

import { findingAbout, findingAt, placeOf, printable, reasonOf, type Finding } from "./finding.ts";
import {
  readHelmValues,
  type HelmValues,
  type ListedNames,
  type ListedStatus,
  type PackageLayer,
} from "./helm-values.ts";
import { doubtAboutFeature, doubtAboutPackage, nearest } from "./package-names.ts";

/** The variables of the environment that matter; unset, or names separated by blanks. */
export interface PackageEnvironment {
  readonly OX_BLACKLISTED_PACKAGES?: string | undefined;
  readonly OX_WHITELISTED_PACKAGES?: string | undefined;
}

/** Which of the chart's nodes this one stands for. */
export interface Placement {
  /** In the chart's order, later ones beat earlier ones. Empty: the roles that the values give to the node type. */
  readonly roles: readonly string[];
  readonly nodeType: string | undefined;
}

export interface PackageStatus {
  readonly enabled: boolean;
  /** Why, as a part of a sentence: `disabled by core-mw.packages.status in values.yaml:7`. */
  readonly reason: string;
}

export type PackagesOutcome =
  | { readonly ok: true; readonly statusOf: (name: string) => PackageStatus; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

const anyNode: Placement = { roles: [], nodeType: undefined };

/**
 * Reads the files of Helm values, from weakest to strongest, and answers for any package name. Never rejects; with any
 * problem (a file that cannot be read or parsed, a status that is neither `enabled` nor `disabled`) there is no status.
 */
export async function loadPackageStatus(
  valuesFiles: readonly string[],
  environment: PackageEnvironment,
  placement: Placement = anyNode,
): Promise<PackagesOutcome> {
  const readings = await Promise.all(valuesFiles.map(readFileAt));
  const problems = readings.flatMap((reading) => reading.problems);
  const warnings = [...readings.flatMap((reading) => reading.warnings), ...commaWarnings(environment)];
  if (problems.length > 0) return { ok: false, problems, warnings };
  const merged = mergeLayers(layersFor(readings, placement));
  const rules = rulesOf(merged, environment);
  const ignored = rules.whitelist === undefined ? [] : ignoredByWhitelist(merged, rules.whitelist.source);
  const doubts = [...unknownPlaces(readings, placement), ...doubtfulNames(readings, merged)];
  return { ok: true, statusOf: (name) => statusOf(name, rules), warnings: [...warnings, ...doubts, ...ignored] };
}

async function readFileAt(file: string): Promise<HelmValues> {
  try {
    return readHelmValues(await readFile(file, "utf8"), file);
  } catch (error) {
    const problems = [findingAbout(file, reasonOf(error))];
    return { ...readHelmValues("", file), problems };
  }
}

/** From weakest to strongest: all files' values for any node, then role by role, then those of the node type. */
function layersFor(readings: readonly HelmValues[], { roles, nodeType }: Placement): readonly PackageLayer[] {
  const ofType = nodeType === undefined ? [] : readings.flatMap(({ nodeTypes }) => nodeTypes.get(nodeType) ?? []);
  const given = ofType.findLast((one) => one.roles !== undefined)?.roles ?? [];
  return [
    ...readings.map(({ base }) => base),
    ...(roles.length > 0 ? roles : [...given]).flatMap((role) => readings.flatMap((one) => one.roles.get(role) ?? [])),
    ...ofType.map(({ layer }) => layer),
  ];
}

/** Maps are joined key by key, a later list replaces an earlier one. */
function mergeLayers(layers: readonly PackageLayer[]): PackageLayer {
  const whitelist = layers.findLast((layer) => layer.whitelist !== undefined)?.whitelist;
  return {
    status: new Map(layers.flatMap(({ status }) => [...status])),
    featureStatus: new Map(layers.flatMap(({ featureStatus }) => [...featureStatus])),
    features: new Map(layers.flatMap(({ features }) => [...features])),
    ...(whitelist === undefined ? {} : { whitelist }),
  };
}

interface Rules {
  readonly status: ReadonlyMap<string, ListedStatus>;
  readonly blacklist: ReadonlySet<string>;
  readonly whitelist: { readonly names: ReadonlySet<string>; readonly source: string } | undefined;
}

function rulesOf(merged: PackageLayer, environment: PackageEnvironment): Rules {
  const fromEnvironment = words(environment.OX_WHITELISTED_PACKAGES);
  const fromValues = merged.whitelist;
  return {
    status: new Map([...statusByFeatures(merged), ...merged.status]),
    blacklist: words(environment.OX_BLACKLISTED_PACKAGES),
    whitelist:
      fromEnvironment.size > 0
        ? { names: fromEnvironment, source: "OX_WHITELISTED_PACKAGES" }
        : fromValues !== undefined && fromValues.names.size > 0
          ? { names: fromValues.names, source: `${fromValues.key} in ${placeOf(fromValues.origin)}` }
          : undefined,
  };
}

/** Features in the order of their names: of two with the same package the later one wins. */
function statusByFeatures({ featureStatus, features }: PackageLayer): ReadonlyMap<string, ListedStatus> {
  const status = new Map<string, ListedStatus>();
  for (const feature of [...features.keys()].sort()) {
    const listed = featureStatus.get(feature);
    if (listed === undefined) continue;
    const key = `${listed.key}.${printable(feature)}`;
    for (const name of features.get(feature)?.names ?? []) status.set(name, { ...listed, key });
  }
  return status;
}

/** Roles and node types that no file knows: whoever names one expects it to change something. */
function unknownPlaces(readings: readonly HelmValues[], { roles, nodeType }: Placement): Finding[] {
  const unknown = (what: string, name: string, known: readonly string[]): Finding[] => {
    if (known.includes(name)) return [];
    const hint = known.length === 0 ? "" : `; the nearest one is ${printable(nearest(name, known))}`;
    return [{ message: `no file of Helm values has the ${what} ${printable(name)}${hint}`, name }];
  };
  const knownRoles = readings.flatMap((one) => [...one.roles.keys()]);
  const knownTypes = readings.flatMap((one) => [...one.nodeTypes.keys()]);
  return [
    ...roles.flatMap((role) => unknown("role", role, knownRoles)),
    ...(nodeType === undefined ? [] : unknown("node type", nodeType, knownTypes)),
  ];
}

/** In all values, so that a slip at another role is found here, too. */
function doubtfulNames(readings: readonly HelmValues[], merged: PackageLayer): Finding[] {
  const layers = readings.flatMap(({ base, roles, nodeTypes }) => [
    base,
    ...roles.values(),
    ...[...nodeTypes.values()].map(({ layer }) => layer),
  ]);
  const features = new Set([...merged.features.keys(), ...layers.flatMap((layer) => [...layer.features.keys()])]);
  const packages = new Set(layers.flatMap((layer) => [...layer.features.values()].flatMap(({ names }) => [...names])));
  const about = (name: string, { key, origin }: ListedStatus | ListedNames, doubt: string | undefined): Finding[] =>
    doubt === undefined ? [] : [findingAt(origin, `${key}: ${printable(name)} ${doubt}`, name)];
  return layers.flatMap(({ status, featureStatus, whitelist }) => [
    ...[...status].flatMap(([name, listed]) => about(name, listed, doubtAboutPackage(name, packages))),
    ...[...featureStatus].flatMap(([name, listed]) => about(name, listed, doubtAboutFeature(name, features))),
    ...(whitelist === undefined
      ? []
      : [...whitelist.names].flatMap((name) => about(name, whitelist, doubtAboutPackage(name, packages)))),
  ]);
}

/** Blanks separate names there, as the chart writes them: a comma would be part of a name that nobody has. */
const commaWarnings = (environment: PackageEnvironment): Finding[] =>
  (["OX_BLACKLISTED_PACKAGES", "OX_WHITELISTED_PACKAGES"] as const)
    .filter((variable) => environment[variable]?.includes(","))
    .map((variable) => ({ message: `${variable}: names are separated by blanks, a comma is part of a name` }));

const words = (text = ""): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

function statusOf(name: string, { status, blacklist, whitelist }: Rules): PackageStatus {
  if (whitelist !== undefined) {
    const enabled = whitelist.names.has(name);
    return { enabled, reason: `${enabled ? "enabled" : "disabled, as it is not listed"} by ${whitelist.source}` };
  }
  if (blacklist.has(name)) return { enabled: false, reason: "disabled by OX_BLACKLISTED_PACKAGES" };
  const listed = status.get(name);
  if (listed === undefined) return { enabled: true, reason: "enabled by default" };
  return {
    enabled: listed.enabled,
    reason: `${listed.enabled ? "enabled" : "disabled"} by ${listed.key} in ${placeOf(listed.origin)}`,
  };
}

function ignoredByWhitelist({ status, featureStatus }: PackageLayer, source: string): Finding[] {
  return [...status, ...featureStatus].map(([name, { key, origin }]) =>
    findingAt(origin, `${key}.${printable(name)} has no effect, as ${source} makes it void`, name),
  );
}
