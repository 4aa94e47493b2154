/** What a command sees of the process that runs it. Handed in by `main.ts`, so that tests run commands without one. */
export interface CommandLine {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
  /** Ends it with this code as soon as what was printed is out. */
  readonly exitSoon: (code: number) => void;
}

/** Writes a line for whoever called to the standard error. */
export const complain = ({ errors }: Pick<CommandLine, "errors">, message: string): void => {
  errors.write(`oxbow: ${message}\n`);
};

/** Writes a value as the one thing that `--json` prints. */
export const printJson = ({ output }: Pick<CommandLine, "output">, value: unknown): void => {
  output.write(`${JSON.stringify(value)}\n`);
};
