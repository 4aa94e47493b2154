/**
 * Loads the settings, answers reads, and reloads them.
 *
 * A reload builds the new state aside and swaps it in one step, so that no reader ever sees half of it. What is bad
 * keeps its last good state: a file its entries, a name of ours its value, and all of it where whoever reloads says so.
 * Readers hold only `Settings` (setting.ts): further scopes come in behind `readFor` and change nothing for them.
 */
import { isDeepStrictEqual } from "node:util";

import { checkEntries } from "./check-entries.ts";
import { readConfigDirectory, type DirectoryReading, type FileEntries } from "./config-files.ts";
import type { Finding, Origin } from "./finding.ts";
import { mergeServerScope, type Assignment, type Entries, type Entry } from "./server-scope.ts";
import type { Setting, Settings } from "./setting.ts";

export interface SettingsSources {
  /** Configuration directories, from weakest to strongest. */
  readonly directories: readonly string[];
  /** What `--set` says; beats all files. */
  readonly assignments: readonly Assignment[];
  /** All declared settings. */
  readonly known: readonly Setting<unknown>[];
}

/** The outcome of a first load. With any problem there are no settings: the start stops. */
export type LoadOutcome =
  | { readonly ok: true; readonly settings: LoadedSettings; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

export interface ReloadReport {
  /** Names whose effective value changed, sorted. */
  readonly changed: readonly string[];
  /** Names whose written value differs from the one in force, which only a restart can change; sorted. */
  readonly needsRestart: readonly string[];
  /** What was bad and therefore kept its last good state. */
  readonly problems: readonly Finding[];
  /** Warnings that the load before did not give. */
  readonly warnings: readonly Finding[];
  /** What listeners threw; the other listeners were called all the same. */
  readonly listenerErrors: readonly unknown[];
}

/** What settings would be after a reload. */
export type SettingsCandidate = Pick<Settings, "read">;

export interface LoadedSettings extends Settings {
  /** The configuration directories, from weakest to strongest. */
  readonly directories: readonly string[];
  /** All that is in force, for a process that shall work with the same. */
  inForce(): readonly Assignment[];
  /** Where the value in force of a name was written. */
  origin(name: string): Origin;
  /**
   * Reads all files again. Calls are served one after another. Never rejects.
   * @param whyNot looks at the values together, which no setting can by itself: with an answer nothing changes, and the
   * report's only problem is that answer. Must not throw.
   */
  reload(whyNot?: (candidate: SettingsCandidate) => string | undefined): Promise<ReloadReport>;
}

/** Reads all sources. Never rejects. */
export async function loadSettings(sources: SettingsSources): Promise<LoadOutcome> {
  const first = await readSources(sources, []);
  const { problems, warnings } = first;
  if (problems.length > 0) return { ok: false, problems, warnings };
  return { ok: true, settings: createSettings(sources, first), warnings };
}

/** All that one load brought. */
interface State {
  readonly directories: readonly FileEntries[];
  readonly entries: Entries;
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

async function readSources(sources: SettingsSources, lastGood: readonly FileEntries[]): Promise<State> {
  const readings: DirectoryReading[] = [];
  for (const [index, directory] of sources.directories.entries()) {
    readings.push(await readConfigDirectory(directory, lastGood[index]));
  }
  const directories = readings.map(({ files }) => files);
  const merged = mergeServerScope(directories, sources.assignments);
  const checked = checkEntries(merged.entries, sources.known);
  return {
    directories,
    entries: merged.entries,
    refused: checked.refused,
    problems: [...readings.flatMap(({ problems }) => problems), ...checked.problems],
    warnings: [...readings.flatMap(({ warnings }) => warnings), ...merged.warnings, ...checked.warnings],
  };
}

function createSettings(sources: SettingsSources, first: State): LoadedSettings {
  let last = first;
  let inForce = first.entries;
  let lastReload: Promise<unknown> = Promise.resolve();
  const listeners = new Set<(names: ReadonlySet<string>) => void>();
  const read = <T>(setting: Setting<T>): T => valueOf(setting, inForce.get(setting.name));

  const reloadNow: LoadedSettings["reload"] = async (whyNot) => {
    const next = await readSources(sources, last.directories);
    const { entries, needsRestart } = entriesInForce(sources.known, inForce, next);
    const refusal = whyNot?.({ read: (setting) => valueOf(setting, entries.get(setting.name)) });
    if (refusal !== undefined) return refusedReload(refusal);
    const changed = changedNames(sources.known, inForce, entries);
    const told = new Set(last.warnings.map(({ message }) => message));
    last = next;
    inForce = entries;
    return {
      changed,
      needsRestart,
      problems: next.problems,
      warnings: next.warnings.filter(({ message }) => !told.has(message)),
      listenerErrors: changed.length === 0 ? [] : tell(listeners, new Set(changed)),
    };
  };

  return {
    directories: sources.directories,
    read,
    readFor: (setting) => read(setting), // server scope is the only one so far
    onChange: (listener) => {
      const own = (names: ReadonlySet<string>): void => listener(names); // the same function may be given twice
      listeners.add(own);
      return () => listeners.delete(own);
    },
    inForce: () => [...inForce].map(([name, { text }]) => ({ name, text })),
    origin: (name) => inForce.get(name)?.origin ?? { from: "default" },
    reload: (whyNot) => {
      const report = lastReload.then(() => reloadNow(whyNot));
      lastReload = report;
      return report;
    },
  };
}

const refusedReload = (message: string): ReloadReport => ({
  changed: [],
  needsRestart: [],
  problems: [{ message }],
  warnings: [],
  listenerErrors: [],
});

/** The value of what is written, or the default where nothing is written or it means nothing. */
function valueOf<T>(setting: Setting<T>, entry: Entry | undefined): T {
  const parsed = entry === undefined ? undefined : setting.value.parse(entry.text);
  return parsed?.ok === true ? parsed.value : setting.default;
}

/** What counts after a reload: the new entries, except where a name must keep the one it has. */
function entriesInForce(
  known: readonly Setting<unknown>[],
  before: Entries,
  next: State,
): { readonly entries: Entries; readonly needsRestart: readonly string[] } {
  const entries = new Map(next.entries);
  const needsRestart: string[] = [];
  for (const setting of known) {
    const { name } = setting;
    const isRefused = next.refused.has(name);
    const waits = !isRefused && !setting.reload && differs(setting, before.get(name), next.entries.get(name));
    if (waits) needsRestart.push(name);
    if (!isRefused && !waits) continue;
    const kept = before.get(name);
    if (kept === undefined) entries.delete(name);
    else entries.set(name, kept);
  }
  return { entries, needsRestart: needsRestart.sort() };
}

const differs = (setting: Setting<unknown>, a: Entry | undefined, b: Entry | undefined): boolean =>
  !isDeepStrictEqual(valueOf(setting, a), valueOf(setting, b));

/** A declared name changes with its value, any other with its text. */
function changedNames(known: readonly Setting<unknown>[], before: Entries, after: Entries): string[] {
  const declared = new Map(known.map((setting) => [setting.name, setting]));
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => {
      const setting = declared.get(name);
      if (setting !== undefined) return differs(setting, before.get(name), after.get(name));
      return before.get(name)?.text !== after.get(name)?.text;
    })
    .sort();
}

function tell(listeners: ReadonlySet<(names: ReadonlySet<string>) => void>, names: ReadonlySet<string>): unknown[] {
  const errors: unknown[] = [];
  for (const listener of [...listeners]) {
    try {
      listener(names);
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}
