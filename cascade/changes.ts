/** Which names may have another value after a change, for readers that act on it. */
import { isDeepStrictEqual } from "node:util";

import type { ContextSet } from "./context-sets.ts";
import type { Entry } from "./server-scope.ts";
import type { Setting } from "./setting.ts";
import type { State, Written } from "./state.ts";
import { configPrefix, taxonomyTypes, type DirectoryDifference } from "./directory.ts";
import { cascadeTypes } from "./tags.ts";
import { valueOf } from "./values.ts";

/**
 * Names whose value at server scope differs, and names that context sets give another value, or to other users: nobody is
 * asked who the users are, so of those the value differs for some user or may do. A declared name counts by its value,
 * any other by its text. Sorted.
 */
export function changedNames(known: readonly Setting<unknown>[], before: State, after: State): string[] {
  const declared = new Map(known.map((setting) => [setting.name, setting]));
  const names = new Set([...before.entries.keys(), ...after.entries.keys()]);
  const atServer = [...names].filter((name) => {
    const setting = declared.get(name);
    if (setting !== undefined) return differs(setting, before.entries.get(name), after.entries.get(name));
    return before.entries.get(name)?.text !== after.entries.get(name)?.text;
  });
  const finals = [...new Set([...before.metadata.keys(), ...after.metadata.keys()])].filter(
    (name) => before.metadata.get(name)?.final?.scope !== after.metadata.get(name)?.final?.scope,
  );
  const forUsers = [...finals, ...changedInSets(before, after)].filter((name) => declared.get(name)?.cascade !== false);
  return [...new Set([...atServer, ...forUsers])].sort();
}

/** Names that may have another value for some user after a change of the directory; sorted. */
export function namesTouchedBy({ attributes, others }: DirectoryDifference, { contextSets }: State): string[] {
  const names = [...attributes]
    .filter((attribute) => attribute.startsWith(configPrefix))
    .map((attribute) => attribute.slice(configPrefix.length));
  const tagsDiffer = others || attributes.has(taxonomyTypes) || names.includes(cascadeTypes.name);
  return [...new Set([...names, ...(tagsDiffer ? contextSets.names : [])])].sort();
}

/** Whether a setting's value is another one. */
export const differs = (setting: Setting<unknown>, a: Entry | undefined, b: Entry | undefined): boolean =>
  !isDeepStrictEqual(valueOf(setting, a), valueOf(setting, b));

function changedInSets(before: State, after: State): readonly string[] {
  const names = [...new Set([...before.contextSets.names, ...after.contextSets.names])];
  if (tagsOf(before) !== tagsOf(after)) return names;
  const [was, is] = [givenBy(before.sets), givenBy(after.sets)];
  return names.filter((name) => was.get(name) !== is.get(name));
}

/** All that adds tags by configuration, as one text. */
const tagsOf = ({ sets, entries }: Written): string =>
  JSON.stringify([
    entries.get(cascadeTypes.name)?.text,
    sets.filter(({ addTags }) => addTags.length > 0).map(({ withTags, addTags }) => [withTags, addTags]),
  ]);

/** For each name all that sets say of it, in order, as one text. */
function givenBy(sets: readonly ContextSet[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const { withTags, values } of sets) {
    for (const [name, { text }] of values)
      given.set(name, `${given.get(name) ?? ""}${JSON.stringify([withTags, text])}`);
  }
  return given;
}
