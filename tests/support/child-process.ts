/**
 * A program started for tests or benchmarks: what it printed, its end, and its death with the process that started
 * it. It stays in this process's group on purpose: whoever ends the group (the test runner, a terminal) ends it too.
 */
import { spawn } from "node:child_process";
import { within, waitFor } from "./wait-for.ts";

export interface Program {
  readonly pid: number;
  /** All that it printed, standard output and error as they came. */
  output(): string;
  isRunning(): boolean;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>;
  /** Waits until the output matches. Fails at the deadline, or at once when the program ends; both show the output. */
  printed(pattern: RegExp, withinMs: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Kills it, also a stopped one, and waits for its end. May be called twice. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment of this process, less its `NODE_OPTIONS`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Characters of output that are kept, the newest ones. */
const outputKept = 1_000_000;
/** Characters of output that an error shows. */
const outputShown = 4_000;

/** @throws Error when the program cannot be started at all */
export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: undefined, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid === undefined) throw new Error(`${command} could not be started: is it installed?`);
  const { pid } = child;
  let output = "";
  const keep = (text: string): void => {
    output = (output + text).slice(-outputKept);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const die = (): void => void child.kill("SIGKILL");
  process.once("exit", die);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      process.removeListener("exit", die);
      resolve();
    });
  });
  return {
    pid,
    output: () => output,
    isRunning,
    ended,
    printed: async (pattern, withinMs) => {
      const matches = (): boolean => pattern.test(output);
      await waitFor(`${command} prints ${String(pattern)}`, () => matches() || !isRunning(), withinMs).catch(
        (cause: unknown) => {
          throw new Error(`${command} did not print ${String(pattern)}; it printed\n${output.slice(-outputShown)}`, {
            cause,
          });
        },
      );
      if (!matches()) throw new Error(`${command} ended early; it printed\n${output.slice(-outputShown)}`);
    },
    signal: (name) => void child.kill(name),
    kill: async () => {
      die();
      await within(`${command} ends after SIGKILL`, ended);
    },
  };
}
