/** Configuration at the start: what stops it, what is warned about, and which of several values counts. */
import { describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ask, type Answer, logIn, notify, mailNotice } from "../../support/acceptance/http.ts";
import {
  type OxbowOptions,
  restCredentials,
  runOxbow,
  startOxbow,
  temporaryDirectory,
} from "../../support/oxbow-process.ts";

const own = "com.openexchange.oxbow.";
const basicAuth = "com.openexchange.rest.services.basic-auth.";

const notifyAs = async (url: string, login: string, password: string): Promise<Answer> =>
  notify(url, mailNotice(), { Authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}` });

/** Runs a start that must fail, and returns what it said. */
async function refusedStart(options: OxbowOptions): Promise<string> {
  const exit = await runOxbow(options);
  expect(exit.signal).toBeNull();
  expect(exit.code).toBe(1);
  expect(exit.output).not.toMatch(/\n\s+at \S+ \(|"event":"listening"/);
  return exit.output;
}
const atLine = (file: string, line: number): RegExp =>
  new RegExp(`${file.replace(/[.]/g, "\\.")}(:|,? line |\\\\?",\\\\?"line\\\\?":)${line}\\b`);

describe("a start is stopped by", () => {
  test.each([
    { name: "maxSocketsPerUser", value: "many", allowed: /whole number/i },
    { name: "maxSocketsPerUser", value: "0", allowed: /from 1/i },
    { name: "maxBodyBytes", value: "-1", allowed: /bytes|size/i },
    { name: "maxMessageBytes", value: "", allowed: /bytes|size/i },
    { name: "connectTimeout", value: "5 parsecs", allowed: /time span/i },
    { name: "transports", value: "websocket,carrier-pigeon", allowed: /websocket.*polling/i },
    { name: "allowedOrigins", value: "ox.example.com", allowed: /origin/i },
    { name: "demoBeyondLoopback", value: "yes", allowed: /true.*false/i },
    { name: "port", value: "65536", allowed: /65535/ },
    { name: "logLevel", value: "loud", allowed: /info/ },
  ])(
    "$name=$value, and the message names file, line, name, value and what is allowed",
    async ({ name, value, allowed }) => {
      const said = await refusedStart({
        files: { "sub/20-wrong.properties": `# a comment\n! another one\n${own}${name} = ${value}\n` },
      });
      expect(said).toMatch(atLine("20-wrong.properties", 3));
      expect(said).toContain(`${own}${name}`);
      if (value !== "") expect(said).toContain(value);
      expect(said).toMatch(allowed);
    },
  );

  test("a wrong value of --set, which the message names as such", async () => {
    const said = await refusedStart({ set: { [`${own}maxSocketsPerUser`]: "many" } });
    expect(said).toContain(`${own}maxSocketsPerUser`);
    expect(said).toContain("--set");
    expect(said).toMatch(/whole number/i);
  });

  test("a wrong secret, whose value is not shown", async () => {
    const said = await refusedStart({ files: { "20.properties": `${own}adminToken=Geh3im\n` } });
    expect(said).toContain(`${own}adminToken`);
    expect(said).not.toContain("Geh3im");
  });

  test("several wrong values, all of which are named at once", async () => {
    const said = await refusedStart({ files: { "20.properties": `${own}pingInterval=x\n${own}pingTimeout=y\n` } });
    expect(said).toContain(`${own}pingInterval`);
    expect(said).toContain(`${own}pingTimeout`);
  });

  test("a malformed escape in a file, with its line", async () => {
    const said = await refusedStart({ files: { "20-broken.properties": `${own}logLevel=info\nname=\\u00zz\n` } });
    expect(said).toMatch(atLine("20-broken.properties", 2));
  });

  test("a directory that is not there", async () => {
    const missing = path.join(temporaryDirectory(), "nothing");
    expect(await refusedStart({ args: ["--config", missing] })).toContain(missing);
  });

  test("a directory file that is not there", async () => {
    const missing = path.join(temporaryDirectory(), "users.json");
    expect(await refusedStart({ set: { [`${own}directory`]: missing } })).toContain(missing);
  });
});

test.each([["--nonsense"], ["--set", "without-equals-sign"]])(
  "a wrong call (%s) ends with exit code 2",
  async (...args) => {
    const exit = await runOxbow({ args });
    expect(exit.code).toBe(2);
  },
);

describe("a start goes on, with a warning, after", () => {
  test("an unknown name of our own: the warning names place and nearest known name", async () => {
    const oxbow = await startOxbow({ files: { "20.properties": `\n${own}maxSocketPerUsers=3\n` } });
    expect(oxbow.output()).toMatch(atLine("20.properties", 2));
    expect(oxbow.output()).toContain(`${own}maxSocketPerUsers`);
    expect(oxbow.output()).toContain(`${own}maxSocketsPerUser`);
    await oxbow.stop();
  });

  test("a name set twice in one directory: the warning names both places, the last path wins", async () => {
    const oxbow = await startOxbow({
      files: {
        "20-first.properties": `\n\n${basicAuth}password=first\n`,
        "sub/30-second.properties": `\n${basicAuth}password=second\n`,
      },
      properties: { [`${basicAuth}login`]: "rest" },
    });
    expect(oxbow.output()).toMatch(atLine("20-first.properties", 3));
    expect(oxbow.output()).toMatch(atLine("30-second.properties", 2));
    expect(oxbow.output()).not.toMatch(/password=(first|second)|: ?"?(first|second)"/);
    expect((await notifyAs(oxbow.url, "rest", "second")).status).toBe(200);
    expect((await notifyAs(oxbow.url, "rest", "first")).status).toBe(401);
    await oxbow.stop();
  });

  test("an odd value of a name of the middleware's, which means what it means there", async () => {
    const oxbow = await startOxbow({
      properties: { ...restCredentials, "com.openexchange.websockets.enabled": "yes" },
    });
    expect(oxbow.output()).toContain("com.openexchange.websockets.enabled");
    const login = await logIn(oxbow.url);
    const answer = await ask(`${oxbow.url}/ajax/capabilities?action=all&session=${login.session}`, {
      headers: { Cookie: login.cookie, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) TestBrowser/1.0" },
    });
    expect(answer.json).toHaveProperty("data");
    expect(answer.text).not.toContain("websocket");
    await oxbow.stop();
  });

  test("names of the middleware's that are not ours to know, without a word about them", async () => {
    const oxbow = await startOxbow({ files: { "other.properties": "com.openexchange.mail.something=1\n" } });
    expect(oxbow.output()).not.toContain("com.openexchange.mail.something");
    await oxbow.stop();
  });
});

describe("of several values", () => {
  test("a later directory beats an earlier one, and --set beats both", async () => {
    const later = temporaryDirectory();
    writeFileSync(path.join(later, "a.properties"), `${basicAuth}password=later\n${basicAuth}login=late\n`);
    const oxbow = await startOxbow({ args: ["--config", later], set: { [`${basicAuth}login`]: "set" } });
    expect((await notifyAs(oxbow.url, "set", "later")).status).toBe(200);
    expect((await notifyAs(oxbow.url, "late", "later")).status).toBe(401);
    expect((await notifyAs(oxbow.url, "rest", "rest")).status).toBe(401);
    await oxbow.stop();
  });

  test("the grammar is that of Java properties in UTF-8", async () => {
    const oxbow = await startOxbow({
      properties: {},
      files: {
        "UPPER.PROPERTIES": `\t ${basicAuth}login : r\\u00e4st   \r\n`,
        "deep/er/20.properties": `# comment \\\n! another\n${basicAuth.replaceAll(".", "\\u002e")}password   p\\=w:\\\n      d\\\\ ü😀 #x!  \n`,
      },
    });
    expect((await notifyAs(oxbow.url, "räst", "p=w:d\\ ü😀 #x!")).status).toBe(200);
    await oxbow.stop();
  });

  test("an empty one is a value", async () => {
    const oxbow = await startOxbow({ set: { [`${basicAuth}password`]: "" } });
    expect((await notifyAs(oxbow.url, "rest", "")).status).toBe(401);
    expect((await notifyAs(oxbow.url, "rest", "rest")).status).toBe(401);
    await oxbow.stop();
  });
});
