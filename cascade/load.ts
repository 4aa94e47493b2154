/**
 * Reads all sources of settings and judges what they say, before any of it counts. What is bad keeps its last good state:
 * a file its entries or its context sets. Not here: what then is in force (settings.ts).
 */
import { checkContextSets, checkEntries } from "./check-entries.ts";
import { keepLastGood, readAfresh, withKeptState, type DirectoryReading, type FreshReading } from "./config-files.ts";
import type { ContextSet } from "./context-sets.ts";
import type { Finding } from "./finding.ts";
import { mergeServerScope, type Assignment } from "./server-scope.ts";
import type { Setting } from "./setting.ts";
import type { Written } from "./state.ts";

export interface SettingsSources {
  /** Configuration directories, from weakest to strongest. */
  readonly directories: readonly string[];
  /** What `--set` says; beats all files. */
  readonly assignments: readonly Assignment[];
  /** All declared settings. */
  readonly known: readonly Setting<unknown>[];
  /** Reads a directory in another thread, as large files take long: at reloads. Absent: `readAfresh` in this one. */
  readonly readAside?: (directory: string) => Promise<FreshReading>;
  /** What another process has in force, in place of files; asked at each load. */
  readonly handed?: () => Written;
}

/** All that one load brought. */
export interface Loaded extends Written {
  readonly readings: readonly DirectoryReading[];
  /** The sets that count, by file. */
  readonly setsByFile: ReadonlyMap<string, readonly ContextSet[]>;
  /** Names of ours whose written value must not be used. */
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Never rejects. */
export async function load(sources: SettingsSources, last: Loaded | undefined): Promise<Loaded> {
  return sources.handed === undefined ? await loadFiles(sources, last) : loadHanded(sources.handed(), sources.known);
}

/** Whoever hands it has told of warnings. */
function loadHanded(written: Written, known: readonly Setting<unknown>[]): Loaded {
  const { refused, problems } = checkEntries(written.entries, known);
  return { ...written, readings: [], setsByFile: new Map(), refused, problems, warnings: [] };
}

async function loadFiles(sources: SettingsSources, last: Loaded | undefined): Promise<Loaded> {
  const readings: DirectoryReading[] = [];
  const read = last === undefined ? readAfresh : (sources.readAside ?? readAfresh);
  for (const [index, directory] of sources.directories.entries()) {
    readings.push(keepLastGood(await read(directory), last?.readings[index]));
  }
  const merged = mergeServerScope(
    readings.map(({ files }) => files),
    sources.assignments,
  );
  const checked = checkEntries(merged.entries, sources.known);
  const sets = readSets(readings, sources.known, last?.setsByFile ?? new Map());
  return {
    readings,
    entries: merged.entries,
    metadata: new Map(),
    sets: [...sets.setsByFile.values()].flat(),
    setsByFile: sets.setsByFile,
    refused: checked.refused,
    problems: [...readings.flatMap(({ problems }) => problems), ...checked.problems, ...sets.problems],
    warnings: [
      ...readings.flatMap(({ warnings }) => warnings),
      ...merged.warnings,
      ...checked.warnings,
      ...sets.warnings,
    ],
  };
}

/** Sets of a later directory are asked before those of an earlier one; a bad file keeps the sets that it had. */
function readSets(
  readings: readonly DirectoryReading[],
  known: readonly Setting<unknown>[],
  lastGood: Loaded["setsByFile"],
): Pick<Loaded, "setsByFile" | "problems" | "warnings"> {
  const setsByFile = new Map<string, readonly ContextSet[]>();
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  for (const { contextSets } of [...readings].reverse()) {
    for (const [file, read] of contextSets) {
      const checked = checkContextSets(read.sets, known);
      const bad = [...read.problems, ...checked.problems];
      const kept = lastGood.get(file);
      problems.push(...(kept === undefined ? bad : bad.map(withKeptState)));
      warnings.push(...read.warnings, ...checked.warnings);
      setsByFile.set(file, bad.length === 0 ? read.sets : (kept ?? []));
    }
  }
  return { setsByFile, problems, warnings };
}
