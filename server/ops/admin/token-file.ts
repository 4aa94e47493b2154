/**
 * The file in which a node leaves its admin token, and where the command line looks for it. Only the system user who
 * runs the node can read it. Other users of the machine may prepare the place: nothing is written through links or into
 * directories of others, and nothing of others is read.
 * One file per internal address, as several nodes may run on one machine.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where files of running programs belong, as far as the process was told. */
export interface RuntimePlaces {
  /** systemd's `RUNTIME_DIRECTORY`: removed by systemd when the service ends. */
  readonly runtimeDirectory: string | undefined;
  readonly temporaryDirectory: string;
  /** Number of the system user. */
  readonly uid: number;
}

/** Where this process would leave its own files, and look for those of a node. */
export const runtimePlaces = (environment: NodeJS.ProcessEnv): RuntimePlaces => ({
  runtimeDirectory: environment["RUNTIME_DIRECTORY"],
  temporaryDirectory: tmpdir(),
  uid: process.getuid?.() ?? -1, // a system without such numbers has no private files of the kind that is wanted here
});

/** What is wrong with a place or a file, in words. */
export class TokenFileUnusable extends Error {
  readonly code = "OXB-0110";
}

export interface TokenFile {
  /** @throws TokenFileUnusable */
  write(token: string): Promise<void>;
  /** Leaves alone what another node put there meanwhile. */
  remove(): Promise<void>;
}

/** Where systemd makes the directory of a unit with `RuntimeDirectory=oxbow`. */
const serviceDirectory = "/run/oxbow";
const privateFileMode = 0o600;
const longestFile = 4_096;

const ownDirectory = ({ temporaryDirectory, uid }: RuntimePlaces): string => join(temporaryDirectory, `oxbow-${uid}`);

/** @param url of the internal listener, as it says itself */
export function createTokenFile(places: RuntimePlaces, url: string): TokenFile {
  const [given] = (places.runtimeDirectory ?? "").split(":"); // systemd may name several
  const directory = given === undefined || given === "" ? ownDirectory(places) : given;
  const path = join(directory, fileName(new URL(url)));
  let written: string | undefined;
  return {
    write: async (token) => {
      await prepare(directory, places.uid);
      await replace(path, `${token}\n`);
      written = token;
    },
    remove: async () => {
      if (written === undefined) return;
      const present = await readTokenFile(path, places.uid).catch(() => undefined);
      if (present === written) await rm(path, { force: true });
      written = undefined;
    },
  };
}

/** Paths where a node that is reached at `url` may have left its token. */
export function tokenFilesFor(places: RuntimePlaces, url: string): readonly string[] {
  const [given] = (places.runtimeDirectory ?? "").split(":");
  const directories = new Set([given === undefined || given === "" ? serviceDirectory : given, ownDirectory(places)]);
  const names = namesOf(new URL(url)).map(fileName);
  return [...directories].flatMap((directory) => names.map((name) => join(directory, name)));
}

/**
 * The token in a file that a node left. Undefined: there is none.
 * @throws TokenFileUnusable when it is no private file of this user; what it says is then not even looked at
 */
export async function readTokenFile(path: string, uid: number): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      if (["ENOENT", "ENOTDIR"].includes(codeOf(cause))) return undefined;
      throw new TokenFileUnusable(`${path} cannot be read (${codeOf(cause)})`, { cause });
    },
  );
  if (file === undefined) return undefined;
  try {
    const { uid: owner, mode, nlink, size } = await file.stat();
    const isOurs = owner === uid || uid === 0; // root may read what a service left
    const isPrivateFile = (mode & constants.S_IFMT) === constants.S_IFREG && (mode & 0o077) === 0 && nlink === 1;
    if (!isOurs || !isPrivateFile || size > longestFile)
      throw new TokenFileUnusable(`${path} is no private file of this system user`);
    return (await file.readFile("utf8")).trim();
  } finally {
    await file.close();
  }
}

/** Makes the directory, or makes sure that nobody else can write to the one that is there. */
async function prepare(directory: string, uid: number): Promise<void> {
  await mkdir(directory, { mode: 0o700 }).catch((cause: unknown) => {
    if (codeOf(cause) === "EEXIST") return;
    throw new TokenFileUnusable(`${directory} cannot be made (${codeOf(cause)})`, { cause });
  });
  const { uid: owner, mode } = await lstat(directory);
  const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR;
  if (!isDirectory || owner !== uid || (mode & 0o022) !== 0)
    throw new TokenFileUnusable(`${directory} is no directory that only this system user can write to`);
}

/** Written beside and renamed: a reader finds all or nothing, and a link at the path is replaced, not followed. */
async function replace(path: string, content: string): Promise<void> {
  const beside = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    const file = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, privateFileMode);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new TokenFileUnusable(`${path} cannot be written (${codeOf(cause)})`, { cause });
  }
}

const fileName = ({ hostname, port, protocol }: URL): string =>
  `admin-token-${hostname.replace(/[^\w.-]/g, "_")}-${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;

/**
 * A node that listens on all addresses says `localhost`. Only for an address of the loopback is that one looked for: a
 * token of this machine is not sent to another.
 */
function namesOf(url: URL): readonly URL[] {
  const others: readonly string[] = isLoopback(url.hostname) ? ["localhost", "127.0.0.1", "[::1]"] : [];
  return [url.hostname, ...others.filter((name) => name !== url.hostname)].map((hostname) => {
    const named = new URL(url);
    named.hostname = hostname;
    return named;
  });
}

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."));

const codeOf = (fault: unknown): string =>
  typeof fault === "object" && fault !== null && "code" in fault ? String(fault.code) : "unknown";
