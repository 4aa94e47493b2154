/** `oxbow check-config`: reads the whole configuration without starting, and says all that is wrong, odd or without effect. */
import type { Command } from "commander";
import { checkSources } from "../../cascade/index.ts";
import type { Finding } from "../../cascade/index.ts";
import { checkStart } from "../check-start.ts";
import { complain, printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { addConfigurationOptions, readConfiguration, sourcesOf } from "./configuration.ts";
import type { ConfigurationOptions } from "./configuration.ts";
import { exitCodes } from "./exit-codes.ts";

interface CheckOptions extends ConfigurationOptions {
  readonly strict?: true;
  readonly json?: true;
}

interface Report {
  /** What stops a start. */
  readonly problems: readonly Finding[];
  /** What probably means something else than it seems. */
  readonly warnings: readonly Finding[];
  /** What is no mistake, and has no effect. */
  readonly notes: readonly Finding[];
}

export function declareCheckConfig(program: Command, line: CommandLine): void {
  const command = program
    .command("check-config")
    .description(
      "reads the whole configuration without starting and says what is wrong, odd or without effect; exit code 1 with anything that stops a start",
    )
    .argument("[dir]", "the configuration directory, instead of --config");
  addConfigurationOptions(command)
    .option("--strict", "exit code 1 with warnings, too")
    .option("--json", 'as JSON: {"ok", "directories", "problems", "warnings", "notes"}')
    .action(async (directory: string | undefined, options: CheckOptions) => {
      line.exitSoon(await checkConfig(directory, options, line));
    });
}

async function checkConfig(directory: string | undefined, options: CheckOptions, line: CommandLine): Promise<number> {
  if (directory !== undefined && options.config.length > 0) {
    complain(line, "name the directory as an argument or by --config, not both");
    return exitCodes.wrongCall;
  }
  const config = directory === undefined ? options.config : [directory];
  const sources = sourcesOf({ ...options, config }, line);
  if (sources === undefined) return exitCodes.wrongCall;
  const read = await readConfiguration(sources, options, line);
  const deeper = await checkSources(sources);
  const start = read.loaded.ok ? await checkStart(read.loaded.settings, sources.known) : { problems: [], warnings: [] };
  const report: Report = {
    problems: [...read.problems, ...start.problems],
    warnings: [...read.warnings, ...start.warnings, ...deeper.warnings],
    notes: deeper.notes,
  };
  const isBad = report.problems.length > 0 || (options.strict === true && report.warnings.length > 0);
  if (options.json === true) printJson(line, { ok: !isBad, directories: sources.directories, ...report });
  else line.output.write(print(report, sources.directories));
  return isBad ? exitCodes.problem : exitCodes.fine;
}

const print = ({ problems, warnings, notes }: Report, directories: readonly string[]): string =>
  [
    ...problems.map(({ message }) => `problem: ${message}`),
    ...warnings.map(({ message }) => `warning: ${message}`),
    ...notes.map(({ message }) => `note: ${message}`),
    `${directories.join(", ")}: ${count(problems, "problem")}, ${count(warnings, "warning")}, ${count(notes, "note")}`,
    "",
  ].join("\n");

const count = (findings: readonly Finding[], of: string): string =>
  `${findings.length} ${of}${findings.length === 1 ? "" : "s"}`;
