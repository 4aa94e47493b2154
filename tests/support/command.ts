/**
 * Runs a command of the product in this process: the same code as in one of its own, without the second that takes to
 * start. Not here: `oxbow-process.ts`, for what only a process shows.
 */
import { PassThrough } from "node:stream";
import type { Command } from "commander";
import { createProgram } from "../../server/commands/program.ts";

export interface Called {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly output: string;
  readonly errors: string;
}

class Exited extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** The declared commands, which nobody calls. */
export const declaredProgram = (): Command => createProgram(commandLine().line);

export async function callCommand(...args: readonly string[]): Promise<Called> {
  const { line, called } = commandLine();
  await createProgram(line)
    .parseAsync([...args], { from: "user" })
    .catch((fault: unknown) => {
      if (!(fault instanceof Exited)) throw fault;
    });
  return called();
}

function commandLine() {
  const [output, errors] = [new PassThrough({ encoding: "utf8" }), new PassThrough({ encoding: "utf8" })];
  let exitCode = 0;
  const line = {
    input: process.stdin,
    output,
    errors,
    environment: {},
    exit: (code: number): never => {
      exitCode = code;
      throw new Exited(code);
    },
    exitSoon: (code: number): void => {
      exitCode = code;
    },
  };
  const called = (): Called => {
    const said = textOf(errors);
    return { code: exitCode, output: textOf(output) + said, errors: said };
  };
  return { line, called };
}

const textOf = (stream: PassThrough): string => {
  const text: unknown = stream.read();
  return typeof text === "string" ? text : "";
};
