/** `npm run cluster`, as a newcomer runs it: what it prints is there, and Ctrl-C leaves nothing behind. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { asObject, ask } from "../../support/acceptance/http.ts";
import { startProgram } from "../../support/child-process.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { temporaryDirectory } from "../../support/oxbow-process.ts";
import { waitFor, within } from "../../support/wait-for.ts";

const run = promisify(execFile);

test("two nodes on two members run until Ctrl-C, then all four are gone", async () => {
  const command = startProgram(process.execPath, [path.resolve(import.meta.dirname, "../run.mjs")]);
  onCleanUp(() => command.kill());
  await command.printed(/Ctrl-C stops everything/, 120_000);
  const urls = (pattern: RegExp): readonly string[] =>
    [...command.output().matchAll(pattern)].map(([, url = ""]) => url);
  const pages = urls(/^node [AB] +(http:\S+)/gm);
  const healths = urls(/(http:\S+\/health)$/gm);
  expect([pages.length, healths.length]).toEqual([2, 2]);
  for (const page of pages) expect((await ask(page)).status).toBe(200);
  for (const health of healths) {
    await waitFor("the node sees the other", async () => {
      const { state, members, nodes } = asObject((await ask(health)).json["cluster"]);
      return state === "ready" && members === 2 && nodes === 2;
    });
  }
  const [logIn = "", whoAmI = ""] = command.output().match(/^ +(session=\$\(curl .*|curl -b jar .*)$/gm) ?? [];
  const { stdout } = await run("bash", ["-c", `${logIn}\n${whoAmI}`], { cwd: temporaryDirectory() });
  expect(stdout).toContain('"user":"anton"'); // logged in at A, known at B
  const members = /kill -STOP ([\d ]+)/.exec(command.output())?.[1]?.split(" ").map(Number) ?? [];
  expect(members.filter(isRunning)).toHaveLength(2);
  command.signal("SIGINT");
  await within("the command ends", command.ended, 20_000);
  expect(members.filter(isRunning)).toEqual([]);
  for (const page of pages) await expect(ask(page)).rejects.toThrow();
}, 180_000);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
