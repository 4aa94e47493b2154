/** `oxbow hash-password`: a scrypt string for the directory file. The password is never an argument: those show in process lists. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { hashPassword } from "../../auth/index.ts";
import { exitCodes } from "./exit-codes.ts";

export async function hashPasswordCommand(
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
  errors: NodeJS.WritableStream,
): Promise<number> {
  if (input.isTTY) errors.write("Password (shown while you type): ");
  const password = await firstLine(input);
  if (password === undefined || password === "") {
    errors.write("oxbow: no password on the standard input\n");
    return exitCodes.problem;
  }
  output.write(`${await hashPassword(password, randomBytes)}\n`);
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
