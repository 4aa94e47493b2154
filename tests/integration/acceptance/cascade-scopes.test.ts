/**
 * Web sockets switched off and on again for a user, a context, a context set and the server: the open sockets of those
 * concerned end, all others stay, and afterwards a fresh connection is let in. Each time `oxbow reload` does it, and
 * `oxbow explain` and `oxbow show-config` tell where the answer comes from.
 */
import { beforeAll, expect, test } from "@jest/globals";
import { connectClient } from "../../support/acceptance/clients.ts";
import type { RecordingClient } from "../../support/acceptance/clients.ts";
import { rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { asObject, logIn, userAgent } from "../../support/acceptance/http.ts";
import { callCommand, type Called } from "../../support/command.ts";
import { type Oxbow, propertiesText, restCredentials, startOxbow } from "../../support/oxbow-process.ts";
import { scryptOf } from "../../support/scrypt.ts";
import { waitFor } from "../../support/wait-for.ts";
import { startWorkers } from "../../support/workers.ts";

const enabled = "com.openexchange.websockets.enabled";
/** The same at each reload: another salt would be another password, which ends sessions. */
const password = scryptOf("secret");
const off = `config/${enabled}: "false"`;

interface Switched {
  /** Attributes of anton and of his context, in YAML. */
  readonly user?: string;
  readonly context?: string;
}

const usersYaml = ({ user = "", context = "" }: Switched = {}): string => `contexts:
  - id: 1
    name: acme
    attributes: { taxonomy/types: "gold"${context === "" ? "" : `, ${context}`} }
    users:
      - { id: 3, login: anton, password: "${password}", attributes: { ${user} } }
      - { id: 4, login: dora, password: "${password}" }
  - id: 2
    name: other
    users:
      - { id: 3, login: berta, password: "${password}" }
`;
const setYaml = (value: string): string => `gold_customers:\n  withTags: gold & !trial\n  ${enabled}: "${value}"\n`;

let oxbow: Oxbow;
beforeAll(async () => {
  oxbow = await startOxbow({
    files: { "users.yaml": usersYaml() },
    pathSettings: { "com.openexchange.oxbow.directory": "users.yaml" },
  });
});

const command = (...args: readonly string[]): Promise<Called> => callCommand(...args, "--internal", oxbow.internalUrl);
const reload = async (): Promise<string> => {
  const { code, output } = await command("reload");
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
};

const connected = async (name: string): Promise<RecordingClient> => {
  const client = connectClient(oxbow.url, "4.8", { login: await logIn(oxbow.url, name), events: ["session:invalid"] });
  await client.connected();
  return client;
};

const scopes = [
  {
    scope: "user",
    file: "users.yaml",
    switchedOff: usersYaml({ user: off }),
    before: usersYaml(),
    concerned: ["anton"],
    others: ["dora", "berta@other"],
    place: /users\.yaml:\d+/,
  },
  {
    scope: "context",
    file: "users.yaml",
    switchedOff: usersYaml({ context: off }),
    before: usersYaml(),
    concerned: ["anton", "dora"],
    others: ["berta@other"],
    place: /users\.yaml:\d+/,
  },
  {
    scope: "contextSets",
    file: "contextSets/gold.yml",
    switchedOff: setYaml("false"),
    before: setYaml("true"),
    concerned: ["anton", "dora"],
    others: ["berta@other"],
    place: /gold\.yml:3, context set gold_customers with tags "gold & !trial"/,
  },
  {
    scope: "server",
    file: "20-changing.properties",
    switchedOff: propertiesText({ ...restCredentials, [enabled]: "false" }),
    before: "",
    concerned: ["anton", "dora", "berta@other"],
    others: [],
    place: /20-changing\.properties:3/,
  },
] as const;

test.each(scopes)("switched off at the scope $scope, sockets end; switched on, new ones are let in", async (one) => {
  await oxbow.writeConfig("contextSets/gold.yml", "");
  for (const { file, before } of [scopes[0], scopes[3], one]) await oxbow.writeConfig(file, before);
  await reload();
  const concerned = await Promise.all(one.concerned.map(connected));
  const others = await Promise.all(one.others.map(connected));

  await oxbow.writeConfig(one.file, one.switchedOff);
  expect(await reload()).toContain(`changed: ${enabled}\n`);
  await waitFor("the sockets concerned end", () => concerned.every((client) => !client.isConnected()), 2_000);
  for (const { received } of concerned) expect(received.map(({ name }) => name)).toEqual(["session:invalid"]);
  for (const client of others) expect(client.life).toEqual(["connect"]);
  const blocked = await command("explain", "--context", "1", "--user", "anton");
  expect(blocked.code).toBe(1);
  expect(blocked.output).toMatch(new RegExp(`has no push: ${enabled} is false \\(${one.scope}: .*${one.place.source}`));

  await oxbow.writeConfig(one.file, one.before);
  await reload();
  const again = await connected("anton");
  const explained = await command("explain", "--context", "acme", "--user", "3");
  expect([explained.code, explained.output]).toEqual([0, expect.stringMatching(/has push, with 1 open socket\.\n$/)]);
  for (const client of [...concerned, ...others, again]) client.close();
  await waitFor("no socket is left", async () => (await command("sockets", "list")).output === "0 sockets\n");
});

test("show-config tells scope, place and what is shadowed, and hides secrets", async () => {
  await oxbow.writeConfig("contextSets/gold.yml", setYaml("true"));
  await oxbow.writeConfig("30-other.properties", `${enabled}=yes\nsome.password=geheim\n`);
  await reload();
  const { code, output } = await command("show-config", enabled, "--context", "1", "--user", "anton", "--json");
  expect(code).toBe(0);
  const { entries, person } = asObject(JSON.parse(output));
  expect(person).toEqual({ context: 1, user: 3, login: "anton" });
  expect(entries).toEqual([
    expect.objectContaining({
      name: enabled,
      value: "true",
      scope: "contextSets",
      set: "gold_customers",
      withTags: "gold & !trial",
      shadows: [expect.objectContaining({ value: "yes", scope: "server", line: 1 })],
      setting: { cascade: true, reloadable: true },
    }),
  ]);
  const shown = await command("show-config");
  expect(shown.output).toMatch(
    /^com\.openexchange\.websockets\.enabled = yes\n {4}server: .*30-other\.properties:1; means false; read 20/m,
  );
  expect(shown.output).toMatch(/^some\.password = \(secret\)\n/m);
  expect(shown.output).not.toContain("geheim");
  await oxbow.writeConfig("30-other.properties", "");
  await reload();
});

test("a refused origin is found by whoever asks about the user", async () => {
  const login = await logIn(oxbow.url, "dora");
  const target = `/socket.io/?session=${login.session}&EIO=4&transport=websocket`;
  const headers = { Origin: "https://attacker.example" };
  const bytes = upgradeBytes({ target, cookie: login.cookie, userAgent, headers });
  expect((await rawRequest(oxbow.url, bytes, { untilAnswer: true })).status).toBe(403);
  const { output } = await command("explain", "--context", "1", "--user", "dora");
  expect(output).toMatch(/dora, user 4 of context 1, may have push, but no socket is open now; last refused: /);
  expect(output).not.toContain(login.session);
});

test("a bad file is named with its line by the reload, which is then a problem; the last good state stays", async () => {
  await oxbow.writeConfig("users.yaml", "contexts:\n  - id: one\n");
  const { code, output } = await command("reload");
  expect([code, output]).toEqual([1, expect.stringMatching(/problem: .*users\.yaml:2/)]);
  expect((await command("explain", "--context", "1", "--user", "anton")).output).toContain("anton, user 3");
  await oxbow.writeConfig("users.yaml", usersYaml());
  await reload();
});

test("a login that nobody has is a problem, half a person a wrong call", async () => {
  const nobody = await command("explain", "--context", "1", "--user", "nobody");
  expect([nobody.code, nobody.output]).toEqual([1, expect.stringContaining("nobody in context 1 has that login")]);
  expect((await command("explain", "--context", "1")).code).toBe(2);
  expect((await command("show-config", "--user", "3")).code).toBe(2);
});

test("with workers a reload is told once for all of them, and any of them explains", async () => {
  const workers = await startWorkers(2);
  const run = (...args: readonly string[]): Promise<Called> => callCommand(...args, "--internal", workers.internalUrl);
  const login = await logIn(workers.url);
  const clients = [1, 2, 3].map(() => connectClient(workers.url, "4.8", { login }));
  await Promise.all(clients.map((client) => client.connected()));
  const explained = await run("explain", "--context", "1", "--user", "anton");
  expect([explained.code, explained.output]).toEqual([0, expect.stringMatching(/has push, with 3 open sockets\.\n$/)]);
  await workers.writeConfig("20-changing.properties", `${enabled}=false\n`);
  const reloaded = await run("reload");
  expect([reloaded.code, reloaded.output]).toEqual([0, `changed: ${enabled}\n`]);
  await waitFor("all sockets end", () => clients.every((client) => !client.isConnected()), 2_000);
  const shown = await run("show-config", enabled, "--context", "1", "--user", "3");
  expect(shown.output).toMatch(/20-changing\.properties:1; read 20\d\d-/);
  for (const client of clients) client.close();
});
