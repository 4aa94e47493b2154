/** `oxbow show-config`: the values of a running node and where they come from. */
import type { Command } from "commander";
import type { z } from "zod";
import { personShape } from "../ops/admin/admin-routes.ts";
import { configAnswer } from "../ops/admin/node-questions.ts";
import type { ConfigEntry, ShownDefinition } from "../ops/admin/config-entry.ts";
import { complain, printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { exitCodes } from "./exit-codes.ts";
import { addNodeOptions, callNode, carryOut } from "./node-client.ts";
import type { NodeOptions } from "./node-client.ts";

export interface PersonOptions extends NodeOptions {
  readonly context?: string;
  readonly user?: string;
}

export function declareShowConfig(program: Command, line: CommandLine): void {
  const show = program
    .command("show-config")
    .argument("[prefix]", "the beginning of names")
    .description(
      "shows values of settings and where they come from, as a running node has them: of all names, or of those with this beginning; for a user with --context and --user",
    );
  addPersonOptions(addNodeOptions(show)).action((prefix: string | undefined, options: PersonOptions) =>
    carryOut(line, () => showConfig(prefix ?? "", options, line)),
  );
}

/** Options that say whom a command is about. */
export function addPersonOptions(command: Command): Command {
  for (const [name, form] of Object.entries(personShape)) {
    const { title = "", description = "" } = form.meta() ?? {};
    command.option(`--${name} <${title}>`, description);
  }
  return command;
}

async function showConfig(prefix: string, options: PersonOptions, line: CommandLine): Promise<number> {
  const { context, user } = options;
  if ((context === undefined) !== (user === undefined)) {
    complain(line, "--context and --user are needed together");
    return exitCodes.wrongCall;
  }
  const call = await callNode(options, line);
  const whom = context === undefined || user === undefined ? {} : { context, user };
  const answer = await call("GET", "/admin/v1/config", { prefix, ...whom }, configForm);
  if (options.json === true) printJson(line, answer);
  else for (const entry of answer.entries) line.output.write(entryText(entry));
  return exitCodes.fine;
}

const [configForm] = configAnswer.options;
export type ShownConfig = z.infer<typeof configForm>;

/** `NAME = VALUE`, and below it where that comes from. */
export function entryText(entry: ConfigEntry): string {
  const { name, value, means, shadows, final, setting } = entry;
  const facts = [
    placeText(entry),
    ...(means === undefined ? [] : [`means ${means}`]),
    ...(final === undefined ? [] : [`final: ${final.scope} (${final.place})`]),
    ...(setting === undefined ? ["not used by oxbow"] : []),
    ...(setting?.reloadable === false ? ["needs a restart"] : []),
    ...(entry.loaded === undefined ? [] : [`read ${entry.loaded}`]),
  ];
  const beaten = shadows.map((one) => `    shadows ${printable(one.value)} (${placeText(one)})\n`);
  return `${printable(name)} = ${printable(value)}\n    ${facts.join("; ")}\n${beaten.join("")}`;
}

function placeText({ scope, place, set, withTags }: ShownDefinition): string {
  if (scope === "default" || scope === "middleware") return scope;
  const inSet = set === undefined ? "" : `, set ${printable(set)} with tags ${printable(withTags ?? "")}`;
  return `${scope}: ${place}${inSet}`;
}

/** Some values come from users' attributes: what steers a terminal does not get there. */
const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
