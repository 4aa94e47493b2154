/** The log at its most talkative level holds none of what must not be in it, and is made for its reader. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { clientVersions, connectClient } from "../../support/acceptance/clients.ts";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import {
  asBrowser,
  ask,
  cookieHash,
  logIn,
  logOut,
  mailNotice,
  notify,
  push,
  pushTo,
  tryLogin,
  userAgent,
  whoami,
} from "../../support/acceptance/http.ts";
import { getBytes, rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { type LogLine, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

const subject = "Quarterly figures of Acme";
const address = "jane.doe@customer.example";
const snippet = "Dear Anton please find";
const displayName = "Jane Q. Doe";
const restPassword = "8dk2-xw91-qq7z";

/** Everything that touches something private, in one run of the product; returns what was private, and the log. */
async function privateLife(): Promise<{
  readonly hidden: readonly string[];
  readonly output: string;
  readonly lines: readonly LogLine[];
}> {
  const oxbow = await startOxbow({
    properties: {
      ...restCredentials,
      "com.openexchange.rest.services.basic-auth.password": restPassword,
      "com.openexchange.oxbow.logLevel": "trace",
      "com.openexchange.oxbow.transports": "websocket,polling",
      "com.openexchange.oxbow.maxSocketsPerUser": "2",
      "com.openexchange.sessiond.autologin": "true",
    },
  });
  const { url } = oxbow;
  const authorization = `Basic ${Buffer.from(`rest:${restPassword}`).toString("base64")}`;
  const rest = { Authorization: authorization };
  const login = await logIn(url, "anton", { staySignedIn: "true" });
  const other = await logIn(url, "berta");
  await tryLogin(url, { name: "anton", password: "wrong-password-77" });
  await tryLogin(url, { name: "anton@nowhere", password: "wrong-password-77" });
  await ask(`${url}/ajax/login?action=login&name=anton&password=url-password-88`);
  await whoami(url, login);
  await whoami(url, { session: login.session, cookie: other.cookie });
  await asBrowser(`${url}/ajax/login?action=refreshSecret&session=${login.session}`, login);
  await asBrowser(`${url}/ajax/login?action=autologin&client=open-xchange-appsuite`, login);
  await ask(`${url}/preliminary/session/v1/get/${login.session}`, { headers: rest });
  await ask(`${url}/preliminary/session/v1/get/${login.session}`, {
    headers: { Authorization: "Basic d3Jvbmc6c2VjcmV0LTk5" },
  });
  await ask(`${url}/nothing/${login.session}?session=${login.session}`, { headers: { Cookie: login.cookie } });

  const target = (session: string, transport: string): string =>
    `/socket.io/?session=${session}&EIO=4&transport=${transport}`;
  const refused = [
    upgradeBytes({ target: target(login.session, "websocket"), cookie: other.cookie, userAgent }),
    upgradeBytes({ target: target(login.session, "websocket"), cookie: login.cookie, userAgent: "Other/1.0" }),
    upgradeBytes({ target: target(login.session, "nothing"), cookie: login.cookie, userAgent }),
    upgradeBytes({ target: `/socket.io/else/?session=${login.session}`, cookie: login.cookie, userAgent }),
    upgradeBytes({ target: target("0123456789abcdef".repeat(2), "websocket"), cookie: login.cookie, userAgent }),
    upgradeBytes({
      target: target(login.session, "websocket"),
      cookie: login.cookie,
      headers: { Origin: "http://evil.example" },
    }),
    getBytes(`${target(login.session, "polling")}&sid=unknown`, { Cookie: login.cookie, "User-Agent": userAgent }),
    `GET ${target(login.session, "websocket")} HTTP/1.1\r\nCookie: ${login.cookie}\r\nX: ${"x".repeat(10_000)}\r\n\r\n`,
    `GET ${target(login.session, "websocket")}\r\nCookie: ${login.cookie}\r\n\r\n`,
  ];
  for (const bytes of refused) await rawRequest(url, bytes);

  const mail = { from: `${displayName} <${address}>`, subject, snippet, unseen: 2 };
  const clients = [];
  for (const version of clientVersions) {
    const client = connectClient(url, version, { login, reconnection: false });
    await client.connected();
    clients.push(client);
  }
  await notify(url, mailNotice(mail), rest);
  await clients.at(-1)?.event("ox:mail:new");
  const faulty = [mailNotice({ ...mail, user: address }), mailNotice({ ...mail, "imap-uid": address }), { ...mail }];
  for (const body of [...faulty, `{"subject":"${subject}","from":"${address}`]) await notify(url, body, rest);
  await notify(url, mailNotice({ ...mail, user: "99@1" }), rest);
  await push(url, { context: 1, user: 3, event: "ox:mail:new", payload: { subject, email: address } }, rest);
  await push(url, { context: 1, user: 3, event: "", payload: { subject, email: address } }, rest);

  const rude = await openEngineSocket(url, { login, protocol: 4, connection: "c" });
  rude.send(`42["${subject}",{"cookie":"${login.cookie}"}]`);
  rude.send(`42["${login.session}`);
  await rude.closed().catch(() => undefined);
  oxbow.kill("SIGHUP");
  await logOut(url, login);
  await logOut(url, other);
  await tryLogin(url, { name: address, password: "wrong-password-77" });
  const { output } = await oxbow.stop();
  const cookies = [...login.cookies.values(), ...other.cookies.values()].filter((value) => value.length > 8);
  const hidden = [
    login.session,
    other.session,
    "0123456789abcdef".repeat(2),
    ...cookies,
    ...[
      "wrong-password-77",
      "url-password-88",
      restPassword,
      "secret-99",
      "d3Jvbmc6c2VjcmV0LTk5",
      authorization.slice(6),
    ],
    ...[subject, encodeURIComponent(subject), address, encodeURIComponent(address), snippet, displayName],
    `open-xchange-secret-${cookieHash(userAgent, "open-xchange-appsuite")}=`,
  ];
  return { hidden, output, lines: oxbow.logs() };
}

