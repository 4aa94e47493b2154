/** A directory file instead of the demo users: who may log in and open a socket, and what a reload of it ends. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openEngineSocket, socketQuery } from "../../support/acceptance/engine-socket.ts";
import {
  appSuiteClient,
  asBrowser,
  asObject,
  cookieHash,
  type Login,
  mailNotice,
  notify,
  push,
  readLogin,
  tryLogin,
  userAgent,
  whoami,
} from "../../support/acceptance/http.ts";
import { getBytes, rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { type Oxbow, runCommand, runOxbow, startOxbow } from "../../support/oxbow-process.ts";
import { scryptOf } from "../../support/scrypt.ts";
import { waitFor } from "../../support/wait-for.ts";

const password = "pässword 1";
const [hash, otherHash] = [scryptOf(password), scryptOf("another")];
let madeHash = "";
let oxbow: Oxbow;

/** One line for a user; `more` are further fields in flow style. */
const userLine = (id: number, login: string, more = "", line = hash): string =>
  `      - { id: ${id}, login: ${login}, password: "${line}"${more} }\n`;
const everybody = {
  3: (): string => userLine(3, "anton"),
  4: (): string => userLine(4, "berta", ", locale: de_DE"),
  5: (): string => userLine(5, "mfa", ", multifactor: true"),
  6: (): string => userLine(6, "guest", ", guest: true"),
  7: (): string => userLine(7, "dora", ", capabilities: [webmail]"),
  8: (): string => userLine(8, "erik", "", madeHash),
} as const;
const file = (users: string, secondContext = "true"): string =>
  `contexts:\n  - id: 1\n    name: acme\n    users:\n${users}` +
  `  - id: 2\n    name: other\n    enabled: ${secondContext}\n    users:\n${userLine(3, "anton")}`;
const allUsers = (): string =>
  Object.values(everybody)
    .map((line) => line())
    .join("");

beforeAll(async () => {
  const made = await runCommand(["hash-password"], `${password}\n`);
  expect(made.code).toBe(0);
  madeHash = made.output.trim();
  oxbow = await startWith(file(allUsers()));
});

async function startWith(content: string): Promise<Oxbow> {
  return startOxbow({ files: { "users.yaml": content }, pathSettings });
}
const pathSettings = { "com.openexchange.oxbow.directory": "users.yaml" };
const logIn = async (name: string, secret = password): Promise<Login> =>
  readLogin(await tryLogin(oxbow.url, { name, password: secret, client: appSuiteClient }));
const codeOf = async (name: string, secret = password): Promise<unknown> =>
  (await tryLogin(oxbow.url, { name, password: secret, client: appSuiteClient })).json["code"];
const upgradeStatus = async (login: Login): Promise<number> => {
  const target = `/socket.io/?${socketQuery({ login, protocol: 4 })}`;
  return (await rawRequest(oxbow.url, upgradeBytes({ target, cookie: login.cookie, userAgent }), { untilAnswer: true }))
    .status;
};
const reload = async (content: string): Promise<void> => {
  await oxbow.writeConfig("users.yaml", content);
  oxbow.kill("SIGHUP");
};

test("hash-password prints a salted scrypt string, which its user logs in with, and never the password", async () => {
  expect(madeHash).toMatch(/^\$scrypt\$/);
  expect(madeHash).not.toContain(password);
  expect((await runCommand(["hash-password"], `${password}\n`)).output.trim()).not.toBe(madeHash);
  expect((await logIn("erik")).answer.json).toMatchObject({ user: "erik", user_id: 8 });
  expect(await codeOf("erik", "wrong")).toMatch(/^LGI-/);
});

describe("logging in", () => {
  test("needs the user's own password and, beyond the first context, its name or id", async () => {
    expect((await logIn("anton")).answer.json).toMatchObject({ user: "anton", user_id: 3, context_id: 1 });
    for (const name of ["anton@other", "anton@2"])
      expect((await logIn(name)).answer.json).toMatchObject({ user: "anton", user_id: 3, context_id: 2 });
    expect((await logIn("berta@acme")).answer.json).toMatchObject({ user_id: 4, locale: "de_DE" });
    expect(await codeOf("anton", "secret")).toMatch(/^LGI-/);
  });

  test("the demo users are gone, and nothing is said about any", async () => {
    expect(await codeOf("anton@demo-context")).toMatch(/^LGI-/);
    expect(oxbow.output()).not.toMatch(/demo users/);
  });

  test("a guest's cookie names hash context and user, too", async () => {
    const guest = await logIn("guest");
    expect(guest.secretName).toBe(`open-xchange-secret-${cookieHash(userAgent, appSuiteClient, "1", "6")}`);
    expect((await whoami(oxbow.url, guest)).json).toHaveProperty("data");
  });

  test("users of two contexts with the same number never share a push", async () => {
    const [first, second] = [await logIn("anton"), await logIn("anton@2")];
    const one = await openEngineSocket(oxbow.url, { login: first, protocol: 4 });
    const two = await openEngineSocket(oxbow.url, { login: second, protocol: 4 });
    for (const context of [1, 2])
      expect(
        (await push(oxbow.url, { context, user: 3, event: "x:context", payload: { context } })).json["sockets"],
      ).toBe(1);
    await one.frame((frame) => frame === '42["x:context",{"context":1}]');
    await two.frame((frame) => frame === '42["x:context",{"context":2}]');
    expect([...one.frames, ...two.frames].filter((frame) => frame.startsWith("42"))).toHaveLength(2);
  });
});

