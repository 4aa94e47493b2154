/** Asking the middleware must do no harm: each known trap of `whoami`, at the real product. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  believingProxies,
  openMiddleware,
  openOxbow,
  peekPeriodMs,
  upgrade,
} from "../../support/acceptance/behind-middleware.ts";
import { connectClient } from "../../support/acceptance/clients.ts";
import { ask, logIn, type Login, readLogin, userAgent } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import type { StandIn } from "../../support/middleware/stand-in.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

const browserAddress = "203.0.113.7";
const fields = { "com.openexchange.cookie.hash.fields": "X-Device" };

let middleware: StandIn;
let oxbow: Oxbow;
beforeAll(async () => {
  middleware = await openMiddleware({
    switches: { considerXForwards: true, knownProxies: ["127.0.0.1"], hashFields: ["X-Device"] },
  });
  oxbow = await openOxbow(middleware.url, { ...believingProxies, ...fields });
});

/** A login that came through a proxy from this address. */
async function logInFrom(address: string, name = "anton"): Promise<Login> {
  const headers = { "User-Agent": userAgent, "X-Forwarded-For": address, "X-Device": "desktop" };
  const body = new URLSearchParams({ name, password: "secret", client: "open-xchange-appsuite" });
  return readLogin(await ask(`${middleware.url}/ajax/login?action=login`, { method: "POST", headers, body }));
}

const fromBrowser = { "X-Forwarded-For": browserAddress, "X-Device": "desktop" };

test("the middleware is asked exactly as the browser would ask it through one more proxy", async () => {
  const login = await logInFrom(browserAddress);
  middleware.traffic.forget();
  const host = "mail.example.org";
  const answer = await upgrade(oxbow, login, {
    headers: { ...fromBrowser, Host: host, Accept: "*/*", "X-Other": "1" },
  });
  expect(answer.status).toBe(101);
  const [seen, ...more] = middleware.traffic.seen("whoami");
  expect(more).toEqual([]);
  expect([seen?.method, seen?.path]).toEqual(["GET", "/ajax/system"]);
  expect(Object.fromEntries(seen?.query ?? [])).toEqual({ action: "whoami", session: login.session });
  expect(seen?.headers).toMatchObject({
    cookie: login.cookie,
    "user-agent": userAgent,
    accept: "application/json",
    host,
    "x-forwarded-for": browserAddress,
    "x-device": "desktop",
  });
  expect(seen?.headers).not.toHaveProperty("x-other");
  expect(seen?.headers).not.toHaveProperty("upgrade");
});

test("a session whose second factor is still asked for is refused, though whoami succeeds", async () => {
  Object.assign(middleware.people.person(1, 4) ?? {}, { multifactor: true });
  const login = await logInFrom(browserAddress, "berta");
  const headers = { "User-Agent": userAgent, Cookie: login.cookie, ...fromBrowser };
  const { json } = await ask(`${middleware.url}/ajax/system?action=whoami&session=${login.session}`, { headers });
  expect(json).toHaveProperty("data.requires_multifactor", true);
  const before = (await scrape(oxbow.internalUrl)).sum("oxbow_handshakes_total", { result: "multifactor-pending" });
  expect((await upgrade(oxbow, login, { headers: fromBrowser })).status).toBe(403);
  const after = (await scrape(oxbow.internalUrl)).sum("oxbow_handshakes_total", { result: "multifactor-pending" });
  expect(after - before).toBe(1);
  expect(middleware.sessions.peek(login.session)).toBeDefined();
  Object.assign(middleware.sessions.peek(login.session) ?? {}, { multifactor: "done" });
  expect((await upgrade(oxbow, login, { headers: fromBrowser })).status).toBe(101);
});

