/** `oxbow check-config` on small configurations: what is said, in which words, and with which exit code. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { packageRoot } from "../../../../server/package-root.ts";
import { callCommand } from "../../../support/command.ts";
import { folderWith } from "../../cascade/temporary-folder.ts";

interface Checked {
  readonly code: number;
  /** The lines, the folder cut off, without the last. */
  readonly lines: readonly string[];
  readonly sum: string;
}

async function check(files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Checked> {
  const folder = await folderWith(files);
  const named = args.map((arg) => arg.replace("FOLDER", folder));
  const { code, output } = await callCommand("check-config", folder, ...named);
  const lines = output.replaceAll(`${folder}/`, "").replace(folder, "FOLDER").trimEnd().split("\n");
  return { code, lines: lines.slice(0, -1), sum: lines.at(-1) ?? "" };
}

const enabled = "com.openexchange.websockets.enabled";

test("the bundled configuration is fine", async () => {
  const etc = join(packageRoot(), "etc");
  expect(await callCommand("check-config", etc, "--strict")).toEqual({
    code: 0,
    output: `${etc}: 0 problems, 0 warnings, 0 notes\n`,
    errors: "",
  });
});

const users = `contexts:
  - id: 1
    name: one
    attributes: {config/${enabled}: "yes; protected=false"}
    users: [{id: 3, login: anton, password: "PASSWORD"}]
`;
const hash = `$scrypt$ln=15,r=8,p=3$${"A".repeat(22)}$${"A".repeat(43)}`;

describe("each finding names file, line and what to do", () => {
  test.each<{
    rule: string;
    files: Readonly<Record<string, string>>;
    args?: readonly string[];
    says: readonly (string | RegExp)[];
    code: number;
  }>([
    {
      rule: "a misspelt name of ours",
      files: { "a.properties": "com.openexchange.oxbow.maxSocketPerUser=3" },
      says: [
        "warning: a.properties:1: com.openexchange.oxbow.maxSocketPerUser is no known setting; did you mean com.openexchange.oxbow.maxSocketsPerUser?",
      ],
      code: 0,
    },
    {
      rule: "a misspelt name of the middleware's",
      files: { "a.properties": "com.openexchange.websocket.enabled=true" },
      says: [
        `warning: a.properties:1: com.openexchange.websocket.enabled is nothing to oxbow; did you mean ${enabled}?`,
      ],
      code: 0,
    },
    {
      rule: "a name that is set twice",
      files: { "a.properties": `${enabled}=true`, "b.properties": `\n${enabled}=false` },
      says: [`warning: b.properties:2: ${enabled} is set again and beats a.properties:1`],
      code: 0,
    },
    {
      rule: "an odd value",
      files: { "a.properties": `${enabled}=yes` },
      says: [new RegExp(`^warning: a\\.properties:1: ${enabled} = "yes" is odd`)],
      code: 0,
    },
    {
      rule: "a wrong value of a name of ours",
      files: { "a.properties": "com.openexchange.oxbow.maxSocketsPerUser=many" },
      says: [
        /^problem: a\.properties:1: com\.openexchange\.oxbow\.maxSocketsPerUser = "many" is not allowed here; allowed: /,
      ],
      code: 1,
    },
    {
      rule: "a variable without a value",
      files: { "a.properties": "a={{env MISSING}}" },
      says: [
        'problem: a.properties:1: a names the variable MISSING, which the environment does not have; a default is written "{{env MISSING:default}}"',
      ],
      code: 1,
    },
    {
      rule: "a context set that fits nobody",
      files: { "contextSets/a.yml": `one:\n  withTags: a & !a\n  ${enabled}: "false"` },
      says: ['warning: contextSets/a.yml:1: context set one: withTags "a & !a" contradicts itself and fits nobody'],
      code: 0,
    },
    {
      rule: "a final outside the order of scopes",
      files: {
        "a.properties": "com.openexchange.config.cascade.scopes=user, server",
        "meta/a.yml": `${enabled}: {final: context}`,
      },
      says: [
        `warning: meta/a.yml:1: ${enabled}: final names context, which is not among the scopes that are searched (user, server), and is ignored`,
      ],
      code: 0,
    },
    {
      rule: "the scope of resellers",
      files: { "a.properties": "com.openexchange.config.cascade.scopes=user, context, reseller, contextSets, server" },
      says: ["warning: a.properties:1: com.openexchange.config.cascade.scopes names reseller, which is left out here"],
      code: 0,
    },
    {
      rule: "what is left out",
      files: { "settings/ui.yml": "a: 1", "as-config.yml": "default: {host: all}" },
      says: [/^note: settings: is left out/, /^note: as-config\.yml: is left out/],
      code: 0,
    },
    {
      rule: "settings that a start refuses together",
      files: { "a.properties": "com.openexchange.ipcheck.mode=countrycode" },
      says: [/^problem: .*ipcheck\.mode=countrycode is not available/],
      code: 1,
    },
    {
      rule: "the demo beyond this machine",
      files: { "a.properties": "com.openexchange.connector.networkListenerHost=*" },
      says: [/^problem: .*the demo users/],
      code: 1,
    },
    {
      rule: "a cluster that nobody can join",
      files: {
        "a.properties": "com.openexchange.hazelcast.enabled=true\ncom.openexchange.hazelcast.network.join=multicast",
      },
      says: [/^problem: com\.openexchange\.hazelcast\.network\.join="multicast" is not served/],
      code: 1,
    },
    {
      rule: "a middleware whose authorities cannot be read, and addresses that it may take for others",
      files: {
        "a.properties":
          "com.openexchange.oxbow.sessionSource=middleware\ncom.openexchange.oxbow.middlewareUrl=https://core-mw\n" +
          "com.openexchange.oxbow.middleware.login=oxbow\ncom.openexchange.oxbow.middleware.caFile=/nonexistent/ca.pem",
      },
      says: [
        /^problem: com\.openexchange\.oxbow\.middleware\.caFile: cannot read \/nonexistent\/ca\.pem/,
        /^warning: .*IPCheck/,
      ],
      code: 1,
    },
    {
      rule: "a directory file that is not there",
      files: { "a.properties": "com.openexchange.oxbow.directory=/nonexistent/users.yaml" },
      says: [/^problem: \/nonexistent\/users\.yaml/],
      code: 1,
    },
    {
      rule: "a range that is none",
      files: { "noipcheck.cnf": "10.0.0.0/8\nnowhere" },
      says: [/^warning: noipcheck\.cnf:2: is no address or range/],
      code: 0,
    },
    {
      rule: "a status of a package",
      files: { "values.yaml": "packages:\n  status: {open-xchange-websockets-grizzly: on}" },
      args: ["--values", "FOLDER/values.yaml"],
      says: [
        'problem: values.yaml:2: packages.status.open-xchange-websockets-grizzly is "on"; allowed: enabled, disabled',
      ],
      code: 1,
    },
    {
      rule: "a role that no values have",
      files: {},
      args: ["--role", "sync"],
      says: ["warning: no file of Helm values has the role sync"],
      code: 0,
    },
  ])("$rule", async ({ files, args = [], says, code }) => {
    const checked = await check(files, ...args);
    expect(checked.lines).toHaveLength(says.length);
    for (const [at, line] of says.entries())
      expect(checked.lines[at]).toEqual(typeof line === "string" ? line : expect.stringMatching(line));
    expect(checked.code).toBe(code);
  });

  test("values of users and contexts in the directory file", async () => {
    const option = ["--set", "com.openexchange.oxbow.directory=FOLDER/users.yaml"];
    const bad = await check({ "users.yaml": users }, ...option);
    expect(bad).toMatchObject({ code: 1, lines: [expect.stringMatching(/^problem: users\.yaml:5: .*password/)] });
    const odd = await check({ "users.yaml": users.replace("PASSWORD", hash) }, ...option);
    const words = new RegExp(`^warning: users\\.yaml:4: ${enabled} = "yes" is odd`);
    expect(odd).toMatchObject({ code: 0, lines: [expect.stringMatching(words)] });
  });
});

test("--strict fails for warnings, not for notes", async () => {
  expect((await check({ "a.properties": `${enabled}=yes` }, "--strict")).code).toBe(1);
  expect((await check({ "settings/ui.yml": "" }, "--strict")).code).toBe(0);
});

test("the last line counts", async () => {
  const { sum } = await check({
    "a.properties": `${enabled}=yes\na={{X}}`,
    "b.properties": `${enabled}=yes`,
    "settings/a.yml": "",
  });
  expect(sum).toBe("FOLDER: 1 problem, 1 warning, 1 note");
});

test("--json says the same with places as fields", async () => {
  const folder = await folderWith({ "a.properties": `\n${enabled}=yes` });
  const { code, output } = await callCommand("check-config", "--config", folder, "--json", "--strict");
  expect(code).toBe(1);
  expect(JSON.parse(output)).toEqual({
    ok: false,
    directories: [folder],
    problems: [],
    warnings: [expect.objectContaining({ name: enabled, file: join(folder, "a.properties"), line: 2 })],
    notes: [],
  });
});

test("no secret is printed", async () => {
  const { lines } = await check({
    "a.properties": "com.openexchange.oxbow.adminToken=hunter2 hunter2\nx=hunter2{{vault A:hunter2}}",
    "b.properties": "com.openexchange.oxbow.adminToken=hunter2",
  });
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join("\n")).not.toContain("hunter2");
});

test("a directory that does not exist is a problem", async () => {
  const { code, output } = await callCommand("check-config", "/nonexistent/etc");
  expect([code, output.split("\n")[0]]).toEqual([1, "problem: /nonexistent/etc: no such file or directory"]);
});

test.each([
  [["/etc", "--config", "/etc"], /not both/],
  [["--set", "foo"], /"foo"/],
  [["/a", "/b"], /'\/b'/],
])("%j is a wrong call", async (args, words) => {
  const { code, output, errors } = await callCommand("check-config", ...args);
  expect([code, output]).toEqual([2, errors]);
  expect(errors).toMatch(words);
});
