/** The options that say where the configuration is, and reading it: the same for all commands that work with it. */
import type { Command } from "commander";
import { loadPackageStatus, loadSettings, parseAssignment } from "../../cascade/index.ts";
import type { Assignment, Finding, LoadOutcome, PackagesOutcome, SettingsSources } from "../../cascade/index.ts";
import { allSettings } from "../settings/index.ts";
import { collect } from "./collect.ts";
import { complain } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { defaultDirectory } from "./default-directory.ts";

export interface ConfigurationOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly values: readonly string[];
  readonly role: readonly string[];
  readonly nodeType?: string;
}

export const addConfigurationOptions = (command: Command): Command =>
  command
    .option("--config <dir>", "configuration directory; repeatable, later ones beat earlier ones", collect, [])
    .option("--set <name=value>", "a setting at server scope; repeatable, beats the files", collect, [])
    .option("--values <file>", "Helm values, for packages and features of core-mw; repeatable", collect, [])
    .option("--role <name>", "role of the chart that this node stands for; repeatable, later ones beat", collect, [])
    .option("--node-type <name>", "node type of the chart that this node stands for; brings its roles without --role");

/** The sources that the options name; undefined: the call is wrong, which has been told. */
export function sourcesOf(
  { config, set }: Pick<ConfigurationOptions, "config" | "set">,
  line: Pick<CommandLine, "environment" | "errors">,
): SettingsSources | undefined {
  const assignments: Assignment[] = [];
  for (const given of set) {
    const assignment = parseAssignment(given);
    if (assignment === undefined) complain(line, noAssignment(given));
    else assignments.push(assignment);
  }
  if (assignments.length < set.length) return undefined;
  const directories = config.length > 0 ? config : [defaultDirectory()];
  return { directories, assignments, known: allSettings, environment: line.environment };
}

/** What stands behind a `=` may be a secret. */
const noAssignment = (given: string): string =>
  `--set takes NAME=VALUE, not ${given.includes("=") ? "a value without a name" : JSON.stringify(given)}`;

export interface ReadConfiguration {
  readonly loaded: LoadOutcome;
  readonly packages: PackagesOutcome;
  /** With any of them there is no start. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Reads settings and package status. Never rejects. */
export async function readConfiguration(
  sources: SettingsSources,
  { values, role: roles, nodeType }: Pick<ConfigurationOptions, "values" | "role" | "nodeType">,
  { environment }: Pick<CommandLine, "environment">,
): Promise<ReadConfiguration> {
  const loaded = await loadSettings(sources);
  const packages = await loadPackageStatus(values, environment, { roles, nodeType });
  return {
    loaded,
    packages,
    problems: [...(loaded.ok ? [] : loaded.problems), ...(packages.ok ? [] : packages.problems)],
    warnings: [...loaded.warnings, ...packages.warnings],
  };
}
