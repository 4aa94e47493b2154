// @ts-check
/**
 * Runs one program to its end, for set-up and tests: what it prints is passed on to stderr, a line of progress comes
 * while it works, and a signal to this process ends the program and all its children before this process leaves.
 */
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";

/** @typedef {{ code: number | string; output: string }} Result `code`: exit code, name of a signal, or "not found" */

const progressEveryMs = 5_000;
const outputKept = 64_000;
const exitCodes = Object.freeze({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {(line: string) => void} options.say
 * @param {(seconds: number) => string} options.progress the line for the seconds passed, asked every five seconds
 * @param {Readonly<Record<string, string>>} [options.env] added to the environment of this process
 * @returns {Promise<Result>} `output` is the end of what it printed; never rejects
 */
export function runCommand(command, args, { cwd, say, progress, env = {} }) {
  const startedMs = performance.now();
  // A process group of its own: one signal reaches npm, the shell below it and the compiler below that.
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output = (output + text).slice(-outputKept);
      process.stderr.write(text);
    });
  }
  const timer = setInterval(() => say(progress(Math.round((performance.now() - startedMs) / 1_000))), progressEveryMs);
  const stopListening = onSignal((signal) => {
    say(`stopped by ${signal}`);
    killGroup(child.pid);
    process.exit(exitCodes[signal]);
  });
  return new Promise((resolve) => {
    const finish = (/** @type {number | string} */ code) => {
      clearInterval(timer);
      stopListening();
      resolve({ code, output });
    };
    child.once("error", (fault) => finish("code" in fault && fault.code === "ENOENT" ? "not found" : fault.message));
    child.once("close", (code, signal) => finish(code ?? signal ?? "unknown"));
  });
}

/**
 * @param {(signal: keyof typeof exitCodes) => void} handle
 * @returns {() => void} ends the listening
 */
function onSignal(handle) {
  const signals = /** @type {(keyof typeof exitCodes)[]} */ (Object.keys(exitCodes));
  for (const signal of signals) process.once(signal, handle);
  return () => {
    for (const signal of signals) process.removeListener(signal, handle);
  };
}

/**
 * Kills a process group that this process made.
 * @param {number | undefined} pid of its leader; undefined: it never started
 * @returns {boolean} whether anything was left to kill
 */
export function killGroup(pid) {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the group has ended by itself, which is the usual case.
    return false;
  }
}
