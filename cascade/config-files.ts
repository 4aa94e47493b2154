/**
 * Finds and reads the files of a configuration directory: the `.properties` files of all its folders, and the YAML files
 * of its folders `contextSets` and `meta`. Variables in values are expanded here.
 *
 * A file that cannot be read or parsed keeps the content of its last good reading, if there was one: a reload with one
 * bad file changes nothing of that file. Not here: what the content means and which value wins.
 */
import { lstat, readFile, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { contextSetsOf, type ContextSetsReading } from "./context-set-file.ts";
import { expandEntries, expandYaml, variableSources, type ExpandedFile } from "./expanded-file.ts";
import { findingAbout, reasonOf, type Finding } from "./finding.ts";
import { metaOf, type MetaReading } from "./meta-file.ts";
import { readProperties, type PropertyEntry } from "./properties.ts";
import type { Environment } from "./variables.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

/** The entries of each file by its path, in the order of paths: a later one beats an earlier one. */
export type FileEntries = ReadonlyMap<string, readonly PropertyEntry[]>;

export interface DirectoryReading {
  readonly files: FileEntries;
  /** What the YAML files in `contextSets` say, in the order of paths. */
  readonly contextSets: ReadonlyMap<string, ContextSetsReading>;
  /** What the YAML files in `meta` say, in the order of paths. */
  readonly metadata: ReadonlyMap<string, MetaReading>;
  /** One for each file or folder that could not be read; its last good content is then in the maps above. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** A reading that knows no earlier one. Plain data, so that it may come from another thread. */
export interface FreshReading extends Omit<DirectoryReading, "problems"> {
  readonly failed: readonly FailedPath[];
}

interface FailedPath {
  readonly path: string;
  /** True: a folder, so that nothing is known of what is in it. */
  readonly isFolder: boolean;
  readonly problem: Finding;
}

/** Far beyond any real file; a larger one is a mistake that would stall the process. */
const maxFileBytes = 8 * 2 ** 20;

const isProperties = (path: string): boolean =>
  path.toLowerCase().endsWith(".properties") || basename(path) === "mpasswd";
/** Of all YAML files those below one folder of the directory. */
const isYamlIn = (folder: "contextSets" | "meta", path: string, directory: string): boolean =>
  /\.ya?ml$/.test(path) && path.startsWith(join(directory, folder, "/"));

/** By code units, so that the order depends on no locale. */
const byPath = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Puts in the last good content of all that could not be read. */
export function keepLastGood({ failed, ...fresh }: FreshReading, lastGood?: DirectoryReading): DirectoryReading {
  const isKept = (path: string): boolean =>
    failed.some((one) => (one.isFolder ? path.startsWith(join(one.path, "/")) : path === one.path));
  const kept = <T>(from: ReadonlyMap<string, T> = new Map(), is: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...[...from].filter(([path]) => isKept(path)), ...is].sort(([a], [b]) => byPath(a, b)));
  const wasThere = (path: string): boolean =>
    [lastGood?.files, lastGood?.contextSets, lastGood?.metadata].some((contents) => contents?.has(path) === true);
  return {
    ...fresh,
    files: kept(lastGood?.files, fresh.files),
    contextSets: kept(lastGood?.contextSets, fresh.contextSets),
    metadata: kept(lastGood?.metadata, fresh.metadata),
    problems: failed.map(({ path, problem }) => (wasThere(path) ? withKeptState(problem) : problem)),
  };
}

/** Reads one directory as if for the first time. Never rejects. */
export async function readAfresh(directory: string, environment: Environment): Promise<FreshReading> {
  const { paths, failed } = await listFiles(directory);
  const said = { failed, warnings: [] };
  const asWritten = await readAll(paths.filter(isProperties), readPropertiesFile, said);
  const sources = variableSources(asWritten, directory, environment);
  const readYamlIn = async (folder: "contextSets" | "meta"): Promise<ReadonlyMap<string, YamlFile>> => {
    const found = paths.filter((path) => isYamlIn(folder, path, directory));
    return expandAll(await readAll(found, readYaml, said), (content) => expandYaml(content, sources), said);
  };
  return {
    files: expandAll(asWritten, (entries, path) => expandEntries(entries, path, sources), said),
    contextSets: mapValues(await readYamlIn("contextSets"), contextSetsOf),
    metadata: mapValues(await readYamlIn("meta"), metaOf),
    ...said,
  };
}

interface Said {
  readonly failed: FailedPath[];
  readonly warnings: Finding[];
}

/** How the bytes of a file become its content. */
type ReadContent<T> = (
  bytes: Uint8Array,
  path: string,
) =>
  | { readonly ok: true; readonly content: T; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problem: Finding };

const readPropertiesFile: ReadContent<readonly PropertyEntry[]> = (bytes, path) => {
  const reading = readProperties(bytes, path);
  return reading.ok ? { ...reading, content: reading.entries } : reading;
};

/** The contents of these files by path, in the order of paths. */
async function readAll<T>(
  paths: readonly string[],
  readContent: ReadContent<T>,
  said: Said,
): Promise<ReadonlyMap<string, T>> {
  const contents = new Map<string, T>();
  for (const path of [...paths].sort(byPath)) {
    const reading = await readFileAt(path, readContent);
    if (reading.ok) {
      contents.set(path, reading.content);
      said.warnings.push(...reading.warnings);
    } else said.failed.push({ path, isFolder: false, problem: reading.problem });
  }
  return contents;
}

/** The contents without those that have a variable without a value. */
function expandAll<T>(
  contents: ReadonlyMap<string, T>,
  expand: (content: T, path: string) => ExpandedFile<T>,
  said: Said,
): ReadonlyMap<string, T> {
  const all = new Map<string, T>();
  for (const [path, content] of contents) {
    const expanded = expand(content, path);
    if (expanded.ok) {
      all.set(path, expanded.content);
      said.warnings.push(...expanded.warnings);
    } else said.failed.push(...expanded.problems.map((problem) => ({ path, isFolder: false, problem })));
  }
  return all;
}

const mapValues = <From, To>(contents: ReadonlyMap<string, From>, to: (content: From) => To): ReadonlyMap<string, To> =>
  new Map([...contents].map(([path, content]) => [path, to(content)]));

/** Says that a bad file changed nothing. */
export const withKeptState = (problem: Finding): Finding => ({
  ...problem,
  message: `${problem.message}; what was read before stays in force`,
});

async function readFileAt<T>(path: string, readContent: ReadContent<T>): Promise<ReturnType<ReadContent<T>>> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { ok: false, problem: findingAbout(path, "not a regular file") };
    if (found.size > maxFileBytes)
      return { ok: false, problem: findingAbout(path, `larger than ${maxFileBytes} bytes`) };
    return readContent(await readFile(path), path);
  } catch (error) {
    return { ok: false, problem: findingAbout(path, reasonOf(error)) };
  }
}

