/** `oxbow start`: reads the configuration, runs the server, and ends it when the process is told to. */
import type { LoadedSettings } from "../../cascade/index.ts";
import { createReadAside } from "../aside/read-aside.ts";
import { createServer } from "../create-server.ts";
import type { OxbowServer } from "../create-server.ts";
import { codeOf } from "../fault-code.ts";
import { createLog } from "../ops/log.ts";
import { runtimePlaces } from "../ops/admin/token-file.ts";
import type { Logger } from "../ops/log.ts";
import { productVersion } from "../package-root.ts";
import { logLevel, stopTimeout } from "../settings/operations.ts";
import { complain } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { readConfiguration, sourcesOf } from "./configuration.ts";
import type { ConfigurationOptions } from "./configuration.ts";
import { exitCodes } from "./exit-codes.ts";
import { forkWorker } from "../workers/fork-worker.ts";
import { createPrimary } from "../workers/primary.ts";
import { websocketPackage } from "../websocket-package.ts";

export interface StartOptions extends ConfigurationOptions {
  /** Worker processes; 1: the node is one process. */
  readonly workers: number;
}

/** Resolves with the exit code when the server has stopped. */
export async function startCommand(
  options: StartOptions,
  line: Pick<CommandLine, "environment" | "errors">,
): Promise<number> {
  const { environment } = line;
  const sources = sourcesOf(options, line);
  if (sources === undefined) return exitCodes.wrongCall;
  let onReadFault = (fault: unknown): void => complain(line, String(fault));
  const readAside = createReadAside((fault) => onReadFault(fault));
  const asked = { ...sources, readAside: readAside.configuration, nowEpochMs: Date.now };
  const read = await readConfiguration(asked, options, line);
  const { loaded, packages, warnings } = read;
  if (!loaded.ok || !packages.ok) {
    // Before there is a log, whoever started the process reads the standard error.
    for (const { message } of read.problems) complain(line, message);
    return exitCodes.problem;
  }
  const { settings } = loaded;
  const log = createLog({ level: settings.read(logLevel), terminal: process.stdout.isTTY });
  onReadFault = (fault) => log.error({ err: fault }, "files were not read in a thread of their own");
  for (const warning of warnings) log.warn(warning.message);
  settings.onChange(() => (log.level = settings.read(logLevel)));
  try {
    const { workers } = options;
    const packageStatus = packages.statusOf(websocketPackage);
    const input = {
      settings,
      packageStatus,
      readAside,
      log,
      version: productVersion(),
      places: runtimePlaces(environment),
    };
    const server = workers === 1 ? createServer(input) : createPrimary({ ...input, workers, fork: forkWorker });
    return await runUntilTold(server, settings, log);
  } catch (fault) {
    log.fatal({ code: codeOf(fault) }, fault instanceof Error ? fault.message : String(fault));
    return exitCodes.problem;
  }
}

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
