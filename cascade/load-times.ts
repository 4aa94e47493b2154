/**
 * When what is in force was read. A reload reads all files anew, but what was bad keeps what stood there before, with its
 * time. Pure.
 */
import type { Entries } from "./server-scope.ts";

/** Milliseconds since the epoch. */
export interface LoadTimes {
  /** By name, at server scope. */
  readonly names: ReadonlyMap<string, number>;
  /** By file, of context sets. */
  readonly files: ReadonlyMap<string, number>;
}

/** What a load read, by file. */
export interface ReadContents {
  readonly readings: readonly { readonly files: ReadonlyMap<string, object> }[];
  readonly metadataByFile: ReadonlyMap<string, object>;
  readonly setsByFile: ReadonlyMap<string, object>;
}

/** What one load left in force. */
export interface InForce {
  readonly loaded: ReadContents;
  readonly entries: Entries;
  readonly times?: LoadTimes;
}

const never: LoadTimes = { names: new Map(), files: new Map() };

/** @param entries those in force after `loaded`; one that was kept is the object that it was before */
export function timesAfter(
  before: InForce | undefined,
  loaded: ReadContents,
  entries: Entries,
  nowMs: number,
): LoadTimes {
  const last = before?.times ?? never;
  const known = before === undefined ? new Map<string, object>() : contentsOf(before.loaded);
  const files = new Map<string, number>();
  for (const [file, content] of contentsOf(loaded))
    files.set(file, (content === known.get(file) ? last.files.get(file) : undefined) ?? nowMs);
  const names = new Map<string, number>();
  for (const [name, entry] of entries) {
    const kept = entry === before?.entries.get(name) ? last.names.get(name) : undefined;
    const ofFile = "file" in entry.origin ? files.get(entry.origin.file ?? "") : undefined;
    names.set(name, kept ?? ofFile ?? nowMs);
  }
  return { names, files };
}

/** What counts of each file. A bad one keeps the very object that it had. */
const contentsOf = ({ readings, metadataByFile, setsByFile }: ReadContents): ReadonlyMap<string, object> =>
  new Map<string, object>([...readings.flatMap(({ files }) => [...files]), ...metadataByFile, ...setsByFile]);
