// @ts-check
/**
 * Runs one program to its end, for set-up and tests: what it prints is passed on, a line of progress comes
 * while it works, and a signal to this process ends the program and all its children before this process leaves.
 */
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";

/**
 * @typedef {object} Result
 * @property {number | string} code exit code, name of the signal that ended it, "not found" or "stopped"
 * @property {string} output the end of what it printed
 */

const outputKept = 64_000;
const exitCodes = Object.freeze({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {(line: string) => void} options.say
 * @param {(seconds: number) => string} options.progress the line for the seconds passed so far
 * @param {number} [options.silenceMs] how long it must have printed nothing before a line of progress. Default 5,000
 * @param {Readonly<Record<string, string>>} [options.env] added to the environment of this process
 * @param {AbortSignal} [options.stop] kills it
 * @param {NodeJS.WritableStream} [options.stdout] where its standard output goes. Default: stderr, as its errors do
 * @returns {Promise<Result>} never rejects
 */
export function runCommand(command, args, options) {
  const { cwd, say, progress, silenceMs = 5_000, env = {}, stop, stdout = process.stderr } = options;
  const startedMs = performance.now();
  // A process group of its own: one signal reaches npm, the shell below it and the compiler below that.
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = () => killGroup(child.pid);
  const timer = setInterval(() => say(progress(Math.round((performance.now() - startedMs) / 1_000))), silenceMs);
  let output = "";
  const passOn = (/** @type {import("node:stream").Readable} */ from, /** @type {NodeJS.WritableStream} */ to) =>
    from.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output = (output + text).slice(-outputKept);
      to.write(text);
      timer.refresh();
    });
  passOn(child.stdout, stdout);
  passOn(child.stderr, process.stderr);
  const stopListening = onSignal((signal) => {
    end();
    say(`stopped by ${signal}`);
    process.exit(exitCodes[signal]);
  });
  stop?.addEventListener("abort", end);
  return new Promise((resolve) => {
    const finish = (/** @type {number | string} */ code) => {
      clearInterval(timer);
      stopListening();
      stop?.removeEventListener("abort", end);
      resolve({ code: stop?.aborted ? "stopped" : code, output });
    };
    child.once("error", (fault) => finish("code" in fault && fault.code === "ENOENT" ? "not found" : fault.message));
    // What it left running holds its pipes open, and `close` would never come.
    child.once("exit", end);
    child.once("close", (code, signal) => finish(code ?? signal ?? "unknown"));
  });
}

/**
 * Not `once`: a terminal's Ctrl-C comes twice, from the terminal and from npm, and a signal that comes when the
 * listener has just been taken off ends this process before it has done anything.
 * @param {(signal: keyof typeof exitCodes) => void} handle
 * @returns {() => void} ends the listening
 */
function onSignal(handle) {
  const signals = /** @type {(keyof typeof exitCodes)[]} */ (Object.keys(exitCodes));
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.removeListener(signal, handle);
  };
}

/** @param {number | undefined} leader process id of a group's leader; undefined: it never started */
function killGroup(leader) {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // ESRCH: the whole group has ended by itself, which is the usual case.
  }
}
