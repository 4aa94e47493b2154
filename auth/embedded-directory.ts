/**
 * The user directory of the stand-alone product: a file, or the demo users while none is set. A reload reads the file
 * again; a bad file leaves everything as it was. Not here: what the file looks like (directory-file.ts).
 */

import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { setImmediate as otherWork } from "node:timers/promises";
import { createBoundedWork } from "./bounded-work.ts";
import { demoDirectory } from "./demo-users.ts";
import { factsDifference, factsOf, type DirectoryFacts, type FactsDifference } from "./directory-facts.ts";
import { readDirectory, type DirectoryProblem, type ListedDirectory, type ReadDirectory } from "./directory-file.ts";
import { changeBetween, directoryState, type DirectoryState, type Identified } from "./directory-state.ts";
import type { Directory, DirectoryChange } from "./directory.ts";
import { createListeners } from "./listeners.ts";
import { parsePasswordHash, verifyPassword } from "./password.ts";

/** The directory file cannot be used. The message names file, lines, paths and what is wrong, never a value. */
export class DirectoryFileError extends Error {
  readonly code = "OXB-0102";
  readonly file: string;
  readonly problems: readonly DirectoryProblem[];
  constructor(file: string, problems: readonly DirectoryProblem[], cause?: unknown) {
    const list = problems.map((problem) => `  ${printed(file, problem)}`);
    super(`the directory file cannot be used:\n${list.join("\n")}`, { cause });
    this.name = "DirectoryFileError";
    this.file = file;
    this.problems = problems;
  }

  /** Each problem by itself, with its place. */
  findings(): readonly { readonly message: string; readonly file: string; readonly line?: number }[] {
    return this.problems.map((problem) => ({
      message: printed(this.file, problem),
      file: this.file,
      ...(problem.line === undefined ? {} : { line: problem.line }),
    }));
  }
}

export interface EmbeddedDirectoryDeps {
  /** Path of the file, asked anew at each reload; undefined: the demo users. */
  readonly file: () => string | undefined;
  /** Reads the text of a file in another thread, as a large one takes long: at reloads. Absent: this one does. */
  readonly readAside?: ((text: string) => Promise<ReadDirectory>) | undefined;
  /** Milliseconds since the epoch; absent: it is not remembered when the file was read. */
  readonly nowEpochMs?: (() => number) | undefined;
  /** Told what a listener threw. */
  readonly onFault: (fault: unknown) => void;
}

export type DirectoryReload =
  | {
      readonly ok: true;
      readonly change: DirectoryChange;
      /** What listeners threw; `onFault` was told of it, and the other listeners were called all the same. */
      readonly listenerErrors: readonly unknown[];
    }
  | { readonly ok: false; readonly error: DirectoryFileError };

export interface EmbeddedDirectory extends Directory {
  /** Reads the users for the first time; nobody is found before. @throws {DirectoryFileError} */
  start(): Promise<void>;
  /** Reads the file again. A bad one changes nothing, and the outcome says what is wrong with it. */
  reload(): Promise<DirectoryReload>;
  /** True while the demo users are those that exist. */
  isDemo(): boolean;
  /** Whom an administrator means; undefined: there is no such context. */
  identify(context: string, user: string): Identified | undefined;
  /** What settings may depend on. */
  readonly facts: UserFactsSource;
}

export interface UserFactsSource extends Pick<DirectoryFacts, "context" | "describe"> {
  /** The file they come from; undefined: none. */
  file(): string | undefined;
  /** When they were read. */
  readAtMs(): number | undefined;
  /** Calls back after each reload that changed some. Returns the function that ends it. */
  onChange(listener: (difference: FactsDifference) => void): () => void;
}

/** Password checks at a time, so that they leave threads of the pool to files and names; and how many may wait. */
const checks = { running: 2, waiting: 64 } as const;

