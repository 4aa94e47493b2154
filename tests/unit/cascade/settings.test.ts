import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";

import {
  boolean,
  integer,
  list,
  loadSettings,
  optional,
  parseAssignment,
  port,
  setting,
  text,
  type LoadOutcome,
  type Setting,
} from "../../../cascade/index.ts";
import { folderWith } from "./temporary-folder.ts";

const plain = { cascade: false, reload: true, secret: false, text: "For the test." } as const;
const limit = setting({ name: "com.openexchange.oxbow.limit", value: integer({ min: 1 }), default: 8, ...plain });
const listenPort = setting({
  name: "com.openexchange.oxbow.port",
  value: optional(port),
  default: undefined,
  defaultText: "unset",
  ...plain,
});
const token = setting({
  name: "com.openexchange.oxbow.token",
  value: text({ pattern: /^.{16,}$/, allowed: "at least 16 characters" }),
  default: "",
  ...plain,
  secret: true,
});
const enabled = setting({ name: "com.openexchange.websockets.enabled", value: boolean, default: true, ...plain });
const rate = setting({ name: "com.openexchange.rate", value: integer(), default: 50, ...plain });
const pin = setting({ name: "com.openexchange.pin", value: integer(), default: 1234, ...plain, secret: true });
const fields = setting({ name: "com.openexchange.fields", value: list(text()), default: [], ...plain });
const known: readonly Setting<unknown>[] = [limit, listenPort, token, enabled, rate, pin, fields];

async function load(
  files: Readonly<Record<string, string>>,
  set: readonly string[] = [],
): Promise<LoadOutcome & { folder: string }> {
  const folder = await folderWith(files);
  const assignments = set.map(parseAssignment).filter((assignment) => assignment !== undefined);
  return { ...(await loadSettings({ directories: [folder], assignments, known })), folder };
}

/** The loaded settings; a problem fails the test with its message. */
async function good(
  ...input: Parameters<typeof load>
): Promise<Extract<LoadOutcome, { ok: true }> & { folder: string }> {
  const outcome = await load(...input);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("\n"));
  return outcome;
}

/** The messages of the problems, with the folder cut off. */
async function problems(...input: Parameters<typeof load>): Promise<string[]> {
  const outcome = await load(...input);
  return outcome.ok ? [] : outcome.problems.map(({ message }) => message.replaceAll(`${outcome.folder}/`, ""));
}

async function warnings(...input: Parameters<typeof load>): Promise<string[]> {
  const outcome = await good(...input);
  return outcome.warnings.map(({ message }) => message.replaceAll(`${outcome.folder}/`, ""));
}

describe("which value wins", () => {
  test("without any file every setting has its default", async () => {
    const { settings, warnings: remarks } = await good({});
    expect(settings.read(limit)).toBe(8);
    expect(settings.read(listenPort)).toBeUndefined();
    expect(settings.read(fields)).toEqual([]);
    expect(settings.origin(limit.name)).toEqual({ from: "default" });
    expect(remarks).toEqual([]);
  });

  test("a file beats the default, and its place is known", async () => {
    const { settings, folder } = await good({ "sub/a.properties": `# first\n${limit.name} = 5\n` });
    expect(settings.read(limit)).toBe(5);
    expect(settings.origin(limit.name)).toEqual({ from: "file", file: join(folder, "sub/a.properties"), line: 2 });
  });

  test("--set beats files; its last one wins and its values are taken as they are", async () => {
    const files = { "a.properties": `${limit.name}=5` };
    const { settings } = await good(files, [`${limit.name}=6`, `${limit.name}= 7 `, `${fields.name}=a=b,c\\u`]);
    expect(settings.read(limit)).toBe(7);
    expect(settings.read(fields)).toEqual(["a=b", "c\\u"]);
    expect(settings.origin(limit.name)).toEqual({ from: "--set" });
  });

  test("of a name set twice in one directory the last path wins, and both places are named", async () => {
    const files = { "a.properties": `${limit.name}=5`, "b.properties": `\n${limit.name}=6\n${limit.name}=7` };
    expect((await good(files)).settings.read(limit)).toBe(7);
    expect(await warnings(files)).toEqual([
      `b.properties:2: ${limit.name} is set again and beats a.properties:1`,
      `b.properties:3: ${limit.name} is set again and beats b.properties:2`,
    ]);
  });

  test("a later directory beats an earlier one, which is no conflict", async () => {
    const first = await folderWith({ "z.properties": `${limit.name}=5\n${rate.name}=1` });
    const second = await folderWith({ "a.properties": `${limit.name}=6` });
    const outcome = await loadSettings({ directories: [first, second], assignments: [], known });
    expect(outcome.ok && outcome.settings.read(limit)).toBe(6);
    expect(outcome.ok && outcome.settings.read(rate)).toBe(1);
    expect(outcome.warnings).toEqual([]);
  });

  test("an empty value is a defined one", async () => {
    const { settings } = await good({ "a.properties": `${listenPort.name}=1`, "b.properties": `${listenPort.name}=` });
    expect(settings.read(listenPort)).toBeUndefined();
    expect(settings.origin(listenPort.name)).toMatchObject({ from: "file", line: 1 });
  });

  test("a user has the value of the server, as long as there is no other scope", async () => {
    const { settings } = await good({ "a.properties": `${enabled.name}=false` });
    expect(settings.readFor(enabled, { contextId: 1, userId: 3 })).toBe(false);
  });
});

