/**
 * Reads all sources of settings and judges what they say, before any of it counts. What is bad keeps its last good state:
 * a file its entries, its context sets or its metadata. Not here: what then is in force (settings.ts).
 */
import { checkContextSets, checkEntries, checkMetadata } from "./check-entries.ts";
import { keepLastGood, readAfresh, withKeptState, type DirectoryReading, type FreshReading } from "./config-files.ts";
import type { ContextSet } from "./context-sets.ts";
import type { Finding } from "./finding.ts";
import type { MetaEntry } from "./meta-file.ts";
import { mergeServerScope, type Assignment, type DirectoryContent } from "./server-scope.ts";
import type { Setting } from "./setting.ts";
import type { Written } from "./state.ts";
import type { Environment } from "./variables.ts";

export interface SettingsSources {
  /** Configuration directories, from weakest to strongest. */
  readonly directories: readonly string[];
  /** What `--set` says; beats all files. */
  readonly assignments: readonly Assignment[];
  /** What `{{env NAME}}` in values means; absent: no variable is set. */
  readonly environment?: Environment;
  /** All declared settings. */
  readonly known: readonly Setting<unknown>[];
  /** Reads a directory in another thread, as large files take long: at reloads. Absent: `readAfresh` in this one. */
  readonly readAside?: (directory: string, environment: Environment) => Promise<FreshReading>;
  /** Milliseconds since the epoch; absent: it is not remembered when what was read. */
  readonly nowEpochMs?: () => number;
  /** What another process has in force, in place of files; asked at each load. */
  readonly handed?: () => Written;
}

/** All that one load brought. */
export interface Loaded extends Written {
  readonly readings: readonly DirectoryReading[];
  /** The sets that count, by file. */
  readonly setsByFile: ReadonlyMap<string, readonly ContextSet[]>;
  /** The metadata that counts, by file. */
  readonly metadataByFile: MetadataByFile;
  /** Names of ours whose written value must not be used. */
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type MetadataByFile = ReadonlyMap<string, ReadonlyMap<string, MetaEntry>>;

/** Never rejects. */
export async function load(sources: SettingsSources, last: Loaded | undefined): Promise<Loaded> {
  return sources.handed === undefined ? await loadFiles(sources, last) : loadHanded(sources.handed(), sources.known);
}

/** Whoever hands it has told of warnings. */
function loadHanded(written: Written, known: readonly Setting<unknown>[]): Loaded {
  const { refused, problems } = checkEntries(written.entries, known);
  return {
    ...written,
    readings: [],
    setsByFile: new Map(),
    metadataByFile: new Map(),
    refused,
    problems,
    warnings: [],
  };
}

async function loadFiles(sources: SettingsSources, last: Loaded | undefined): Promise<Loaded> {
  const readings: DirectoryReading[] = [];
  const read = last === undefined ? readAfresh : (sources.readAside ?? readAfresh);
  const { environment = {}, known } = sources;
  for (const [index, directory] of sources.directories.entries()) {
    readings.push(keepLastGood(await read(directory, environment), last?.readings[index]));
  }
  const meta = readMetadata(readings, last?.metadataByFile ?? new Map());
  const merged = mergeServerScope(meta.directories, sources.assignments);
  const checked = checkEntries(merged.entries, known);
  const sets = readSets(readings, known, last?.setsByFile ?? new Map());
  const names = { problems: [], warnings: checkMetadata(meta.metadataByFile, merged.entries, known) };
  const parts = [...readings, { problems: [], warnings: merged.warnings }, meta, checked, names, sets];
  return {
    readings,
    entries: merged.entries,
    metadata: merged.metadata,
    sets: [...sets.setsByFile.values()].flat(),
    setsByFile: sets.setsByFile,
    metadataByFile: meta.metadataByFile,
    refused: checked.refused,
    problems: parts.flatMap(({ problems }) => problems),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

/** A bad file keeps the metadata that it had. */
function readMetadata(
  readings: readonly DirectoryReading[],
  lastGood: MetadataByFile,
): Pick<Loaded, "metadataByFile" | "problems" | "warnings"> & { readonly directories: readonly DirectoryContent[] } {
  const metadataByFile = new Map<string, ReadonlyMap<string, MetaEntry>>();
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  const directories = readings.map(({ files, metadata }): DirectoryContent => {
    const here = [...metadata].map(([file, { entries, ...said }]) => {
      const kept = lastGood.get(file);
      problems.push(...(kept === undefined ? said.problems : said.problems.map(withKeptState)));
      warnings.push(...said.warnings);
      return [file, said.problems.length === 0 ? entries : (kept ?? entries)] as const;
    });
    for (const [file, entries] of here) metadataByFile.set(file, entries);
    return { files, metadata: new Map(here) };
  });
  return { metadataByFile, directories, problems, warnings };
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
