/**
 * Starts the real product as a child process, the way an operator does, and sees that it is gone afterwards.
 * What is known of it is what it prints (JSON lines on a pipe), the two addresses of its `listening` line and its exit.
 * Not here: anything that looks into the process; these tests see the product from outside only.
 */
import { jest } from "@jest/globals";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onCleanUp } from "./clean-up.ts";
import { waitFor, within } from "./wait-for.ts";

const root = path.resolve(import.meta.dirname, "../..");
const startDeadlineMs = 30_000;
const stopDeadlineMs = 15_000;

// On a busy machine a start alone may take longer than Jest's limit for a test; the waits have their own deadlines.
jest.setTimeout(60_000);

/** How one process is started; everything left out is the product's own default, ports excepted: they are free ones. */
export interface OxbowOptions {
  /** Content of `10-test.properties` in a fresh configuration directory; default: the REST credentials `rest`/`rest`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Further files of that directory, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  /** False: no `--config` at all, so the bundled directory counts. */
  readonly config?: boolean;
  /** `--set` of these, ports included. */
  readonly set?: Readonly<Record<string, string>>;
  /** `--set` of these to a file of the configuration directory, given by its relative path. */
  readonly pathSettings?: Readonly<Record<string, string>>;
  /** Further arguments, at the end. */
  readonly args?: readonly string[];
  /** Further environment; `NODE_OPTIONS` and the package lists of this process are not handed on. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One line of the product's log; fields as printed. */
export type LogLine = Readonly<Record<string, unknown>>;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error, as far as read, in order of arrival. */
  readonly output: string;
}

/** A running product. */
export interface Oxbow {
  readonly url: string;
  readonly internalUrl: string;
  readonly port: number;
  readonly configDir: string;
  /** All that was printed so far. */
  output(): string;
  /** The lines of standard output so far. A line that is no JSON object fails the caller. */
  logs(): readonly LogLine[];
  /** Writes or replaces a file of the configuration directory. */
  writeConfig(relativePath: string, content: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
  /**
   * Sends the signal (SIGTERM by default) and fails unless the process ends with exit code 0 within 15 seconds.
   * Done by itself when the test, or the file, that started the product is over.
   */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/** The last resort when a test run is broken off: nothing that was started here outlives it. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A fresh directory that goes away with the test, or the file, that asked for it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "oxbow-acceptance-"));
  onCleanUp(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Java properties text; names and values of tests need no escapes. */
export const propertiesText = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

export const restCredentials = {
  "com.openexchange.rest.services.basic-auth.login": "rest",
  "com.openexchange.rest.services.basic-auth.password": "rest",
} as const;

/** Starts a product and resolves once it says that it listens. */
export async function startOxbow(options: OxbowOptions = {}): Promise<Oxbow> {
  const launched = await launch(options);
  let exit: Exit | undefined;
  void launched.exited.then((value) => (exit = value));
  const listening = (): LogLine | undefined => launched.logs().find((line) => line["event"] === "listening");
  const settled = (): boolean => exit !== undefined || listening() !== undefined;
  await waitFor("the product says that it listens", settled, startDeadlineMs).catch((cause: unknown) => {
    throw new Error(`no listening line; printed so far:\n${launched.output()}`, { cause });
  });
  if (exit !== undefined) throw new Error(`the product ended at its start:\n${launched.output()}`);
  const { url, internalUrl } = listening() ?? {};
  if (typeof url !== "string" || typeof internalUrl !== "string") throw new Error("no addresses in the listening line");
  return {
    ...launched,
    url: withoutSlash(url),
    internalUrl: withoutSlash(internalUrl),
    port: Number(new URL(url).port),
  };
}

const withoutSlash = (url: string): string => url.replace(/\/$/, "");

/** Runs a product that is expected to end by itself; fails when it is still there after the deadline. */
export async function runOxbow(options: OxbowOptions = {}, deadlineMs = startDeadlineMs): Promise<Exit> {
  const launched = await launch(options);
  return within("the product ends by itself", launched.exited, deadlineMs).catch((cause: unknown) => {
    launched.kill("SIGKILL");
    throw new Error(`no end; printed so far:\n${launched.output()}`, { cause });
  });
}

/** Runs a sub-command such as `hash-password`, with a text on its standard input. */
export async function runCommand(args: readonly string[], input: string): Promise<Exit> {
  return watch(spawnProduct(args, {}, input)).exited;
}

type Launched = Omit<Oxbow, "url" | "internalUrl" | "port">;

async function launch(options: OxbowOptions): Promise<Launched> {
  const configDir = temporaryDirectory();
  const writeConfig = async (relativePath: string, content: string): Promise<void> => {
    const file = path.join(configDir, relativePath);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  await writeConfig("10-test.properties", propertiesText(options.properties ?? restCredentials));
  for (const [name, content] of Object.entries(options.files ?? {})) await writeConfig(name, content);
  const set = {
    "com.openexchange.connector.networkListenerPort": "0",
    "com.openexchange.oxbow.internalPort": "0",
    ...options.set,
    ...Object.fromEntries(
      Object.entries(options.pathSettings ?? {}).map(([name, file]) => [name, path.join(configDir, file)]),
    ),
  };
  const child = spawnProduct(
    [
      ...(options.config === false ? [] : ["--config", configDir]),
      ...Object.entries(set).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
      ...(options.args ?? []),
    ],
    options.env ?? {},
  );
  const watched = watch(child);
  onCleanUp(async () => {
    if (!running.has(child)) return;
    await watched.stop().finally(() => child.kill("SIGKILL"));
  });
  return { ...watched, configDir, writeConfig };
}

function spawnProduct(args: readonly string[], env: Readonly<Record<string, string>>, input?: string): ChildProcess {
  const inherited = { ...process.env };
  for (const name of ["NODE_OPTIONS", "OX_BLACKLISTED_PACKAGES", "OX_WHITELISTED_PACKAGES"])
    inherited[name] = undefined;
  const child = spawn(process.execPath, [path.join(root, "server/oxbow.mjs"), ...args], {
    cwd: root,
    env: { ...inherited, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  running.add(child);
  child.stdin?.end(input);
  return child;
}

function watch(child: ChildProcess): Omit<Launched, "configDir" | "writeConfig"> {
  let stdout = "";
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal, output });
    });
  });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  const end = async (signal: NodeJS.Signals): Promise<Exit> => {
    kill(signal);
    const exit = await within(`the product ends after ${signal}`, exited, stopDeadlineMs);
    if (exit.code !== 0) throw new Error(`exit code ${String(exit.code)} after ${signal}:\n${exit.output}`);
    return exit;
  };
  let ending: Promise<Exit> | undefined;
  return {
    output: () => output,
    logs: () => completeLines(stdout).map(parseLogLine),
    kill,
    exited,
    stop: async (signal = "SIGTERM") => (ending ??= end(signal)),
  };
}

const completeLines = (text: string): readonly string[] =>
  text
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "");

function parseLogLine(line: string): LogLine {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== "object" || parsed === null) throw new Error(`no JSON object on standard output: ${line}`);
  return Object.fromEntries(Object.entries(parsed));
}
