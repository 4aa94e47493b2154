/** A program run by set-up or by the test runner: a signal ends it with all that it started. */
import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Prints `running PID GRANDCHILD`; the handling of a signal takes long enough for a second one. */
function runner() {
  const module = new URL("../../../server/set-up/command.mjs", import.meta.url).href;
  const grandchild = `setInterval(() => undefined, 1_000)`;
  const child = `
    const { pid } = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}]);
    console.log("running", process.pid, pid);
    ${grandchild}`;
  const script = `
    import { writeSync } from "node:fs";
    import { runCommand } from ${JSON.stringify(module)};
    const say = (line) => {
      writeSync(2, line + "\\n");
      for (const until = performance.now() + 300; performance.now() < until; );
    };
    await runCommand(process.execPath, ["-e", ${JSON.stringify(child)}], { cwd: "/", say, progress: String });`;
  const started = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  onCleanUp(() => started.kill("SIGKILL"));
  let output = "";
  started.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    waitFor(String(pattern), () => pattern.exec(output) ?? false);
  return { started, printed };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("Ctrl-C, which a terminal and npm both pass on, ends the program and its children, and then its caller", async () => {
  const { started, printed } = runner();
  const [, ...pids] = await printed(/running (\d+) (\d+)/);
  const ended = once(started, "exit");
  started.kill("SIGINT");
  await printed(/stopped by SIGINT/);
  started.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  await waitFor("nothing runs on", () => !pids.map(Number).some(isRunning));
});
