/**
 * Finds and reads the `.properties` files of a configuration directory and its sub-folders.
 *
 * A file that cannot be read or parsed keeps the entries of its last good reading, if there was one: a reload with one
 * bad file changes nothing of that file. Not here: which value wins (server-scope.ts).
 */
import { lstat, readFile, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

import { findingAbout, reasonOf, type Finding } from "./finding.ts";
import { readProperties, type PropertyEntry } from "./properties.ts";

/** The entries of each file by its path, in the order of paths: a later one beats an earlier one. */
export type FileEntries = ReadonlyMap<string, readonly PropertyEntry[]>;

export interface DirectoryReading {
  readonly files: FileEntries;
  /** One for each file or folder that could not be read; its last good state is then in `files`. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Far beyond any real file; a larger one is a mistake that would stall the process. */
const maxFileBytes = 8 * 2 ** 20;

const isProperties = (name: string): boolean => name.toLowerCase().endsWith(".properties") || name === "mpasswd";

/** By code units, so that the order depends on no locale. */
const byPath = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Reads one directory; `lastGood` is the outcome of its previous reading. Never rejects. */
export async function readConfigDirectory(
  directory: string,
  lastGood: FileEntries = new Map(),
): Promise<DirectoryReading> {
  const listing = await listFiles(directory);
  const problems = [...listing.problems];
  const warnings: Finding[] = [];
  const files = new Map<string, readonly PropertyEntry[]>();
  for (const folder of listing.unread) {
    for (const [path, entries] of lastGood) if (path.startsWith(join(folder, "/"))) files.set(path, entries);
  }
  for (const path of listing.paths) {
    const reading = await readFileAt(path);
    if (reading.ok) {
      files.set(path, reading.entries);
      warnings.push(...reading.warnings);
    } else {
      const kept = lastGood.get(path);
      if (kept !== undefined) files.set(path, kept);
      problems.push(kept === undefined ? reading.problem : withKeptState(reading.problem));
    }
  }
  return { files: new Map([...files].sort(([a], [b]) => byPath(a, b))), problems, warnings };
}

/** Says that a bad file changed nothing. */
export const withKeptState = (problem: Finding): Finding => ({
  ...problem,
  message: `${problem.message}; what was read before stays in force`,
});

async function readFileAt(path: string): Promise<ReturnType<typeof readProperties>> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { ok: false, problem: findingAbout(path, "not a regular file") };
    if (found.size > maxFileBytes)
      return { ok: false, problem: findingAbout(path, `larger than ${maxFileBytes} bytes`) };
    return readProperties(await readFile(path), path);
  } catch (error) {
    return { ok: false, problem: findingAbout(path, reasonOf(error)) };
  }
}

interface Listing {
  /** Properties files, to be tried. */
  readonly paths: string[];
  /** Folders whose content is unknown. */
  readonly unread: string[];
  readonly problems: Finding[];
  /** Real paths of what is listed, so that nothing is listed twice and no circle of links is endless. */
  readonly seen: Set<string>;
}

/**
 * All properties files below a directory. Links are followed, but a file or folder that is reachable under several
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
    if (!isProperties(name)) return;
    const real = await realpath(path);
    if (!listing.seen.has(real)) listing.paths.push(path);
    listing.seen.add(real);
  } catch {
    // A link to nowhere is a mistake that reading it will name; what vanished since the listing is simply gone.
    if (isProperties(name) && (await isThere(path))) listing.paths.push(path);
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
