/** `oxbow start`: reads the configuration, runs the server, and ends it when the process is told to. */
import { loadPackageStatus, loadSettings, parseAssignment } from "../../cascade/index.ts";
import type { Assignment, Finding, LoadedSettings, PackageStatus } from "../../cascade/index.ts";
import { createReadAside } from "../aside/read-aside.ts";
import type { ReadAside } from "../aside/read-aside.ts";
import { createServer } from "../create-server.ts";
import type { OxbowServer } from "../create-server.ts";
import { createLog } from "../ops/log.ts";
import { runtimePlaces } from "../ops/admin/token-file.ts";
import type { Logger } from "../ops/log.ts";
import { productVersion } from "../package-root.ts";
import { allSettings } from "../settings/index.ts";
import { logLevel, stopTimeout } from "../settings/operations.ts";
import { complain } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { defaultDirectory } from "./default-directory.ts";
import { exitCodes } from "./exit-codes.ts";
import { forkWorker } from "../workers/fork-worker.ts";
import { createPrimary } from "../workers/primary.ts";
import { websocketPackage } from "../websocket-package.ts";

export interface StartOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly values: readonly string[];
  /** Worker processes; 1: the node is one process. */
  readonly workers: number;
}

/** Resolves with the exit code when the server has stopped. */
export async function startCommand(
  options: StartOptions,
  line: Pick<CommandLine, "environment" | "errors">,
): Promise<number> {
  const { environment } = line;
  const assignments = options.set.map(parseAssignment);
  if (!assignments.every((one): one is Assignment => one !== undefined)) {
    tell(line, options.set.filter((given) => parseAssignment(given) === undefined).map(noAssignment));
    return exitCodes.wrongCall;
  }
  let onReadFault = (fault: unknown): void => complain(line, String(fault));
  const readAside = createReadAside((fault) => onReadFault(fault));
  const configured = await readConfiguration(options, assignments, line, readAside);
  if (configured === undefined) return exitCodes.problem;
  const { settings, warnings } = configured;
  const log = createLog({ level: settings.read(logLevel), terminal: process.stdout.isTTY });
  onReadFault = (fault) => log.error({ err: fault }, "files were not read in a thread of their own");
  for (const warning of warnings) log.warn(warning.message);
  settings.onChange(() => (log.level = settings.read(logLevel)));
  try {
    const { workers } = options;
    const input = { ...configured, readAside, log, version: productVersion(), places: runtimePlaces(environment) };
    const server = workers === 1 ? createServer(input) : createPrimary({ ...input, workers, fork: forkWorker });
    return await runUntilTold(server, settings, log);
  } catch (fault) {
    log.fatal({ code: codeOf(fault) }, fault instanceof Error ? fault.message : String(fault));
    return exitCodes.problem;
  }
}

interface Configuration {
  readonly settings: LoadedSettings;
  readonly packageStatus: PackageStatus;
  readonly warnings: readonly Finding[];
}

async function readConfiguration(
  options: StartOptions,
  assignments: readonly Assignment[],
  line: Pick<CommandLine, "environment" | "errors">,
  readAside: ReadAside,
): Promise<Configuration | undefined> {
  const directories = options.config.length > 0 ? options.config : [defaultDirectory()];
  const loaded = await loadSettings({
    directories,
    assignments,
    known: allSettings,
    environment: line.environment,
    readAside: readAside.configuration,
  });
  const packages = await loadPackageStatus(options.values, line.environment);
  if (!loaded.ok || !packages.ok) {
    const problems = [...(loaded.ok ? [] : loaded.problems), ...(packages.ok ? [] : packages.problems)];
    tell(
      line,
      problems.map(({ message }) => message),
    );
    return undefined;
  }
  return {
    settings: loaded.settings,
    packageStatus: packages.statusOf(websocketPackage),
    warnings: [...loaded.warnings, ...packages.warnings],
  };
}

/** What stands behind a `=` may be a secret. */
const noAssignment = (given: string): string =>
  `--set takes NAME=VALUE, not ${given.includes("=") ? "a value without a name" : JSON.stringify(given)}`;

/** Before there is a log, whoever started the process reads the standard error. */
const tell = (line: Pick<CommandLine, "errors">, messages: readonly string[]): void => {
  for (const message of messages) complain(line, message);
};

/** Runs until SIGTERM or SIGINT; SIGHUP reloads. A second signal, or the deadline, ends the process at once. */
async function runUntilTold(server: OxbowServer, settings: LoadedSettings, log: Logger): Promise<number> {
  let told: (signal: NodeJS.Signals) => void = () => undefined;
  const signal = new Promise<NodeJS.Signals>((resolve) => (told = resolve));
  process.once("SIGTERM", told).once("SIGINT", told);
  process.on("SIGHUP", () => void server.reload());
  await server.start().catch(async (fault: unknown) => {
    await server.stop(); // what had started before would keep the process
    throw fault;
  }); // a signal during the start is served right after it
  log.info({ event: "stopping", signal: await signal }, "stopping");
  const exitNow = (): never => process.exit(exitCodes.fine);
  process.once("SIGTERM", exitNow).once("SIGINT", exitNow);
  const deadline = setTimeout(exitNow, settings.read(stopTimeout));
  await server.stop();
  clearTimeout(deadline);
  log.info({ event: "stopped" }, "stopped");
  return exitCodes.fine;
}

const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && "code" in fault && typeof fault.code === "string" ? fault.code : undefined;
