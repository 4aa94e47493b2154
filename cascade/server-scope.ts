/**
 * Which value a name has at server scope: `--set` beats files, a later directory beats an earlier one, and within one
 * directory the last path wins, with a warning that names both places.
 */
import type { FileEntries } from "./config-files.ts";
import { findingAt, placeOf, printable, type Finding, type Origin } from "./finding.ts";
import { trimmed } from "./properties.ts";

/** A defined value and where it was written. An empty text is a defined value. */
export interface Entry {
  readonly text: string;
  readonly origin: Origin;
}

/** What is written down, by name. */
export type Entries = ReadonlyMap<string, Entry>;

/** One `--set NAME=VALUE`. */
export interface Assignment {
  readonly name: string;
  readonly text: string;
}

/** Reads `NAME=VALUE`; both are trimmed, the value may be empty and may hold `=`. Undefined: it is none. */
export function parseAssignment(argument: string): Assignment | undefined {
  const at = argument.indexOf("=");
  const name = trimmed(argument.slice(0, Math.max(at, 0)));
  return name === "" ? undefined : { name, text: trimmed(argument.slice(at + 1)) };
}

/** Joins the directories, from weakest to strongest, and the assignments, of which the last one wins. */
export function mergeServerScope(
  directories: readonly FileEntries[],
  assignments: readonly Assignment[],
): { readonly entries: Entries; readonly warnings: readonly Finding[] } {
  const entries = new Map<string, Entry>();
  const warnings: Finding[] = [];
  for (const files of directories) {
    const here = new Map<string, Entry>();
    for (const [file, properties] of files) {
      for (const { name, text, line } of properties) {
        const entry: Entry = { text, origin: { from: "file", file, line } };
        const beaten = here.get(name);
        if (beaten !== undefined) warnings.push(setTwice(name, beaten, entry));
        here.set(name, entry);
      }
    }
    for (const [name, entry] of here) entries.set(name, entry);
  }
  for (const { name, text } of assignments) entries.set(name, { text, origin: { from: "--set" } });
  return { entries, warnings };
}

const setTwice = (name: string, beaten: Entry, winner: Entry): Finding =>
  findingAt(winner.origin, `${printable(name)} is set again and beats ${placeOf(beaten.origin)}`, name);
