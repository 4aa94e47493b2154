/** The edge of the process: streams, environment and exit code. Commands and options are declared in `commands/program.ts`. */
import { createProgram } from "./commands/program.ts";

// Whoever read the output has enough of it, as `head` does: nothing is wrong, and nobody is left to tell.
process.stdout.once("error", () => process.exit());

await createProgram({
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  environment: process.env,
  exit: (code) => process.exit(code),
  exitSoon: (code) => {
    process.exitCode = code;
  },
}).parseAsync();
