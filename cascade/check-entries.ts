/**
 * Compares what is written down with the declared settings.
 *
 * Whose name it is decides: a wrong or odd value of a name of ours is a problem and does not count; one of the
 * middleware's names is a warning and means what it means there, or the default where it means nothing.
 */
import { closest, distance } from "fastest-levenshtein";

import type { ContextSet } from "./context-sets.ts";
import { findingAt, printable, quoted, type Finding } from "./finding.ts";
import type { MetaEntry } from "./meta-file.ts";
import type { Entries, Entry } from "./server-scope.ts";
import { ownPrefix, type Setting } from "./setting.ts";

export interface Checked {
  /** Names of ours whose written value must not be used. */
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Checks each written value of a declared setting, and each name of our prefix that is not declared. */
export function checkEntries(entries: Entries, known: readonly Setting<unknown>[]): Checked {
  const refused = new Set<string>();
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  for (const setting of known) {
    const entry = entries.get(setting.name);
    const fault = entry === undefined ? undefined : faultOf(setting, entry);
    if (fault === undefined) continue;
    if (setting.name.startsWith(ownPrefix)) {
      refused.add(setting.name);
      problems.push(fault);
    } else warnings.push(fault);
  }
  return { refused, problems, warnings: [...warnings, ...unknownNames(entries, ownNames(known))] };
}

/** Checks the values that context sets give to declared settings, and their names. Odd ones: once per name and value. */
export function checkContextSets(
  sets: readonly ContextSet[],
  known: readonly Setting<unknown>[],
): Omit<Checked, "refused"> {
  const declared = new Map(known.map((setting) => [setting.name, setting]));
  const own = ownNames(known);
  const problems: Finding[] = [];
  const warnings = new Map<string, Finding>();
  for (const { values } of sets) {
    for (const [name, definition] of values) {
      const setting = declared.get(name);
      if (setting === undefined) continue;
      const fault = setting.cascade ? faultOf(setting, definition) : notForUsers(setting, definition);
      if (fault === undefined) continue;
      if (setting.cascade && name.startsWith(ownPrefix)) problems.push(fault);
      else warnings.set(`${name}\0${setting.cascade ? definition.text : ""}`, fault);
    }
    for (const finding of unknownNames(values, own)) warnings.set(finding.name ?? finding.message, finding);
  }
  return { problems, warnings: [...warnings.values()] };
}

/** Checks the names in metadata; a name that has a value, too, has been checked with that. Each name once. */
export function checkMetadata(
  byFile: ReadonlyMap<string, ReadonlyMap<string, MetaEntry>>,
  entries: Entries,
  known: readonly Setting<unknown>[],
): readonly Finding[] {
  const others = new Map<string, Entry>();
  for (const [file, said] of byFile)
    for (const [name, { line }] of said)
      if (!entries.has(name)) others.set(name, { text: "", origin: { from: "file", file, line } });
  return unknownNames(others, ownNames(known));
}

const notForUsers = ({ name }: Setting<unknown>, { origin }: Entry): Finding =>
  findingAt(origin, `${name} is read at server scope only, so what stands here has no effect`, name);

/** What is wrong or odd about a value in the user directory, which is read all the same: there is no last good one. */
export function directoryFault(setting: Setting<unknown>, entry: Entry): Finding | undefined {
  return faultOf(setting, entry, "lenient");
}

/** The same for any name, which may be unknown or may not count for users. */
export function checkAttribute(
  name: string,
  entry: Entry,
  declared: ReadonlyMap<string, Setting<unknown>>,
): Finding | undefined {
  const setting = declared.get(name);
  if (setting === undefined) return unknownNames(new Map([[name, entry]]), ownNames([...declared.values()]))[0];
  return setting.cascade ? directoryFault(setting, entry) : notForUsers(setting, entry);
}

function faultOf(setting: Setting<unknown>, { text, origin }: Entry, manner?: "lenient"): Finding | undefined {
  const parsed = setting.value.parse(text);
  if (parsed.ok && parsed.odd === undefined) return undefined;
  const written = `${setting.name} = ${setting.secret ? "(secret)" : quoted(text)}`;
  const allowed = `allowed: ${setting.value.allowed}`;
  const consequence =
    manner === undefined && setting.name.startsWith(ownPrefix)
      ? `is not allowed here; ${allowed}`
      : parsed.ok
        ? `is odd: ${String(parsed.odd)}; ${allowed}`
        : `is not understood, so the default ${defaultText(setting)} is used; ${allowed}`;
  return findingAt(origin, `${written} ${consequence}`, setting.name);
}

/** The default as people read it. */
export function defaultText(setting: Setting<unknown>): string {
  if (setting.secret && setting.default !== "" && setting.default !== undefined) return "(secret)";
  if (setting.defaultText !== undefined) return setting.defaultText;
  return setting.default === "" ? "empty" : String(setting.default);
}

function unknownNames(entries: Entries, own: ReadonlySet<string>): Finding[] {
  return [...entries]
    .filter(([name]) => name.startsWith(ownPrefix) && !own.has(name))
    .map(([name, { origin }]) =>
      findingAt(origin, `${printable(name)} is no known setting${nearest(name, [...own])}`, name),
    );
}

const ownNames = (known: readonly Setting<unknown>[]): ReadonlySet<string> =>
  new Set(known.map(({ name }) => name).filter((name) => name.startsWith(ownPrefix)));

/** Only the part after our prefix is compared: all names share the prefix. Long names are cut, as the cost is quadratic. */
function nearest(name: string, own: readonly string[]): string {
  if (own.length === 0) return "";
  const last = name.slice(ownPrefix.length, ownPrefix.length + 100);
  const candidate = closest(
    last,
    own.map((ownName) => ownName.slice(ownPrefix.length)),
  );
  const isNear = distance(last, candidate) <= Math.max(3, candidate.length / 2);
  return isNear ? `; did you mean ${ownPrefix}${candidate}?` : `; the nearest one is ${ownPrefix}${candidate}`;
}
