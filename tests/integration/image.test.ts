/** What the image's last stage copies is all that the product needs: it starts from exactly that, elsewhere. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { temporaryDirectory } from "../support/oxbow-process.ts";
import { project, readImage } from "../support/deployment.ts";

test("the product says its version from the files of the image alone, by the image's entry point", async () => {
  const { copies, command } = readImage();
  const root = temporaryDirectory();
  for (const { sources, target } of copies.filter(({ stage }) => stage === "last"))
    for (const source of sources) put(source.replace(/^\/src\//, ""), join(root, ofTarget(source, target)));
  const [program = "", file = "", start] = command;
  expect([program, start]).toEqual(["node", "start"]);
  const child = spawn(process.execPath, [join(root, file), "version"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect({ printed, complaints }).toEqual({ printed: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), complaints: "" });
});

/** As COPY has it: into a folder by the name of the source, else under the name of the target. */
const ofTarget = (source: string, target: string): string =>
  target.endsWith("/") ? join(target, basename(source)) : target;

function put(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  // Of the packages only those that the product depends on are in the image; which these are is npm's business.
  if (source === "node_modules") symlinkSync(join(project, source), target);
  else cpSync(join(project, source), target, { recursive: true });
}