describe("a wrong value of a name of ours stops the start", () => {
  test.each([
    {
      text: `${limit.name}=many`,
      message: `a.properties:1: ${limit.name} = "many" is not allowed here; allowed: a whole number from 1`,
    },
    {
      text: `\n${limit.name}=0`,
      message: `a.properties:2: ${limit.name} = "0" is not allowed here; allowed: a whole number from 1`,
    },
    {
      text: `${listenPort.name}=99999`,
      message: `a.properties:1: ${listenPort.name} = "99999" is not allowed here; allowed: a port from 0 to 65535 (0: the system chooses), or empty`,
    },
    {
      text: `${token.name}=hunter2`,
      message: `a.properties:1: ${token.name} = (secret) is not allowed here; allowed: at least 16 characters`,
    },
  ])("$message", async ({ text: written, message }) => {
    expect(await problems({ "a.properties": written })).toEqual([message]);
  });

  test("--set too", async () => {
    expect(await problems({}, [`${limit.name}=`])).toEqual([
      `--set: ${limit.name} = "" is not allowed here; allowed: a whole number from 1`,
    ]);
  });

  test("the finding has name, file and line of its own", async () => {
    const outcome = await load({ "a.properties": `${limit.name}=x` });
    expect(outcome).toMatchObject({
      problems: [{ name: limit.name, file: join(outcome.folder, "a.properties"), line: 1 }],
    });
  });

  test("a value that is beaten by a good one does not matter", async () => {
    expect(await problems({ "a.properties": `${limit.name}=x` }, [`${limit.name}=3`])).toEqual([]);
  });

  test("control characters and long values cannot spoil the message", async () => {
    const [message] = await problems({
      "a.properties": `${limit.name}=9\\u001b[31m\\n\\u009b\\u202e${"9".repeat(1_000)}`,
    });
    expect(message).toContain(String.raw`= "9\u001b[31m\n\u009b\u202e999`);
    expect(message?.length).toBeLessThan(400);
  });

  test("every problem is reported at once, a file that cannot be read included", async () => {
    const found = await problems({ "a.properties": `${limit.name}=x\n${token.name}=y`, "b.properties": "c=\\u" });
    expect(found).toHaveLength(3);
  });
});

describe("an odd value of the middleware's names is warned about and means what it means there", () => {
  test("`yes` is false", async () => {
    const files = { "a.properties": `${enabled.name}=yes` };
    expect((await good(files)).settings.read(enabled)).toBe(false);
    expect(await warnings(files)).toEqual([
      `a.properties:1: ${enabled.name} = "yes" is odd: only \`true\` counts as true, so this means false; allowed: true or false`,
    ]);
  });

  test("an integer that is none is the default", async () => {
    const files = { "a.properties": `${rate.name}=fifty` };
    expect((await good(files)).settings.read(rate)).toBe(50);
    expect(await warnings(files)).toEqual([
      `a.properties:1: ${rate.name} = "fifty" is not understood, so the default 50 is used; allowed: a whole number`,
    ]);
  });

  test("of a secret neither value nor default is shown", async () => {
    expect(await warnings({ "a.properties": `${pin.name}=sesame` })).toEqual([
      `a.properties:1: ${pin.name} = (secret) is not understood, so the default (secret) is used; allowed: a whole number`,
    ]);
  });
});

describe("an unknown name of our prefix is warned about", () => {
  test.each([
    { name: "com.openexchange.oxbow.limt", hint: "; did you mean com.openexchange.oxbow.limit?" },
    { name: "com.openexchange.oxbow.Port", hint: "; did you mean com.openexchange.oxbow.port?" },
    { name: "com.openexchange.oxbow.somethingElse", hint: "; the nearest one is com.openexchange.oxbow.token" },
  ])("$name", async ({ name, hint }) => {
    expect(await warnings({ "a.properties": `${name}=s3cret` })).toEqual([
      `a.properties:1: ${name} is no known setting${hint}`,
    ]);
  });

  test("names of the middleware that are not declared are not our business", async () => {
    expect(await warnings({ "a.properties": "com.openexchange.mail.transport=smtp\nfoo=bar" })).toEqual([]);
  });

  test("an absurdly long name is cut in the message and costs no time", async () => {
    const startedMs = performance.now();
    const [message] = await warnings({ "a.properties": `com.openexchange.oxbow.${"x".repeat(500_000)}=1` });
    expect(message?.length).toBeLessThan(500);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

test.each([
  { argument: "a=b", assignment: { name: "a", text: "b" } },
  { argument: " a = b=c ", assignment: { name: "a", text: "b=c" } },
  { argument: "a=", assignment: { name: "a", text: "" } },
  { argument: "a", assignment: undefined },
  { argument: "=b", assignment: undefined },
  { argument: "", assignment: undefined },
])("--set $argument is read as $assignment", ({ argument, assignment }) => {
  expect(parseAssignment(argument)).toEqual(assignment);
});