export function createEmbeddedDirectory(deps: EmbeddedDirectoryDeps): EmbeddedDirectory {
  const faults = createFaultBook(deps.onFault);
  const changes = createListeners<[DirectoryChange]>(faults.add);
  const factsChanges = createListeners<[FactsDifference]>(faults.add);
  let state = directoryState({ contexts: [] });
  let facts = factsOf({ contexts: [] });
  const readHere = (text: string): Promise<ReadDirectory> => Promise.resolve(readDirectory(text));
  let usedFile: string | undefined;
  let demo = false;
  let readAtMs: number | undefined;
  let reloading: Promise<unknown> = Promise.resolve();

  const take = (read: Read, file: string | undefined): void => {
    ({ state, facts } = read);
    usedFile = file;
    readAtMs = deps.nowEpochMs?.();
    demo = file === undefined;
  };
  const reloadNow = async (): Promise<DirectoryReload> => {
    const file = deps.file();
    if (file === undefined && !demo) return { ok: false, error: noDemoAtReload() };
    const read = await readState({ file, read: deps.readAside ?? readHere });
    if (read instanceof DirectoryFileError) return { ok: false, error: read };
    const change = changeBetween(state, read.state);
    await otherWork();
    const difference = factsDifference(facts, read.facts);
    take(read, file);
    changes.tell(change);
    if (difference.others || difference.attributes.size > 0) factsChanges.tell(difference);
    return { ok: true, change, listenerErrors: faults.take() };
  };

  return {
    start: async () => {
      const file = deps.file();
      const read = await readState({ file, read: deps.readAside ?? readHere });
      if (read instanceof DirectoryFileError) throw read;
      take(read, file);
    },
    reload: () => {
      const turn = reloading.then(reloadNow); // one after the other: the file read last is the one that counts
      reloading = turn.catch(() => undefined); // whoever asked hears of it
      return turn;
    },
    isDemo: () => demo,
    identify: (context, user) => state.identify(context, user),
    facts: {
      file: () => usedFile,
      readAtMs: () => readAtMs,
      context: (id) => facts.context(id),
      describe: (user) => facts.describe(user),
      onChange: (listener) => factsChanges.add(listener),
    },
    context: (id) => Promise.resolve(state.context(id)),
    user: (contextId, userId) => Promise.resolve(state.account(contextId, userId)?.user),
    authenticate: createAuthenticate(() => state),
    onChange: (listener) => changes.add(listener),
  };
}

/** Passes faults on and keeps them for whoever asks what has failed. */
function createFaultBook(onFault: (fault: unknown) => void) {
  let faults: unknown[] = [];
  return {
    add: (fault: unknown): void => {
      faults.push(fault);
      onFault(fault);
    },
    /** Those since the last time. */
    take: (): readonly unknown[] => {
      const taken = faults;
      faults = [];
      return taken;
    },
  };
}

/** Who a login name and a password belong to. */
function createAuthenticate(state: () => DirectoryState): Directory["authenticate"] {
  const inTurn = createBoundedWork(checks);
  return async (login, password) => {
    const account = state().byLogin(login);
    // An unknown login costs a check as well, against somebody else's password, or its quick answer would give it away.
    const checked = parsePasswordHash((account ?? state().accounts[0])?.password ?? "");
    const fits = checked !== undefined && (await inTurn(() => verifyPassword(password, checked)));
    const now = state().byLogin(login); // the file may have been read again during the check
    if (!fits || account === undefined || now === undefined) return undefined;
    return now.password === account.password ? now.user : undefined;
  };
}

interface Read {
  readonly state: DirectoryState;
  readonly facts: DirectoryFacts;
}

/** Each step takes a while for very many users; sockets are served in between. */
async function stateOf(listed: ListedDirectory): Promise<Read> {
  const state = directoryState(listed);
  await otherWork();
  const facts = factsOf(listed);
  await otherWork();
  return { state, facts };
}

/** A state from this file, or from the demo users; the error where the file cannot be used. */
async function readState({ file, read }: ReadStateDeps): Promise<Read | DirectoryFileError> {
  if (file === undefined) return stateOf(demoDirectory());
  const text = await textOf(file);
  if (text instanceof DirectoryFileError) return text;
  const outcome = await read(text);
  return outcome.ok ? stateOf(outcome.directory) : new DirectoryFileError(file, outcome.problems);
}

interface ReadStateDeps {
  readonly file: string | undefined;
  readonly read: (text: string) => Promise<ReadDirectory>;
}

async function textOf(file: string): Promise<string | DirectoryFileError> {
  try {
    const bytes = await readFile(file);
    return isUtf8(bytes) ? bytes.toString("utf8") : new DirectoryFileError(file, [{ path: "", says: "is not UTF-8" }]);
  } catch (fault) {
    const code = typeof fault === "object" && fault !== null && "code" in fault ? String(fault.code) : String(fault);
    return new DirectoryFileError(file, [{ path: "", says: `cannot be read (${code})` }], fault);
  }
}

/** Nobody who had a directory of their own expects well-known passwords after a reload. */
const noDemoAtReload = (): DirectoryFileError =>
  new DirectoryFileError("(none)", [
    { path: "", says: "no file is set any more; the demo users come with a restart only" },
  ]);

const printed = (file: string, { line, path, says }: DirectoryProblem): string =>
  [`${file}${line === undefined ? "" : `:${line}`}:`, path, says].filter((part) => part !== "").join(" ");
