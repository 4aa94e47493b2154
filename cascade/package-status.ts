/**
 * Whether a package of the middleware is enabled: the start-time switch of the Helm chart core-mw.
 *
 * Two sources: Helm values (`core-mw.packages.status`, `core-mw.packages.whitelist`) and the two environment variables
 * that the chart makes of them. A white list makes everything else void; else a package that any source disables is
 * disabled; a package that nobody names is enabled. Not here: reading of values (helm-values.ts); features, roles and
 * node types of the chart.
 */
import { readFile } from "node:fs/promises";

import { findingAbout, findingAt, placeOf, printable, reasonOf, type Finding } from "./finding.ts";
import { readHelmValues, type PackageValues } from "./helm-values.ts";

/** The variables of the environment that matter; unset, or names separated by blanks. */
export interface PackageEnvironment {
  readonly OX_BLACKLISTED_PACKAGES?: string | undefined;
  readonly OX_WHITELISTED_PACKAGES?: string | undefined;
}

export interface PackageStatus {
  readonly enabled: boolean;
  /** Why, as a part of a sentence: `disabled by core-mw.packages.status in values.yaml:7`. */
  readonly reason: string;
}

export type PackagesOutcome =
  | { readonly ok: true; readonly statusOf: (name: string) => PackageStatus; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/**
 * Reads the files of Helm values, from weakest to strongest, and answers for any package name. Never rejects; with any
 * problem (a file that cannot be read or parsed, a status that is neither `enabled` nor `disabled`) there is no status.
 */
export async function loadPackageStatus(
  valuesFiles: readonly string[],
  environment: PackageEnvironment,
): Promise<PackagesOutcome> {
  const readings = await Promise.all(valuesFiles.map(readFileAt));
  const problems = readings.flatMap((reading) => reading.problems);
  const warnings = [...readings.flatMap((reading) => reading.warnings), ...commaWarnings(environment)];
  if (problems.length > 0) return { ok: false, problems, warnings };
  const rules = rulesOf(readings, environment);
  const ignored = rules.whitelist === undefined ? [] : ignoredByWhitelist(rules.status, rules.whitelist.source);
  return { ok: true, statusOf: (name) => statusOf(name, rules), warnings: [...warnings, ...ignored] };
}

async function readFileAt(file: string): Promise<PackageValues> {
  try {
    return readHelmValues(await readFile(file, "utf8"), file);
  } catch (error) {
    return { status: new Map(), problems: [findingAbout(file, reasonOf(error))], warnings: [] };
  }
}

interface Rules {
  readonly status: PackageValues["status"];
  readonly blacklist: ReadonlySet<string>;
  readonly whitelist: { readonly names: ReadonlySet<string>; readonly source: string } | undefined;
}

function rulesOf(readings: readonly PackageValues[], environment: PackageEnvironment): Rules {
  const fromEnvironment = words(environment.OX_WHITELISTED_PACKAGES);
  const fromValues = readings.findLast(({ whitelist }) => whitelist !== undefined)?.whitelist;
  return {
    status: new Map(readings.flatMap(({ status }) => [...status])),
    blacklist: words(environment.OX_BLACKLISTED_PACKAGES),
    whitelist:
      fromEnvironment.size > 0
        ? { names: fromEnvironment, source: "OX_WHITELISTED_PACKAGES" }
        : fromValues !== undefined && fromValues.names.size > 0
          ? { names: fromValues.names, source: `${fromValues.key} in ${placeOf(fromValues.origin)}` }
          : undefined,
  };
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

function ignoredByWhitelist(status: PackageValues["status"], source: string): Finding[] {
  return [...status].map(([name, { key, origin }]) =>
    findingAt(origin, `${key}.${printable(name)} has no effect, as ${source} makes it void`, name),
  );
}
