/** The command line: options and commands. What a command does stands in `commands/`. */
import { Command } from "commander";
import { exitCodes } from "./commands/exit-codes.ts";
import { hashPasswordCommand } from "./commands/hash-password.ts";
import { startCommand } from "./commands/start.ts";
import type { StartOptions } from "./commands/start.ts";
import { productVersion } from "./package-root.ts";

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const program = new Command("oxbow")
  .description("The /socket.io endpoint of Open-Xchange App Suite.")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.fine : exitCodes.wrongCall))
  .showHelpAfterError();

program
  .command("start", { isDefault: true })
  .description("runs the server (the default)")
  .option("--config <dir>", "configuration directory; repeatable, later ones beat earlier ones", collect, [])
  .option("--set <name=value>", "a setting at server scope; repeatable, beats the files", collect, [])
  .option("--values <file>", "Helm values, for core-mw.packages; repeatable", collect, [])
  .action(async (options: StartOptions) => {
    process.exit(await startCommand(options, process.env)); // nothing that a client keeps open may hold the process
  });

program
  .command("hash-password")
  .description("reads a password from the standard input and prints it as the directory file wants it")
  .action(async () => {
    process.exitCode = await hashPasswordCommand(process.stdin, process.stdout, process.stderr);
  });

program
  .command("version")
  .description("prints the version")
  .option("--json", "as JSON")
  .action(({ json }: { json?: true }) => {
    process.stdout.write(json ? `${JSON.stringify({ version: productVersion() })}\n` : `${productVersion()}\n`);
  });

await program.parseAsync();
