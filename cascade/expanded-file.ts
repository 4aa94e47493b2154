/**
 * The content of one file with its variables expanded, or what is wrong with them: a variable that has no value makes the
 * whole file bad, as a malformed escape does. Not here: what variables are (variables.ts).
 */
import { basename, relative } from "node:path";

import { findingAt, printable, type Finding } from "./finding.ts";
import type { PropertyEntry } from "./properties.ts";
import { createVariables, type Environment, type Expanded, type VariableSources } from "./variables.ts";
import { lineOf, type YamlFile } from "./yaml-file.ts";

export type ExpandedFile<T> =
  | { readonly ok: true; readonly content: T; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[] };

/**
 * What `file<NAME>` means: the properties file with that path below the directory, or else the first one called so.
 * @param files in the order of paths, as they are written
 */
export function variableSources(
  files: ReadonlyMap<string, readonly PropertyEntry[]>,
  directory: string,
  environment: Environment,
): VariableSources {
  const byName = new Map<string, ReadonlyMap<string, string> | undefined>();
  const find = (name: string): ReadonlyMap<string, string> | undefined => {
    const all = [...files];
    const found =
      all.find(([path]) => relative(directory, path) === name) ?? all.find(([path]) => basename(path) === name);
    return found && new Map(found[1].map((entry) => [entry.name, entry.text]));
  };
  return {
    environment,
    fileNamed: (name) => {
      if (!byName.has(name)) byName.set(name, find(name));
      return byName.get(name);
    },
  };
}

/** The entries of a properties file. */
export function expandEntries(
  entries: readonly PropertyEntry[],
  file: string,
  sources: VariableSources,
): ExpandedFile<readonly PropertyEntry[]> {
  const said = createSaid(sources);
  const content = entries.map((entry) => {
    const text = said.expand(entry.text, entry.name, { from: "file", file, line: entry.line });
    return text === entry.text ? entry : { ...entry, text };
  });
  return said.outcome(content);
}

/** The texts in the two upper levels of maps: nothing that is read here has values further down. */
export function expandYaml(document: YamlFile, sources: VariableSources): ExpandedFile<YamlFile> {
  const said = createSaid(sources);
  const { file } = document;
  const expanded = (value: unknown, path: readonly string[]): unknown => {
    if (value instanceof Map && path.length < 2)
      return new Map([...value].map(([key, inner]) => [key as unknown, expanded(inner, [...path, String(key)])]));
    if (typeof value !== "string") return value;
    return said.expand(value, path.at(-1) ?? "", { from: "file", file, line: lineOf(document, path) });
  };
  return said.outcome({ ...document, value: expanded(document.value, []) });
}

/** Gathers what expanding the values of one file has to say. */
function createSaid(sources: VariableSources) {
  const variables = createVariables(sources);
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  return {
    expand: (text: string, name: string, origin: Parameters<typeof findingAt>[0]): string => {
      const about = (says: string): Finding => findingAt(origin, `${printable(name)} ${says}`, name);
      const expanded: Expanded = variables.expand(text);
      if (!expanded.ok) {
        problems.push(...expanded.says.map(about));
        return "";
      }
      if (expanded.warning !== undefined) warnings.push(about(expanded.warning));
      return expanded.text;
    },
    outcome: <T>(content: T): ExpandedFile<T> =>
      problems.length > 0 ? { ok: false, problems } : { ok: true, content, warnings },
  };
}
