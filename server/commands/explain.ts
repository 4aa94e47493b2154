/** `oxbow explain`: why a user has push, or has none. */
import type { Command } from "commander";
import { explanation } from "../ops/admin/inspection.ts";
import type { Explanation } from "../ops/admin/inspection.ts";
import { complain, printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { exitCodes } from "./exit-codes.ts";
import { addNodeOptions, callNode, carryOut } from "./node-client.ts";
import { addPersonOptions } from "./show-config.ts";
import type { PersonOptions } from "./show-config.ts";

export function declareExplain(program: Command, line: CommandLine): void {
  const explain = program
    .command("explain")
    .description(
      "tells step by step why a user has push or has none; needs --context and --user; exit code 1 when something stands in the way, or a node did not answer",
    );
  addPersonOptions(addNodeOptions(explain)).action((options: PersonOptions) =>
    carryOut(line, () => explainUser(options, line)),
  );
}

async function explainUser(options: PersonOptions, line: CommandLine): Promise<number> {
  const { context, user } = options;
  if (context === undefined || user === undefined) {
    complain(line, "say whom: --context and --user");
    return exitCodes.wrongCall;
  }
  const call = await callNode(options, line);
  const answer = await call("GET", "/admin/v1/explain", { context, user }, explanation);
  if (options.json === true) printJson(line, answer);
  else line.output.write(explanationText(answer));
  return answer.verdict === "blocked" || !answer.complete ? exitCodes.problem : exitCodes.fine;
}

const marks = { fine: "ok", blocks: "NO", unknown: "?", note: "-" } as const;

/** A line for each step, then the sentence. */
export function explanationText({ steps, sentence }: Pick<Explanation, "steps" | "sentence">): string {
  const width = Math.max(...steps.map(({ step }) => step.length));
  const lines = steps.map(({ step, state, says }) => `${marks[state].padEnd(2)}  ${step.padEnd(width)}  ${says}\n`);
  return `${lines.join("")}\n${sentence}\n`.replace(/[^\P{C}\n]/gu, "?"); // some of it comes from users' attributes
}
