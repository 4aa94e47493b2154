/** Prints the declared commands as `docs/command-line.md`: nothing about them is written twice. */
import type { Argument, Command, Option } from "commander";
import { exitCodeTexts } from "./exit-codes.ts";

export const commandLineDocument = (program: Command): string => `# Command line

Written by \`npm run docs\` from the declarations in \`server/commands/\`; change those, not this page.

\`npx oxbow COMMAND\` in a checkout after the set-up, or \`npm start -- COMMAND\`. Each command explains itself with \`--help\`.

Exit codes of every command: ${exitCodeTexts.map(([code, meaning]) => `${code} ${meaning}`).join(", ")}.

Commands that talk to a running node ask its internal listener (\`--internal\`) and need its admin token. They take it from
the file of \`--token-file\`; else from the file that the node left, which only its system user can read; else from
\`com.openexchange.oxbow.adminToken\` in the configuration (docs/admin-api.md). Some values in their lists come from
browsers: long ones are cut and characters that steer a terminal are replaced, except with \`--json\`.

${leavesOf(program).map(section).join("\n")}`;

/** Commands that do something, as opposed to groups of them. */
const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

function section(command: Command): string {
  const rows = command.options.map(
    (option) => `| \`${option.flags}\` | ${option.description} | ${defaultOf(option)} |\n`,
  );
  const table = rows.length === 0 ? "" : `\n| option | meaning | default |\n| --- | --- | --- |\n${rows.join("")}`;
  const title = [fullName(command), ...command.registeredArguments.map((one) => shownArgument(one))].join(" ");
  const given = command.registeredArguments
    .map((one) => `\nArgument \`${shownArgument(one)}\`: ${one.description}.\n`)
    .join("");
  return `## ${title}\n\n${sentence(command.description())}\n${given}${table}`;
}

const shownArgument = (argument: Argument): string => {
  const name = argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
};

const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

function defaultOf({ defaultValue }: Option): string {
  const value: unknown = defaultValue;
  if (value instanceof URL) return `\`${value.origin}\``;
  return typeof value === "string" || typeof value === "number" ? `\`${value}\`` : "";
}
