/** `oxbow hash-password`: a scrypt string for the directory file. The password is never an argument: those show in process lists. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { hashPassword } from "../../auth/index.ts";
import { complain, printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { exitCodes } from "./exit-codes.ts";

export async function hashPasswordCommand(options: { readonly json?: true }, line: CommandLine): Promise<number> {
  if (line.input.isTTY) line.errors.write("Password (shown while you type): ");
  const password = await firstLine(line.input);
  if (password === undefined || password === "") {
    complain(line, "no password on the standard input");
    return exitCodes.problem;
  }
  const hash = await hashPassword(password, randomBytes);
  if (options.json === true) printJson(line, { hash });
  else line.output.write(`${hash}\n`);
  return exitCodes.fine;
}

async function firstLine(input: NodeJS.ReadStream): Promise<string | undefined> {
  const lines = createInterface({ input });
  for await (const line of lines) {
    lines.close();
    input.destroy(); // the rest is nobody's
    return line;
  }
  return undefined;
}
