/** The IP check and what a reload may not bring, as an operator meets them: files, signals, log lines, real requests. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type Answer, ask, logIn, type Login, userAgent } from "../../support/acceptance/http.ts";
import { rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { type Oxbow, propertiesText, restCredentials, runOxbow, startOxbow } from "../../support/oxbow-process.ts";
import { scryptOf } from "../../support/scrypt.ts";
import { waitFor } from "../../support/wait-for.ts";

const mode = "com.openexchange.ipcheck.mode";
const behindProxy = {
  ...restCredentials,
  "com.openexchange.server.considerXForwards": "true",
  "com.openexchange.server.knownProxies": "127.0.0.0/8",
};
const home = "203.0.113.1";

const whoamiFrom = (oxbow: Oxbow, login: Login, address: string): Promise<Answer> =>
  ask(`${oxbow.url}/ajax/system?action=whoami&session=${login.session}`, {
    headers: { "User-Agent": userAgent, Cookie: login.cookie, "X-Forwarded-For": address },
  });

async function upgradeFrom(oxbow: Oxbow, login: Login, address: string): Promise<number> {
  const bytes = upgradeBytes({
    target: `/socket.io/?session=${login.session}&EIO=4&transport=websocket`,
    cookie: login.cookie,
    userAgent,
    headers: { "X-Forwarded-For": address },
  });
  return (await rawRequest(oxbow.url, bytes, { untilAnswer: true })).status;
}

/** Sends SIGHUP and returns what is printed until the reload is over. */
async function reload(oxbow: Oxbow): Promise<string> {
  const before = oxbow.output().length;
  oxbow.kill("SIGHUP");
  await waitFor("the reload", () => oxbow.output().slice(before).includes('"event":"reloaded"'));
  return oxbow.output().slice(before);
}

describe("a mode of the IP check", () => {
  test("by country stops the start with a line that says what to set", async () => {
    const exit = await runOxbow({ properties: { ...restCredentials, [mode]: "countrycode" } });
    expect(exit.code).toBe(1);
    expect(exit.output).toContain(`${mode}=countrycode`);
    expect(exit.output).toMatch(/none or strict/);
    expect(exit.output).not.toContain('"event":"listening"');
  });

  test("that nobody knows is warned about and means none", async () => {
    const oxbow = await startOxbow({ properties: { ...behindProxy, [mode]: "paranoid" } });
    expect(oxbow.output()).toMatch(/ipcheck\.mode.*paranoid.*not understood/);
    const login = await logIn(oxbow.url, "anton", { clientIP: home });
    expect((await whoamiFrom(oxbow, login, "203.0.113.2")).json).toHaveProperty("data");
  });
});

describe("with the strict check", () => {
  let oxbow: Oxbow;
  beforeAll(async () => {
    oxbow = await startOxbow({
      properties: { ...behindProxy, [mode]: "strict" },
      files: { "noipcheck.cnf": "# the VPN\n198.51.100.0/24\n\nnot an address\n2001:db8::1 - 2001:db8::f\n" },
    });
  });
  const loggedIn = (): Promise<Login> => logIn(oxbow.url, "anton", { clientIP: home });

  test("a bad line of noipcheck.cnf is named with file and line, and the others count", async () => {
    expect(oxbow.output()).toMatch(/noipcheck\.cnf:4: is no address or range/);
    const login = await loggedIn();
    for (const address of ["198.51.100.7", "2001:db8::9", home, `::ffff:${home}`]) {
      expect((await whoamiFrom(oxbow, login, address)).json).toHaveProperty("data");
      expect(await upgradeFrom(oxbow, login, address)).toBe(101);
    }
  });

  test("a stolen id and secret open nothing from elsewhere: an upgrade changes nothing, a request ends the session", async () => {
    const login = await loggedIn();
    expect(await upgradeFrom(oxbow, login, "203.0.113.2")).toBe(403);
    expect((await whoamiFrom(oxbow, login, home)).json).toHaveProperty("data");
    const refused = await whoamiFrom(oxbow, login, "203.0.113.2");
    expect(refused.json).toMatchObject({ code: "SES-0203" });
    expect(refused.headers.getSetCookie().join("\n")).toMatch(/^open-xchange-secret-\w+=invalid; Max-Age=0/m);
    expect((await whoamiFrom(oxbow, login, home)).json).toMatchObject({ code: "SES-0203" });
  });

  test("a reload reads noipcheck.cnf and the settings again", async () => {
    await oxbow.writeConfig("noipcheck.cnf", "203.0.113.2\nrubbish\n");
    expect(await reload(oxbow)).toMatch(/noipcheck\.cnf:2: is no address or range/);
    const login = await loggedIn();
    expect(await upgradeFrom(oxbow, login, "203.0.113.2")).toBe(101);
    expect(await upgradeFrom(oxbow, login, "198.51.100.7")).toBe(403);
    await oxbow.writeConfig("20-mask.properties", "com.openexchange.IPMaskV4=/8\n");
    await reload(oxbow);
    expect(await upgradeFrom(oxbow, login, "203.99.99.99")).toBe(101);
  });

  test("a reload to checks by country changes nothing at all, and says so", async () => {
    await oxbow.writeConfig("30-more.properties", `${mode}=countrycode\ncom.openexchange.IPCheckWhitelist=*\n`);
    expect(await reload(oxbow)).toMatch(/kept the last good state: .*countrycode/);
    const login = await loggedIn();
    expect(await upgradeFrom(oxbow, login, "192.0.2.1")).toBe(403);
    await oxbow.writeConfig("30-more.properties", "");
  });
});

test("the demo's credentials do not come to a listener beyond loopback by a reload", async () => {
  const own = {
    "com.openexchange.rest.services.basic-auth.login": "producer",
    "com.openexchange.rest.services.basic-auth.password": "8dk2-xw91-qq7z",
  };
  const directory = `contexts: [{ id: 1, name: example, users: [{ id: 3, login: anton, password: "${scryptOf("secret")}" }] }]`;
  const oxbow = await startOxbow({
    properties: { ...own, "com.openexchange.connector.networkListenerHost": "0.0.0.0" },
    files: { "directory.yaml": directory },
    pathSettings: { "com.openexchange.oxbow.directory": "directory.yaml" },
  });
  const statusFor = async (credentials: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
    const url = `http://127.0.0.1:${oxbow.port}/preliminary/session/v1/get/${"0".repeat(32)}`;
    return (await ask(url, { headers: { Authorization: authorization } })).status;
  };
  expect(await statusFor("producer:8dk2-xw91-qq7z")).toBe(200);
  await oxbow.writeConfig("20-demo.properties", propertiesText(restCredentials));
  expect(await reload(oxbow)).toMatch(/kept the last good state: .*rest\/rest/);
  expect([await statusFor("rest:rest"), await statusFor("producer:8dk2-xw91-qq7z")]).toEqual([401, 200]);
});

test("a header of a proxy that is not known any more is ignored after a reload", async () => {
  const oxbow = await startOxbow({ properties: { ...behindProxy, [mode]: "strict" } });
  const login = await logIn(oxbow.url, "anton", { clientIP: home });
  expect(await upgradeFrom(oxbow, login, home)).toBe(101);
  await oxbow.writeConfig("20-proxies.properties", "com.openexchange.server.knownProxies=192.0.2.99\n");
  await reload(oxbow);
  expect(await upgradeFrom(oxbow, login, home)).toBe(403);
});
