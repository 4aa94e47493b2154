/**
 * The command line: every command and option, declared once. Help and `docs/command-line.md` are made from it.
 * What a command does stands in a file of its own.
 */
import { Command } from "commander";
import { productVersion } from "../package-root.ts";
import { declareCheckConfig } from "./check-config.ts";
import { printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { addConfigurationOptions } from "./configuration.ts";
import { exitCodes, exitCodeTexts } from "./exit-codes.ts";
import { hashPasswordCommand } from "./hash-password.ts";
import { declareExplain } from "./explain.ts";
import { declareReload } from "./reload.ts";
import { declareShowConfig } from "./show-config.ts";
import { declareSockets } from "./sockets.ts";
import { startCommand } from "./start.ts";
import { workerCount } from "./worker-count.ts";
import type { StartOptions } from "./start.ts";

export function createProgram(line: CommandLine): Command {
  const program = new Command("oxbow")
    .description("The /socket.io endpoint of Open-Xchange App Suite.")
    .configureOutput({ writeOut: (text) => line.output.write(text), writeErr: (text) => line.errors.write(text) })
    .exitOverride((error) => line.exit(error.exitCode === 0 ? exitCodes.fine : exitCodes.wrongCall))
    .allowExcessArguments() // so that the next line can name them
    .hook("preAction", (_program, command) => refuseExcess(command))
    .addHelpText("afterAll", `\nExit codes: ${exitCodeTexts.map(([code, meaning]) => `${code} ${meaning}`).join(", ")}`)
    .showHelpAfterError();
  declareStart(program, line);
  declareHashPassword(program, line);
  declareCheckConfig(program, line);
  declareSockets(program, line);
  declareReload(program, line);
  declareShowConfig(program, line);
  declareExplain(program, line);
  declareVersion(program, line);
  return program;
}

/** Commander tells only how many there are. */
function refuseExcess(command: Command): void {
  const [excess] = command.args.slice(command.registeredArguments.length);
  if (excess !== undefined) command.error(`error: unknown command or argument '${excess}'`);
}

function declareStart(program: Command, line: CommandLine): void {
  const command = program.command("start", { isDefault: true }).description("runs the server (the default)");
  addConfigurationOptions(command)
    .option("--workers <n>", "worker processes: 1 to 64, or auto for one per core", workerCount, 1)
    .action(async (options: StartOptions) => {
      line.exit(await startCommand(options, line)); // nothing that a client keeps open may hold the process
    });
}

function declareHashPassword(program: Command, line: CommandLine): void {
  program
    .command("hash-password")
    .description("reads a password from the standard input and prints it as the directory file wants it")
    .option("--json", 'as JSON: {"hash": "..."}')
    .action(async (options: { readonly json?: true }) => {
      line.exitSoon(await hashPasswordCommand(options, line));
    });
}

function declareVersion(program: Command, line: CommandLine): void {
  program
    .command("version")
    .description("prints the version")
    .option("--json", 'as JSON: {"version": "..."}')
    .action(({ json }: { readonly json?: true }) => {
      if (json === true) printJson(line, { version: productVersion() });
      else line.output.write(`${productVersion()}\n`);
    });
}