describe("under a strict check of addresses", () => {
  beforeEach(() => {
    middleware.switches.ipCheck = "strict";
  });
  afterEach(() => {
    middleware.switches.ipCheck = "none";
  });

  test("a session survives its handshakes, and stays bound to its browser's address", async () => {
    const login = await logInFrom(browserAddress);
    for (let count = 0; count < 3; count += 1)
      expect((await upgrade(oxbow, login, { headers: fromBrowser })).status).toBe(101);
    expect(middleware.sessions.peek(login.session)?.localIp).toBe(browserAddress);
  });

  test("what a browser itself claims about its address reaches nobody", async () => {
    const login = await logInFrom(browserAddress);
    const spoofed = { ...fromBrowser, "X-Forwarded-For": `198.51.100.1, ${browserAddress}` };
    expect((await upgrade(oxbow, login, { headers: spoofed })).status).toBe(101);
    const seen = middleware.traffic.seen("whoami").at(-1)?.headers["x-forwarded-for"];
    expect(seen).toBe(browserAddress);
  });

  test("the same cookies from elsewhere get no socket", async () => {
    const login = await logInFrom(browserAddress);
    const stolen = { ...fromBrowser, "X-Forwarded-For": "198.51.100.1" };
    expect((await upgrade(oxbow, login, { headers: stolen })).status).toBe(403);
  });
});

describe("a product that considers no forwarding headers", () => {
  let beside: Oxbow;
  let short: StandIn;
  beforeAll(async () => {
    short = await openMiddleware({ switches: { sessionLifeMs: 3 * peekPeriodMs } });
    beside = await openOxbow(short.url);
  });
  const warnings = (product: Oxbow): readonly string[] =>
    product.logs().flatMap(({ level, msg }) => (level === 40 && typeof msg === "string" ? [msg] : []));
  const ofAddresses = /end(s|ed)? (every|the) session/;

  test("says at its start that a middleware which checks addresses would end sessions; others do not", () => {
    expect(warnings(beside)).toContainEqual(expect.stringMatching(/com\.openexchange\.server\.considerXForwards/));
    expect(warnings(beside)).toContainEqual(expect.stringMatching(ofAddresses));
    expect(warnings(oxbow)).not.toContainEqual(expect.stringMatching(ofAddresses));
  });

  test("says so again when a handshake shows that a proxy is there", async () => {
    const before = warnings(beside).length;
    await upgrade(beside, await logIn(short.url), { headers: { "X-Forwarded-For": browserAddress } });
    await waitFor("a warning", () => warnings(beside).length > before);
    expect(warnings(beside).at(-1)).toContain("com.openexchange.server.knownProxies");
    expect(beside.output()).not.toContain(browserAddress);
  });

  test("ends a socket whose session lives on it alone when its time is over", async () => {
    const login = await logIn(short.url);
    const client = connectClient(beside.url, "4.8", { login, reconnection: false });
    await client.connected();
    const session = short.sessions.peek(login.session);
    expect(session?.touches).toBe(1);
    await client.event("session:invalid", () => true, 10 * peekPeriodMs);
    expect(session?.touches).toBe(1); // asked meanwhile, but never kept alive
    expect(short.traffic.ofSession("peek", login.session).requests).toBeGreaterThan(1);
    expect(short.traffic.ofSession("whoami", login.session).requests).toBe(1);
  });
});

describe("the HTTP session", () => {
  test("of the browser goes along, so that none is made for a handshake", async () => {
    const login = await logInFrom(browserAddress);
    const own = middleware.sessions.peek(login.session)?.httpSession;
    const { made } = middleware.httpSessions;
    for (let count = 0; count < 3; count += 1) await upgrade(oxbow, login, { headers: fromBrowser });
    expect(middleware.httpSessions.made).toBe(made);
    expect(middleware.sessions.peek(login.session)?.httpSession).toBe(own);
  });

  test("that is new to a browser without one reaches no other browser", async () => {
    const login = await logInFrom(browserAddress);
    const cookie = login.cookie.replace(/JSESSIONID=[^;]*(; )?/, "");
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => upgrade(oxbow, { ...login, cookie }, { headers: fromBrowser })),
    );
    // Dropped knowingly: whoever shares an answer must not share its cookies.
    for (const { status, raw } of answers) expect([status, /set-cookie/i.test(raw)]).toEqual([101, false]);
  });
});
