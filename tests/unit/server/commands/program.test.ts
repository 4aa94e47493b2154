/** The declared commands: their documentation, and calls that are wrong before anything is done. */
import { expect, test } from "@jest/globals";
import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { commandLineDocument } from "../../../../server/commands/command-document.ts";
import { adminApiDocument } from "../../../../server/ops/admin/admin-document.ts";
import { callCommand, declaredProgram } from "../../../support/command.ts";

const docs = join(import.meta.dirname, "../../../../docs");

test.each([
  ["command-line.md", () => commandLineDocument(declaredProgram())],
  ["admin-api.md", adminApiDocument],
])("docs/%s is what `npm run docs` writes", async (name, write) => {
  expect(await readFile(join(docs, name), "utf8")).toBe(write());
});

const leaves = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
const commandNames = (command: Command): readonly string[] =>
  command.parent === null ? [] : [...commandNames(command.parent), command.name()];
const everyCommand = leaves(declaredProgram()).map((command) => [commandNames(command).join(" "), command] as const);

test.each(everyCommand)("%s explains itself and its exit codes", async (name, command) => {
  const { code, output } = await callCommand(...name.split(" "), "--help");
  expect(code).toBe(0);
  for (const { flags, description } of command.options) {
    expect(output).toContain(flags);
    expect(description).not.toBe("");
  }
  expect(output).toContain("Exit codes: 0 fine, 1 a problem was found, 2 wrong call, 3 the node is not reachable");
});

test.each(everyCommand.filter(([name]) => name !== "start"))("%s can answer in JSON", (_name, command) => {
  expect(command.options.map(({ long }) => long)).toContain("--json");
});

test.each([
  [["sokets"], /'sokets'/],
  [["start", "now"], /'now'/],
  [["sockets", "list", "anton"], /'anton'/],
  [["sockets", "lst"], /'lst'/],
  [["--colour"], /'--colour'/],
  [["start", "--set", "foo"], /"foo"/],
  [["--config"], /--config/],
  [["sockets", "list", "--user", "anton"], /--user.*whole number/],
  [["sockets", "list", "--session", "0123456789abcdef0123456789abcdef"], /--session.*fingerprint/],
  [["sockets", "list", "--path", "nowhere"], /--path.*such as/],
  [["sockets", "list", "--limit", "0"], /--limit/],
  [["sockets", "list", "--internal", "nowhere"], /--internal.*nowhere/],
  [["sockets", "list", "--internal", "ftp://127.0.0.1"], /--internal.*http/],
  [["sockets", "list", "--token-file", "/nonexistent/token"], /--token-file \/nonexistent\/token/],
  [["sockets", "close", "--context", "1"], /--dry-run.*--yes/],
  [["sockets", "close", "--context", "1", "--yes", "--dry-run"], /--dry-run.*--yes/],
  [["sockets", "close", "--yes"], /--context.*--all/],
  [["sockets", "close", "--yes", "--all", "--context", "1"], /--all/],
])("%j is a wrong call, and what is wrong is named", async (args, words) => {
  const { code, output, errors } = await callCommand(...args);
  expect([code, output]).toEqual([2, errors]);
  expect(errors).toMatch(words);
});

test("a value without a name may be a secret and is not repeated", async () => {
  const { code, errors } = await callCommand("start", "--set", "=hunter2");
  expect(code).toBe(2);
  expect(errors).toMatch(/--set/);
  expect(errors).not.toContain("hunter2");
});

test("the version is printed, as JSON too", async () => {
  expect(await callCommand("version")).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(await callCommand("version", "--json")).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\{"version":"/),
  });
});
