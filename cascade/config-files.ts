/**
 * Finds and reads the files of a configuration directory: the `.properties` files of all its folders, and the YAML files
 * of its folder `contextSets`.
 *
 * A file that cannot be read or parsed keeps the content of its last good reading, if there was one: a reload with one
 * bad file changes nothing of that file. Not here: what the content means and which value wins.
 */
import { lstat, readFile, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { findingAbout, reasonOf, type Finding } from "./finding.ts";
import { readProperties, type PropertyEntry } from "./properties.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

/** The entries of each file by its path, in the order of paths: a later one beats an earlier one. */
export type FileEntries = ReadonlyMap<string, readonly PropertyEntry[]>;

export interface DirectoryReading {
  readonly files: FileEntries;
  /** The YAML files in `contextSets`, in the order of paths. */
  readonly contextSets: ReadonlyMap<string, YamlFile>;
  /** One for each file or folder that could not be read; its last good content is then in the maps above. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Far beyond any real file; a larger one is a mistake that would stall the process. */
const maxFileBytes = 8 * 2 ** 20;

const isProperties = (path: string): boolean =>
  path.toLowerCase().endsWith(".properties") || basename(path) === "mpasswd";
const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);

/** By code units, so that the order depends on no locale. */
const byPath = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Reads one directory; `lastGood` is the outcome of its previous reading. Never rejects. */
export async function readConfigDirectory(
  directory: string,
  lastGood: Pick<DirectoryReading, "files" | "contextSets"> = { files: new Map(), contextSets: new Map() },
): Promise<DirectoryReading> {
  const listing = await listFiles(directory);
  const said = { problems: [...listing.problems], warnings: [] };
  const inSets = join(directory, "contextSets", "/");
  const [files, contextSets] = [
    await readAll({ ...listing, paths: listing.paths.filter(isProperties) }, readPropertiesFile, lastGood.files, said),
    await readAll(
      { ...listing, paths: listing.paths.filter((path) => isYaml(path) && path.startsWith(inSets)) },
      readYaml,
      lastGood.contextSets,
      said,
    ),
  ];
  return { files, contextSets, ...said };
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

/** The contents of these files by path, in the order of paths; the last good one of each that is bad. */
async function readAll<T>(
  { paths, unread }: Pick<Listing, "paths" | "unread">,
  readContent: ReadContent<T>,
  lastGood: ReadonlyMap<string, T>,
  said: { readonly problems: Finding[]; readonly warnings: Finding[] },
): Promise<ReadonlyMap<string, T>> {
  const contents = new Map<string, T>();
  for (const folder of unread) {
    for (const [path, content] of lastGood) if (path.startsWith(join(folder, "/"))) contents.set(path, content);
  }
  for (const path of paths) {
    const reading = await readFileAt(path, readContent);
    if (reading.ok) {
      contents.set(path, reading.content);
      said.warnings.push(...reading.warnings);
    } else {
      const kept = lastGood.get(path);
      if (kept !== undefined) contents.set(path, kept);
      said.problems.push(kept === undefined ? reading.problem : withKeptState(reading.problem));
    }
  }
  return new Map([...contents].sort(([a], [b]) => byPath(a, b)));
}

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
  /** Files to be tried. */
  readonly paths: string[];
  /** Folders whose content is unknown. */
  readonly unread: string[];
  readonly problems: Finding[];
  /** Real paths of what is listed, so that nothing is listed twice and no circle of links is endless. */
  readonly seen: Set<string>;
}

/**
 * All properties and YAML files below a directory. Links are followed, but a file or folder that is reachable under several
 * paths is read under the first of them. Names that begin with `..` are Kubernetes' own inside a mounted config map
 * (`..data`); the entries beside them link there.
 */
async function listFiles(directory: string): Promise<Listing> {
  const listing: Listing = { paths: [], unread: [], problems: [], seen: new Set() };
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
      await listEntry(join(folder, name), name, listing);
    }
  } catch (error) {
    listing.unread.push(folder);
    listing.problems.push(findingAbout(folder, reasonOf(error)));
  }
}

async function listEntry(path: string, name: string, listing: Listing): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) {
      await listFolder(path, listing);
      return;
    }
    if (!isProperties(name) && !isYaml(name)) return;
    const real = await realpath(path);
    if (!listing.seen.has(real)) listing.paths.push(path);
    listing.seen.add(real);
  } catch {
    // A link to nowhere is a mistake that reading it will name; what vanished since the listing is simply gone.
    if ((isProperties(name) || isYaml(name)) && (await isThere(path))) listing.paths.push(path);
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