describe("a user with a second factor pending", () => {
  test("logs in, is told so, and asks who it is", async () => {
    const login = await logIn("mfa");
    expect(login.answer.json).toMatchObject({ user_id: 5, requires_multifactor: true });
    const answer = await whoami(oxbow.url, login);
    expect(asObject(answer.json["data"])).toMatchObject({ user_id: 5, requires_multifactor: true });
  });

  test.each([3, 4] as const)("opens no socket (Engine.IO %i)", async (protocol) => {
    const login = await logIn("mfa");
    const target = `/socket.io/?${socketQuery({ login, protocol })}`;
    const answer = await rawRequest(oxbow.url, upgradeBytes({ target, cookie: login.cookie, userAgent }));
    expect(answer).toMatchObject({ status: 403, body: "", answers: 1, closed: true });
  });

  test("gets MFA-0001 from every other route, as JSON with 200, as a page with 500", async () => {
    const login = await logIn("mfa");
    const url = `/ajax/capabilities?action=all&session=${login.session}`;
    expect((await asBrowser(`${oxbow.url}${url}`, login)).json["code"]).toBe("MFA-0001");
    const headers = { Cookie: login.cookie, "User-Agent": userAgent, Accept: "text/html" };
    expect((await rawRequest(oxbow.url, getBytes(url, headers))).status).toBe(500);
  });
});

test("capabilities are the user's own; a guest never has the web socket", async () => {
  const idsOf = async (name: string): Promise<string> => {
    const login = await logIn(name);
    return (await asBrowser(`${oxbow.url}/ajax/capabilities?action=all&session=${login.session}`, login)).text;
  };
  const dora = await idsOf("dora");
  expect(dora).toMatch(/"webmail".*"websocket"|"websocket".*"webmail"/s);
  expect(dora).not.toContain('"calendar"');
  expect(await idsOf("guest")).not.toContain('"websocket"');
});

test("pushes to users and contexts that the file does not have: 404", async () => {
  expect((await notify(oxbow.url, mailNotice({ user: "9@1" }))).status).toBe(404);
  expect((await notify(oxbow.url, mailNotice({ user: "4@2" }))).status).toBe(404);
  expect((await push(oxbow.url, { context: 3, user: 3, event: "x:y", payload: {} })).status).toBe(404);
});

describe("a reload", () => {
  test.each<{ readonly name: string; readonly ends: string; readonly content: () => string }>([
    {
      name: "that disables a user",
      ends: "anton",
      content: () => file(allUsers().replace(everybody[3](), userLine(3, "anton", ", enabled: false"))),
    },
    { name: "that lacks a user", ends: "berta", content: () => file(allUsers().replace(everybody[4](), "")) },
    {
      name: "that holds another password",
      ends: "dora",
      content: () => file(allUsers().replace(everybody[7](), userLine(7, "dora", "", otherHash))),
    },
    { name: "that disables a context", ends: "anton@2", content: () => file(allUsers(), "false") },
  ])(
    "$name ends that user's sessions and sockets with session:invalid, and nobody else's",
    async ({ ends, content }) => {
      const staying = ends === "berta" ? "anton" : "berta";
      const [ending, other] = [await logIn(ends), await logIn(staying)];
      const socket = await openEngineSocket(oxbow.url, { login: ending, protocol: 4 });
      const witness = await openEngineSocket(oxbow.url, { login: other, protocol: 3 });
      await reload(content());
      await socket.closed(2_500);
      expect(socket.frames).toContain('42["session:invalid"]');
      expect((await whoami(oxbow.url, ending)).json["code"]).toMatch(/^SES-/);
      expect(await upgradeStatus(ending)).toBe(403);
      expect(await codeOf(ends)).toMatch(/^[A-Z]{3}-/);
      expect((await whoami(oxbow.url, other)).json).toHaveProperty("data");
      expect(witness.closeCode()).toBeUndefined();
      await reload(file(allUsers()));
      await waitFor("the user may log in again", async () => (await codeOf(ends)) === undefined);
    },
  );

  test("of a file with a mistake keeps everybody, and names the file but no password", async () => {
    const login = await logIn("anton");
    const before = oxbow.output().length;
    await reload(file(allUsers().replace("id: 4", "id: 3")));
    await waitFor("the complaint", () => oxbow.output().slice(before).includes("users.yaml"));
    expect(oxbow.output().slice(before)).not.toContain(hash);
    expect((await whoami(oxbow.url, login)).json).toHaveProperty("data");
    expect((await logIn("berta")).answer.status).toBe(200);
    await reload(file(allUsers()));
  });
});

test.each([
  { name: "a user twice", content: () => file(allUsers() + everybody[3]()), says: /login|id/ },
  { name: "a misspelt field", content: () => file(allUsers().replace("locale", "local")), says: /local/ },
  {
    name: "a password that is no scrypt string",
    content: () => file(userLine(3, "anton", "", "plain-t3xt")),
    says: /password/,
  },
  { name: "broken YAML", content: () => "contexts: [\n", says: /users\.yaml/ },
])("a directory file with $name stops the start, naming the file and never a password", async ({ content, says }) => {
  const exit = await runOxbow({
    files: { "users.yaml": content() },
    pathSettings,
  });
  expect(exit.code).toBe(1);
  expect(exit.output).toContain("users.yaml");
  expect(exit.output).toMatch(says);
  for (const secret of [hash, "plain-t3xt"]) expect(exit.output).not.toContain(secret);
});