interface Listing {
  readonly directory: string;
  /** Files to be tried. */
  readonly paths: string[];
  /** Folders that cannot be listed. */
  readonly failed: FailedPath[];
  /** Real paths of what is listed, so that nothing is listed twice and no circle of links is endless. */
  readonly seen: Set<string>;
}

/**
 * All files below a directory that are read. Links are followed, but a file or folder that is reachable under several
 * paths is read under the first of them. Names that begin with `..` are Kubernetes' own inside a mounted config map
 * (`..data`); the entries beside them link there.
 */
async function listFiles(directory: string): Promise<Listing> {
  const listing: Listing = { directory, paths: [], failed: [], seen: new Set() };
  await listFolder(directory, listing);
  return listing;
}

async function listFolder(folder: string, listing: Listing): Promise<void> {
  try {
    const real = await realpath(folder);
    if (listing.seen.has(real)) return;
    listing.seen.add(real);
    const names = await readdir(folder);
    for (const name of names.filter((candidate) => !candidate.startsWith("..")).sort(byPath)) {
      await listEntry(join(folder, name), listing);
    }
  } catch (error) {
    listing.failed.push({ path: folder, isFolder: true, problem: findingAbout(folder, reasonOf(error)) });
  }
}

async function listEntry(path: string, listing: Listing): Promise<void> {
  const isYaml = isYamlIn("contextSets", path, listing.directory) || isYamlIn("meta", path, listing.directory);
  const isWanted = isProperties(path) || isYaml;
  try {
    if ((await stat(path)).isDirectory()) {
      await listFolder(path, listing);
      return;
    }
    if (!isWanted) return;
    const real = await realpath(path);
    if (!listing.seen.has(real)) listing.paths.push(path);
    listing.seen.add(real);
  } catch {
    // A link to nowhere is a mistake that reading it will name; what vanished since the listing is simply gone.
    if (isWanted && (await isThere(path))) listing.paths.push(path);
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
