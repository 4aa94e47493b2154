/**
 * Which value and which metadata a name has at server scope: `--set` beats files, a later directory beats an earlier one,
 * and within one directory files in `meta` beat properties files, and of each kind the last path wins. Two values in one
 * directory give a warning that names both places.
 */
import type { FileEntries } from "./config-files.ts";
import { findingAt, placeOf, printable, type Finding, type Origin } from "./finding.ts";
import type { MetaEntry } from "./meta-file.ts";
import { trimmed } from "./properties.ts";
import type { Metadata } from "./scopes.ts";

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

/** What the files of one directory say. */
export interface DirectoryContent {
  readonly files: FileEntries;
  /** By file, in the order of paths. */
  readonly metadata: ReadonlyMap<string, ReadonlyMap<string, MetaEntry>>;
}

export interface ServerScope {
  readonly entries: Entries;
  readonly metadata: ReadonlyMap<string, Metadata>;
  readonly warnings: readonly Finding[];
}

/** Joins the directories, from weakest to strongest, and the assignments, of which the last one wins. */
export function mergeServerScope(
  directories: readonly DirectoryContent[],
  assignments: readonly Assignment[],
): ServerScope {
  const entries = new Map<string, Entry>();
  const metadata = new Map<string, Metadata>();
  const warnings: Finding[] = [];
  for (const directory of directories) {
    const here = new Map<string, Entry>();
    for (const [name, entry] of valuesIn(directory)) {
      const beaten = here.get(name);
      if (beaten !== undefined) warnings.push(setTwice(name, beaten, entry));
      here.set(name, entry);
    }
    for (const [name, entry] of here) entries.set(name, entry);
    for (const file of directory.metadata.values())
      for (const [name, said] of file) metadata.set(name, { ...metadata.get(name), ...said.metadata });
  }
  for (const { name, text } of assignments) entries.set(name, { text, origin: { from: "--set" } });
  return { entries, metadata, warnings };
}

/** All values of a directory, from weakest to strongest. */
function* valuesIn({ files, metadata }: DirectoryContent): Generator<readonly [name: string, Entry]> {
  for (const [file, properties] of files)
    for (const { name, text, line } of properties) yield [name, { text, origin: { from: "file", file, line } }];
  for (const [file, said] of metadata)
    for (const [name, { value }] of said)
      if (value !== undefined) yield [name, { text: value.text, origin: { from: "file", file, line: value.line } }];
}

const setTwice = (name: string, beaten: Entry, winner: Entry): Finding =>
  findingAt(winner.origin, `${printable(name)} is set again and beats ${placeOf(beaten.origin)}`, name);
