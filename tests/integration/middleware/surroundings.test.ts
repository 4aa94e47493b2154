/** What else differs behind a middleware: routes that are not ours, several URLs, an authority of one's own, credentials. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  behind,
  openMiddleware,
  openOxbow,
  peekPeriodMs,
  upgrade,
} from "../../support/acceptance/behind-middleware.ts";
import { connectClient } from "../../support/acceptance/clients.ts";
import { ask, asBrowser, logIn, mailNotice, notify, pushTo, restAuthorization } from "../../support/acceptance/http.ts";
import { createTestAuthority } from "../../support/certificates.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { freePorts } from "../../support/free-ports.ts";
import { type Oxbow, runOxbow } from "../../support/oxbow-process.ts";
import { type StandIn, startStandIn } from "../../support/middleware/stand-in.ts";
import { waitFor } from "../../support/wait-for.ts";

let middleware: StandIn;
let oxbow: Oxbow;
beforeAll(async () => {
  middleware = await openMiddleware();
  oxbow = await openOxbow(middleware.url, { "com.openexchange.oxbow.transports": "websocket,polling" });
});

describe("the product's own routes", () => {
  test("for logins, sessions and the playground answer 404", async () => {
    const login = await logIn(middleware.url);
    const paths = [
      "/ajax/login?action=login",
      "/ajax/login?action=autologin",
      `/ajax/login?action=logout&session=${login.session}`,
      `/ajax/system?action=whoami&session=${login.session}`,
      `/ajax/capabilities?action=all&session=${login.session}`,
      `/preliminary/session/v1/get/${login.session}`,
      "/",
    ];
    for (const path of paths) {
      const headers = { Authorization: restAuthorization };
      const asked = await asBrowser(`${oxbow.url}${path}`, login, { headers });
      const posted = await asBrowser(`${oxbow.url}${path}`, login, { headers, method: "POST", body: "name=anton" });
      expect([path, asked.status, posted.status]).toEqual([path, 404, 404]);
    }
    expect(middleware.sessions.peek(login.session)).toBeDefined();
  });

  test("for pushes know no directory: nobody is unknown", async () => {
    const client = connectClient(oxbow.url, "4.8", { login: await logIn(middleware.url), events: ["x:y"] });
    await client.connected();
    expect((await pushTo(oxbow.url, 3, "x:y", { a: 1 })).json["sockets"]).toBe(1);
    expect((await pushTo(oxbow.url, 999, "x:y", { a: 1 })).json["sockets"]).toBe(0);
    expect((await notify(oxbow.url, mailNotice())).status).toBe(200);
    expect((await client.event("ox:mail:new")).args).toHaveLength(1);
    expect((await notify(oxbow.url, mailNotice({ user: "999@7" }))).status).toBe(200);
  });
});

describe("long polling", () => {
  test("asks the middleware at its first request only", async () => {
    const login = await logIn(middleware.url);
    const client = connectClient(oxbow.url, "4.8", { login, transports: ["polling"], events: ["x:y"] });
    await client.connected();
    for (let count = 0; count < 5; count += 1) await pushTo(oxbow.url, 3, "x:y", { count });
    await client.event("x:y", (payload) => JSON.stringify(payload) === '{"count":4}');
    expect(middleware.traffic.ofSession("whoami", login.session).requests).toBe(1);
  });

  test("goes on only with the cookies that it began with: for others its id is unknown", async () => {
    const [login, other] = [await logIn(middleware.url), await logIn(middleware.url, "berta")];
    const path = `${oxbow.url}/socket.io/?session=${login.session}&EIO=4&transport=polling`;
    const opened = await asBrowser(path, login);
    const sid = /"sid":"([^"]+)"/.exec(opened.text)?.[1] ?? "none";
    const join = { method: "POST", body: "40" };
    expect((await asBrowser(`${path}&sid=${sid}`, other, join)).status).toBe(400);
    expect((await ask(`${path}&sid=${sid}`, join)).status).toBe(400);
    expect((await asBrowser(`${path}&sid=${sid}`, login, join)).status).toBe(200);
  });
});

describe("several URLs", () => {
  test("of which one is dead serve all the same", async () => {
    const [deadPort] = await freePorts(1);
    const beside = await openOxbow(`http://127.0.0.1:${deadPort ?? 0}, ${middleware.url}`);
    for (let count = 0; count < 6; count += 1)
      expect((await upgrade(beside, await logIn(middleware.url))).status).toBe(101);
  });

  test("take over from each other while sockets stay open", async () => {
    const first = await openMiddleware();
    const second = owned(await startStandIn({ sharing: first }));
    const beside = await openOxbow(`${first.url},${second.url}`);
    const login = await logIn(first.url);
    const client = connectClient(beside.url, "4.8", { login });
    await client.connected();
    await first.stop();
    for (let count = 0; count < 4; count += 1) expect((await upgrade(beside, login)).status).toBe(101);
    first.sessions.remove(login.session);
    await client.event("session:invalid", () => true, 5 * peekPeriodMs);
    expect(client.life[0]).toBe("connect");
  });
});

test("a certificate of a private authority is believed where that is configured, else nobody is asked: 503", async () => {
  const authority = owned(await createTestAuthority());
  const secure = await openMiddleware({ tls: await authority.issue("localhost") });
  const plain = owned(await startStandIn({ sharing: secure })); // to log in without believing anybody
  const believing = { "com.openexchange.oxbow.middleware.caFile": authority.caFile };
  const [trusting, doubting] = await Promise.all([openOxbow(secure.url, believing), openOxbow(secure.url)]);
  const login = await logIn(plain.url);
  const host = "mail.example.org"; // the browser's, which the certificate does not name
  expect((await upgrade(trusting, login, { headers: { Host: host } })).status).toBe(101);
  expect((await upgrade(doubting, login, { deadlineMs: 15_000 })).status).toBe(503);
  expect(secure.traffic.seen("whoami").map(({ headers }) => headers.host)).toEqual([host]);
});

describe("the REST credentials", () => {
  const own = {
    "com.openexchange.oxbow.middleware.login": "oxbow",
    "com.openexchange.oxbow.middleware.password": "of-its-own",
  };

  test("towards the middleware may differ from those of the own routes", async () => {
    const switches = { basicAuthLogin: "oxbow", basicAuthPassword: "of-its-own" };
    const apart = await openMiddleware({ switches });
    const beside = await openOxbow(apart.url, own);
    expect((await upgrade(beside, await logIn(apart.url))).status).toBe(101);
    expect((await pushTo(beside.url, 3, "x:y", {})).status).toBe(202);
  });

  test("that become wrong close nothing, and are complained about", async () => {
    const client = connectClient(oxbow.url, "4.8", { login: await logIn(middleware.url) });
    await client.connected();
    middleware.switches.basicAuthPassword = "changed";
    onCleanUp(() => Object.assign(middleware.switches, { basicAuthPassword: "rest" }));
    await waitFor(
      "a complaint",
      () => oxbow.logs().some((line) => /credentials/.test(JSON.stringify(line))),
      8 * peekPeriodMs,
    );
    expect(oxbow.output()).not.toContain("rest:rest");
    expect(client.life).toEqual(["connect"]);
  });
});

test("a start without the middleware's URL stops and names the setting", async () => {
  const { code, output } = await runOxbow({ properties: behind("") });
  expect([code, output]).toEqual([1, expect.stringContaining("com.openexchange.oxbow.middlewareUrl")]);
});

test("nothing of a session, a cookie or a secret is logged, whatever goes wrong", async () => {
  const login = await logIn(middleware.url);
  for (const kind of ["rubbish", "html", "reset", "cut"] as const) {
    middleware.disturb("whoami", { kind }, 1);
    await upgrade(oxbow, login);
  }
  middleware.sessions.remove(login.session);
  await upgrade(oxbow, login);
  for (const secret of [login.session, login.secret, login.cookie, ...login.cookies.values()])
    if (secret.length > 8) expect(oxbow.output()).not.toContain(secret);
});