describe("at the level trace", () => {
  let life: Awaited<ReturnType<typeof privateLife>>;
  beforeAll(async () => {
    life = await privateLife();
  });

  test("no session id, secret, cookie, password, mail subject, name or address is in it", () => {
    expect(life.hidden.filter((part) => life.output.includes(part))).toEqual([]);
  });

  test("not even the beginning of a session id or secret is in it", () => {
    const beginnings = life.hidden.filter((part) => /^[0-9a-f]{32}$/.test(part)).map((part) => part.slice(0, 16));
    expect(beginnings.length).toBeGreaterThan(3);
    expect(beginnings.filter((part) => life.output.includes(part))).toEqual([]);
  });

  test("it has something to say, one JSON object a line with a level and a time", () => {
    expect(life.lines.length).toBeGreaterThan(3);
    for (const line of life.lines) {
      expect(line).toHaveProperty("level");
      expect(Object.keys(line).some((name) => /^(time|timestamp|ts)$/.test(name))).toBe(true);
    }
  });

  test("nothing of it is a stack trace of an unhandled fault", () => {
    expect(life.output).not.toMatch(/unhandledRejection|uncaughtException|TypeError|RangeError/);
  });
});

test("no line break from outside gets into the log", async () => {
  const oxbow = await startOxbow({ properties: { ...restCredentials, "com.openexchange.oxbow.logLevel": "trace" } });
  await tryLogin(oxbow.url, { name: 'x"\n{"level":60,"msg":"forged"}\n', password: "x" });
  await pushTo(oxbow.url, 3, 'x\n{"level":60,"msg":"forged"}\n', {}).catch(() => undefined);
  await oxbow.stop();
  expect(oxbow.output()).not.toMatch(/^\{"level":60,"msg":"forged"\}/m);
});

test("on a terminal it is written for people", async () => {
  const root = path.resolve(import.meta.dirname, "../../..");
  const set = ["com.openexchange.connector.networkListenerPort=0", "com.openexchange.oxbow.internalPort=0"];
  const product = `timeout --signal=TERM 4 ${process.execPath} server/oxbow.mjs --set ${set.join(" --set ")}`;
  const env = { ...process.env, NODE_OPTIONS: "" };
  const { stdout } = await promisify(execFile)("script", ["-qec", product, "/dev/null"], { cwd: root, env }).catch(
    (error: unknown) => ({
      stdout: typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : "",
    }), // `timeout` exits with 124
  );
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  expect(stdout).toMatch(/demo/i);
  expect(stdout.split(/\r?\n/).filter((line) => line.startsWith("{"))).toEqual([]);
});
