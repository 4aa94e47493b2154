/** `npm run middleware`, as a newcomer runs it: what it prints is there, and Ctrl-C leaves nothing behind. */
import path from "node:path";
import { expect, test } from "@jest/globals";
import { upgrade } from "../../support/acceptance/behind-middleware.ts";
import { ask, logIn } from "../../support/acceptance/http.ts";
import { type Program, startProgram } from "../../support/child-process.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { within } from "../../support/wait-for.ts";

const script = path.resolve(import.meta.dirname, "../../support/middleware/run.mjs");

function run(...args: readonly string[]): Program {
  const program = startProgram(process.execPath, [script, ...args]);
  onCleanUp(() => program.kill());
  return program;
}

const addressOf = (program: Program, name: string): string =>
  new RegExp(`^${name} +(http:\\S+?)/ `, "m").exec(program.output())?.[1] ?? "http://nowhere.invalid";

async function interrupt(program: Program): Promise<void> {
  program.signal("SIGINT");
  await within("the command ends", program.ended, 20_000);
}

test("one login serves page and socket at one origin, until Ctrl-C", async () => {
  const program = run();
  await program.printed(/Ctrl-C stops everything/, 60_000);
  const [origin, oxbow] = [addressOf(program, "one origin"), addressOf(program, "oxbow")];
  expect((await ask(`${origin}/`)).text).toContain("/socket.io-client.js");
  const login = await logIn(origin);
  expect((await upgrade({ url: origin }, login)).status).toBe(101);
  expect((await ask(`${oxbow}/`)).status).toBe(404);
  await interrupt(program);
  for (const url of [origin, oxbow, addressOf(program, "middleware")]) await expect(ask(url)).rejects.toThrow();
});

test("alone, the stand-in says how to start the rest", async () => {
  const program = run("alone", "0");
  await program.printed(/Ctrl-C stops the stand-in/, 30_000);
  const url = addressOf(program, "middleware");
  expect(program.output()).toContain(`--set com.openexchange.oxbow.middlewareUrl=${url}`);
  expect((await logIn(url)).session).toMatch(/^[0-9a-f]{32}$/);
  await interrupt(program);
  await expect(ask(url)).rejects.toThrow();
});

test.each([{ args: ["together"] }, { args: ["alone", "port"] }, { args: ["alone", "1", "2"] }])(
  "arguments that make no sense are told: $args",
  async ({ args }) => {
    const program = run(...args);
    await within("the command ends", program.ended, 20_000);
    expect(program.output()).toContain("usage: npm run middleware");
  },
);
