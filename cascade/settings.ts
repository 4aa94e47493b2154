/**
 * Loads the settings, answers reads, and reloads them.
 *
 * A reload builds the new state aside and swaps it in one step, so that no reader ever sees half of it. What is bad
 * keeps its last good state: a file its entries, a name of ours its value, and all of it where whoever reloads says so.
 * Readers hold only `Settings` (setting.ts): further scopes come in behind `readFor` and change nothing for them.
 */
import { changedNames, differs, namesTouchedBy } from "./changes.ts";
import { directoryFault } from "./check-entries.ts";
import type { CascadeDirectory } from "./directory.ts";
import { findingAt, printable, type Finding, type Origin } from "./finding.ts";
import { load, type Loaded, type SettingsSources } from "./load.ts";
import { timesAfter, type InForce } from "./load-times.ts";
import { createUserReads, type MiddlewareValues } from "./middleware-values.ts";
import { cascadeScopes, searchOrder, type Resolution, type ScopeName } from "./scopes.ts";
import type { Setting, Settings, UserRef } from "./setting.ts";
import { createState, type State, type Written } from "./state.ts";
import type { DirectoryCheck } from "./user-view.ts";
import { valueOf } from "./values.ts";

/** The outcome of a first load. With any problem there are no settings: the start stops. */
export type LoadOutcome =
  | { readonly ok: true; readonly settings: LoadedSettings; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

export interface ReloadReport {
  /** Names whose effective value changed for the server or may have for some user; sorted. */
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
  inForce(): Written;
  /** The scopes in the order in which they are searched. */
  readonly order: readonly ScopeName[];
  /** Where the value in force of a name was written. */
  origin(name: string): Origin;
  /** The value of a name, where it comes from and what it shadows. Without a user: at server scope. */
  resolve(name: string, user?: UserRef): Resolution;
  /** When a definition of this name was read, in milliseconds since the epoch; undefined: that is not known, or it is no written one. */
  readAtMs(name: string, origin: Origin): number | undefined;
  /** All names that some scope defines for a user; without one: that the server scope does. */
  names(user?: UserRef): ReadonlySet<string>;
  /** What `withTags` of context sets is compared with for this user. */
  tags(user: UserRef): ReadonlySet<string>;
  /**
   * Takes values, tags and attributes of users from a directory, in place of the one before; without any, nobody is known.
   * Listeners are told what a change of it changes. Returns the function that ends that.
   * @param warn told of values there that are odd or mean nothing when one is first read; once per name and value
   */
  useDirectory(directory: CascadeDirectory, warn: (finding: Finding) => void): () => void;
  /**
   * From now on the middleware's answers come before everything that is written here, in `readFor`, `resolve` and `names`.
   * Listeners are not told of answers.
   * @param warn told of values there that are odd or mean nothing when one is first read; once per name and value
   */
  useMiddleware(values: MiddlewareValues, warn: (finding: Finding) => void): void;
  /**
   * Reads all files again. Calls are served one after another. Never rejects.
   * @param whyNot looks at the values together, which no setting can by itself: with an answer nothing changes, and the
   * report's only problem is that answer. Must not throw.
   */
  reload(whyNot?: (candidate: SettingsCandidate) => string | undefined): Promise<ReloadReport>;
}

/** Reads all sources. Never rejects. */
export async function loadSettings(sources: SettingsSources): Promise<LoadOutcome> {
  const first = await load(sources, undefined);
  const { problems } = first;
  const written = first.entries.get(cascadeScopes.name);
  const { order, warnings } = searchOrder(valueOf(cascadeScopes, written), written?.origin ?? { from: "default" });
  const all = [...first.warnings, ...warnings];
  if (problems.length > 0) return { ok: false, problems, warnings: all };
  return { ok: true, settings: createSettings(sources, order, first), warnings: all };
}

function createSettings(sources: SettingsSources, order: readonly ScopeName[], first: Loaded): LoadedSettings {
  let last = first;
  let directory: CascadeDirectory | undefined;
  let warn: (finding: Finding) => void = () => undefined;
  const check = createDirectoryCheck((finding) => warn(finding), order);
  const stateOf = (written: Written): State => createState(written, { order, check, directory: () => directory });
  let state = stateOf(withTimes(sources, undefined, first, first.entries));
  let middleware: MiddlewareValues | undefined;
  const reads = createUserReads({ middleware: () => middleware, known: sources.known, here: () => state, check });
  let lastReload: Promise<unknown> = Promise.resolve();
  const listeners = createListeners();

  const reloadNow: LoadedSettings["reload"] = async (whyNot) => {
    const next = await load(sources, last);
    const { entries, needsRestart } = entriesInForce(sources.known, state, next);
    const candidate = stateOf(withTimes(sources, { loaded: last, ...state }, next, entries));
    const refusal = whyNot?.(candidate);
    if (refusal !== undefined) return refusedReload(refusal);
    const changed = changedNames(sources.known, state, candidate);
    const told = new Set(last.warnings.map(({ message }) => message));
    last = next;
    state = candidate;
    return {
      changed,
      needsRestart,
      problems: next.problems,
      warnings: next.warnings.filter(({ message }) => !told.has(message)),
      listenerErrors: listeners.tell(changed),
    };
  };

  return {
    directories: sources.directories,
    order,
    read: (setting) => state.read(setting),
    ...reads,
    onChange: listeners.add,
    inForce: () => written(state),
    readAtMs: (name, origin) => {
      if (origin.from === "directory") return directory?.readAtMs?.();
      if (origin.from === "context set") return state.times?.files.get(origin.file);
      return origin.from === "middleware" ? undefined : state.times?.names.get(name);
    },
    origin: (name) => state.entries.get(name)?.origin ?? { from: "default" },
    useDirectory: (next, warnOf) => {
      directory = next;
      warn = warnOf;
      return next.onChange((difference) => {
        const errors = listeners.tell(namesTouchedBy(difference, state));
        if (errors.length > 0) throw new AggregateError(errors, "a listener of settings failed");
      });
    },
    useMiddleware: (values, warnOf) => void ([middleware, warn] = [values, warnOf]),
    reload: (whyNot) => {
      const report = lastReload.then(() => reloadNow(whyNot));
      lastReload = report.catch(() => undefined); // its caller is told; the next one reads again
      return report;
    },
  };
}

/** The part of a state that another process can work with. */
const written = ({ entries, metadata, sets, times }: Written): Written => ({
  ...{ entries, metadata, sets },
  ...(times === undefined ? {} : { times }),
});

/** What a load brought, with the time of each part if somebody keeps it. What another process has in force brings its own. */
function withTimes(
  { nowEpochMs }: SettingsSources,
  before: InForce | undefined,
  loaded: Loaded,
  entries: Written["entries"],
): Written {
  if (loaded.times !== undefined || nowEpochMs === undefined) return { ...loaded, entries };
  return { ...loaded, entries, times: timesAfter(before, loaded, entries, nowEpochMs()) };
}

/** Once per name and value: the same word may stand with ten thousand users. */
function createDirectoryCheck(warn: (finding: Finding) => void, order: readonly ScopeName[]): DirectoryCheck {
  const said = new Set<string>();
  const once = (key: string, finding: Finding | undefined): void => {
    if (finding === undefined || said.has(key) || said.size >= 1_000) return;
    said.add(key);
    warn(finding);
  };
  return {
    value: (setting, written) => once(`${setting.name}\0${written.text}`, directoryFault(setting, written)),
    unknownFinal: (name, word, origin) => {
      const says = `final names ${printable(word)}, which is not among the scopes that are searched (${order.join(", ")}), and is ignored`;
      once(`${name}\0final\0${word}`, findingAt(origin, `${printable(name)}: ${says}`, name));
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

/** What counts after a reload: the new entries, except where a name must keep the one it has. */
function entriesInForce(
  known: readonly Setting<unknown>[],
  { entries: before }: Written,
  next: Loaded,
): Pick<Written, "entries"> & { readonly needsRestart: readonly string[] } {
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

function createListeners() {
  const listeners = new Set<(names: ReadonlySet<string>) => void>();
  return {
    add: (listener: (names: ReadonlySet<string>) => void): (() => void) => {
      const own = (names: ReadonlySet<string>): void => listener(names); // the same function may be given twice
      listeners.add(own);
      return () => listeners.delete(own);
    },
    /** What they threw; each was called. */
    tell: (changed: readonly string[]): unknown[] => {
      const errors: unknown[] = [];
      if (changed.length === 0) return errors;
      const names = new Set(changed);
      for (const listener of [...listeners]) {
        try {
          listener(names);
        } catch (error) {
          errors.push(error);
        }
      }
      return errors;
    },
  };
}
