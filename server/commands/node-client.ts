/**
 * Talking to a running node: the options that all such commands share, the token that its admin API wants, deadlines,
 * and what becomes of a node that is not there. What is asked is each command's own business.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { z } from "zod";
import { loadSettings } from "../../cascade/index.ts";
import { readTokenFile, runtimePlaces, tokenFilesFor } from "../ops/admin/token-file.ts";
import { allSettings } from "../settings/index.ts";
import { adminToken } from "../settings/operations.ts";
import { collect } from "./collect.ts";
import { complain } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { defaultDirectory } from "./default-directory.ts";
import { exitCodes } from "./exit-codes.ts";

export interface NodeOptions {
  readonly internal: URL;
  readonly tokenFile?: string;
  readonly config: readonly string[];
  readonly json?: true;
}

export const addNodeOptions = (command: Command): Command =>
  command
    .option("--internal <url>", "internal listener of the node to ask", readUrl, new URL("http://127.0.0.1:8016"))
    .option(
      "--token-file <file>",
      "file with the admin token; else the one that the node left, else the one that is set",
    )
    .option("--config <dir>", "where the admin token may be set; repeatable, as for start", collect, [])
    .option("--json", "the answer as JSON, on one line");

function readUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new InvalidArgumentError("It must be a URL such as http://127.0.0.1:8016.");
  return url;
}

/** Why a node gave no answer to work with; told to whoever called. */
export class NodeCallFailed extends Error {
  readonly code = "OXB-0111";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Asks the node for one thing. @throws NodeCallFailed */
export type NodeCall = <T>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  query: Readonly<Record<string, string>>,
  form: z.ZodType<T>,
) => Promise<T>;

/** Longer than the node itself waits for others. */
const usualDeadlineMs = 10_000;

/** Does what a command is for and ends the process with its exit code; a node that gave no answer is told. */
export async function carryOut(
  line: Pick<CommandLine, "errors" | "exitSoon">,
  work: () => Promise<number>,
): Promise<void> {
  try {
    line.exitSoon(await work());
  } catch (fault) {
    if (!(fault instanceof NodeCallFailed)) throw fault;
    complain(line, fault.message);
    line.exitSoon(fault.exitCode);
  }
}

/**
 * @param deadlineMs for each answer
 * @throws NodeCallFailed when there is no token to ask with
 */
export async function callNode(
  options: NodeOptions,
  line: Pick<CommandLine, "environment">,
  deadlineMs = usualDeadlineMs,
): Promise<NodeCall> {
  const token = await findToken(options, line);
  return async (method, path, query, form) => {
    const url = new URL(path, options.internal);
    url.search = new URLSearchParams(query).toString();
    const { status, body } = await send(url, { method, token, deadlineMs });
    if (status !== 200) throw new NodeCallFailed(exitCodeOf(status), wordsOf(options.internal, status, body));
    const read = form.safeParse(body);
    if (read.success) return read.data;
    throw new NodeCallFailed(exitCodes.problem, `${options.internal.origin} answered what this release does not know`);
  };
}

interface Sent {
  readonly method: string;
  readonly token: string;
  readonly deadlineMs: number;
}

async function send(url: URL, { method, token, deadlineMs }: Sent): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await fetch(url, {
      method,
      headers: { Authorization: `Bearer ${token}` },
      redirect: "error", // the token is for this node only
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await answer.text();
    return { status: answer.status, body: jsonOf(text) };
  } catch (cause) {
    throw new NodeCallFailed(
      exitCodes.notReachable,
      `${url.origin} does not answer (${reasonOf(cause, deadlineMs)}): is the node running? See --internal`,
      { cause },
    );
  }
}

/** Undefined for what is no JSON: then whoever answered was no node. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What Node's `fetch` hides below its "fetch failed". */
function reasonOf(fault: unknown, deadlineMs: number): string {
  const read = fetchFault.safeParse(fault).data;
  if (read?.name === "TimeoutError") return `nothing within ${deadlineMs / 1_000} s`;
  return read?.cause?.code ?? read?.message ?? "unknown";
}

const fetchFault = z.object({
  name: z.string(),
  message: z.string(),
  cause: z.object({ code: z.string() }).optional().catch(undefined),
});

const exitCodeOf = (status: number): number => (status === 400 ? exitCodes.wrongCall : exitCodes.problem);

const errorBody = z.object({ error: z.string() });

function wordsOf({ origin }: URL, status: number, body: unknown): string {
  if (status === 401) return `${origin} does not take the admin token: is it that of this node? See --token-file`;
  const { data } = errorBody.safeParse(body);
  return data === undefined ? `${origin} answered ${status}: is it the internal listener?` : data.error;
}

/** The file that was named, the one that the node left, or the token that is set in the configuration. */
async function findToken(options: NodeOptions, { environment }: Pick<CommandLine, "environment">): Promise<string> {
  if (options.tokenFile !== undefined) return readNamedFile(options.tokenFile);
  const places = runtimePlaces(environment);
  const problems: string[] = [];
  for (const path of tokenFilesFor(places, options.internal.href)) {
    const token = await readTokenFile(path, places.uid).catch((fault: unknown) => {
      problems.push(fault instanceof Error ? fault.message : String(fault));
      return undefined;
    });
    if (token !== undefined) return token;
  }
  const configured = await configuredToken(options, environment);
  if (configured !== undefined) return configured;
  const { origin } = options.internal;
  const why = problems.length === 0 ? `no node left a token for ${origin} here` : problems.join("; ");
  throw new NodeCallFailed(
    (await isThere(options.internal)) ? exitCodes.problem : exitCodes.notReachable,
    `${why}, and ${adminToken.name} is not set: is the node running? Run this as its system user, or see --token-file`,
  );
}

async function readNamedFile(path: string): Promise<string> {
  const content = await readFile(path, "utf8").catch((cause: unknown) => {
    const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown";
    throw new NodeCallFailed(exitCodes.wrongCall, `--token-file ${path} cannot be read (${code})`, { cause });
  });
  const token = content.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new NodeCallFailed(exitCodes.wrongCall, `--token-file ${path} holds no token`);
}

/** A configuration with faults has no say here: `start` tells what is wrong with it. */
async function configuredToken(
  { config }: NodeOptions,
  environment: CommandLine["environment"],
): Promise<string | undefined> {
  const directories = config.length > 0 ? config : [defaultDirectory()];
  if (!directories.every((directory) => existsSync(directory))) return undefined;
  const loaded = await loadSettings({ directories, assignments: [], known: allSettings, environment });
  return loaded.ok ? loaded.settings.read(adminToken) : undefined;
}

/** Without a token, the difference between a node of somebody else and none at all. */
async function isThere(internal: URL): Promise<boolean> {
  const signal = AbortSignal.timeout(usualDeadlineMs);
  return fetch(new URL("/live", internal), { signal, redirect: "error" }).then(
    async (answer) => {
      await answer.body?.cancel();
      return true;
    },
    () => false,
  );
}
