/** `oxbow reload`: has a node read its files again, and tells what became of it. */
import type { Command } from "commander";
import { reloadReport } from "../ops/admin/reload-report.ts";
import type { ReloadSummary } from "../ops/admin/reload-report.ts";
import { printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { exitCodes } from "./exit-codes.ts";
import { addNodeOptions, callNode, carryOut } from "./node-client.ts";
import type { NodeOptions } from "./node-client.ts";

export function declareReload(program: Command, line: CommandLine): void {
  const reload = program
    .command("reload")
    .description(
      "has a node read its settings and users again, with all its workers; each node of a cluster reads its own files; exit code 1 when something was bad and kept its last good state",
    );
  addNodeOptions(reload).action((options: NodeOptions) => carryOut(line, () => reloadNode(options, line)));
}

/** Very many users take seconds to read. */
const deadlineMs = 60_000;

async function reloadNode(options: NodeOptions, line: CommandLine): Promise<number> {
  const call = await callNode(options, line, deadlineMs);
  const report = await call("POST", "/admin/v1/reload", {}, reloadReport);
  if (options.json === true) printJson(line, report);
  else line.output.write(reportText(report));
  return report.problems.length + report.listenerErrors.length === 0 ? exitCodes.fine : exitCodes.problem;
}

/** One thing a line, what matters most last: it stays on the screen. */
export function reportText({ changed, needsRestart, warnings, listenerErrors, problems }: ReloadSummary): string {
  const lines = [
    ...changed.map((name) => `changed: ${name}`),
    ...needsRestart.map((name) => `needs a restart: ${name}`),
    ...warnings.map(({ message }) => `warning: ${message}`),
    ...listenerErrors.map((message) => `failed when told of the changes: ${message}`),
    ...problems.map(({ message }) => `problem: ${message}`),
  ];
  return lines.length === 0 ? "nothing changed\n" : `${lines.join("\n")}\n`;
}
