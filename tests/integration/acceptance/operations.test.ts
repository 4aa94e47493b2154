/** Probes and metrics on the internal listener: what is open, what was refused, and books that balance. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { clientVersions, connectClient, protocolOf } from "../../support/acceptance/clients.ts";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { ask, logIn, type Login, mailNotice, notify, push, pushTo } from "../../support/acceptance/http.ts";
import { balance, type Metrics, scrape } from "../../support/acceptance/metrics.ts";
import { rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

let oxbow: Oxbow;
let anton: Login;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: { ...restCredentials, "com.openexchange.oxbow.transports": "websocket,polling" },
  });
  anton = await logIn(oxbow.url);
});

const metrics = async (): Promise<Metrics> => scrape(oxbow.internalUrl);
const openSockets = async (count: number): Promise<unknown> =>
  waitFor(`${count} open sockets`, async () => (await metrics()).sum("oxbow_connections") === count);

describe("probes", () => {
  test.each(["/live", "/ready", "/started", "/health"])("%s answers 200 and needs no credentials", async (path) => {
    const answer = await ask(`${oxbow.internalUrl}${path}`);
    expect(answer.status).toBe(200);
  });

  test.each(["/ready", "/health"])("%s is JSON that names its checks", async (path) => {
    const answer = await ask(`${oxbow.internalUrl}${path}`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(Object.keys(answer.json).length).toBeGreaterThan(0);
  });

  test("the internal listener has nothing of the public one", async () => {
    for (const path of ["/", "/ajax/login?action=login", "/preliminary/oxbow/v1/push", "/nothing"])
      expect((await ask(`${oxbow.internalUrl}${path}`)).status).toBe(404);
    const target = `/socket.io/?session=${anton.session}&EIO=4&transport=websocket`;
    const answer = await rawRequest(oxbow.internalUrl, upgradeBytes({ target, cookie: anton.cookie }), {
      untilAnswer: true,
    });
    expect(answer).toMatchObject({ status: 404, answers: 1 });
  });
});

describe("metrics", () => {
  test("hold the fixed names and the process's own", async () => {
    const now = await metrics();
    const names = [
      "oxbow_connections",
      "oxbow_handshakes_total",
      "oxbow_pushes_offered_total",
      "oxbow_pushes_written_total",
      "oxbow_pushes_dropped_total",
      "oxbow_pushes_pending",
      "process_cpu_seconds_total",
      "nodejs_eventloop_lag_seconds",
    ];
    for (const name of names) expect({ name, there: now.has(name) }).toEqual({ name, there: true });
    const foreign = now.samples.filter(({ name }) => !/^(oxbow|process|nodejs)_/.test(name));
    expect(foreign).toEqual([]);
  });

  test("count open sockets by transport and protocol", async () => {
    const clients = clientVersions.flatMap((version) =>
      ["websocket", "polling"].map((transport) =>
        connectClient(oxbow.url, version, { login: anton, transports: [transport] }),
      ),
    );
    await Promise.all(clients.map(async (client) => client.connected()));
    await openSockets(clients.length);
    const now = await metrics();
    for (const transport of ["websocket", "polling"])
      for (const eio of ["3", "4"]) {
        const expected = clientVersions.filter((version) => String(protocolOf(version)) === eio).length;
        expect(now.sum("oxbow_connections", { transport, eio })).toBe(expected);
      }
    for (const client of clients) client.close();
    await openSockets(0);
  });

  test("count handshakes by result, a reason per cause", async () => {
    const results = (now: Metrics): Map<string, number> =>
      new Map(
        now.samples
          .filter((sample) => sample.name === "oxbow_handshakes_total")
          .map((sample) => [sample.labels["result"] ?? "", sample.value]),
      );
    const changed = async (action: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = results(await metrics());
      await action();
      const after = results(await metrics());
      return [...after].filter(([name, value]) => value !== (before.get(name) ?? 0)).map(([name]) => name);
    };
    const upgrade = async (session: string, cookie: string, headers = {}): Promise<unknown> => {
      const target = `/socket.io/?session=${session}&EIO=4&transport=websocket`;
      const userAgent = "Mozilla/5.0 (X11; Linux x86_64) TestBrowser/1.0";
      const bytes = upgradeBytes({ target, cookie, userAgent, headers });
      return rawRequest(oxbow.url, bytes, { untilAnswer: true });
    };
    const causes = [
      await changed(async () => upgrade(anton.session, anton.cookie)),
      await changed(async () => upgrade("", anton.cookie)),
      await changed(async () => upgrade("0".repeat(32), anton.cookie)),
      await changed(async () => upgrade(anton.session, "a=b")),
      await changed(async () => upgrade(anton.session, `${anton.secretName}=${"0".repeat(32)}`)),
      await changed(async () => upgrade(anton.session, anton.cookie, { Origin: "http://evil.example" })),
    ];
    expect(causes.map((names) => names.length)).toEqual(causes.map(() => 1));
    expect(new Set(causes.flat()).size).toBe(causes.length);
    await openSockets(0);
  });

  test("count a request without a valid session apart from the handshakes", async () => {
    const before = await metrics();
    await ask(`${oxbow.url}/ajax/system?action=whoami&session=${"0".repeat(32)}`);
    const now = await metrics();
    const reason = { reason: "session-unknown" };
    expect(now.sum("oxbow_requests_refused_total", reason)).toBe(
      before.sum("oxbow_requests_refused_total", reason) + 1,
    );
    expect(now.sum("oxbow_handshakes_total")).toBe(before.sum("oxbow_handshakes_total"));
  });

  test("measure the time from the producer's request to the write", async () => {
    const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
    const observed = (now: Metrics): number =>
      now.samples
        .filter(({ name }) => /^oxbow_push\w*_seconds_count$/.test(name))
        .reduce((sum, { value }) => sum + value, 0);
    const before = observed(await metrics());
    await notify(oxbow.url, mailNotice());
    await socket.frame((frame) => frame.startsWith("42"));
    await waitFor("an observation", async () => observed(await metrics()) > before);
    socket.socket.close();
    await openSockets(0);
  });

  test("balance: offered is written, dropped or pending, at every scrape", async () => {
    const sockets = [
      await openEngineSocket(oxbow.url, { login: anton, protocol: 3 }),
      await openEngineSocket(oxbow.url, { login: anton, protocol: 4 }),
      await openEngineSocket(oxbow.url, { login: anton, protocol: 4, join: false }),
    ];
    const [first] = sockets;
    const before = await metrics();
    const work = (async (): Promise<void> => {
      for (let index = 0; index < 120; index += 1) {
        if (index === 60) first?.socket.terminate();
        await Promise.all([pushTo(oxbow.url, 3, "x:y", { index }), notify(oxbow.url, mailNotice())]);
        await notify(oxbow.url, mailNotice({ user: "4@1" }));
      }
    })();
    for (let round = 0; round < 20; round += 1) {
      const { offered, settled } = balance(await metrics());
      expect(settled).toBe(offered);
    }
    await work;
    await waitFor("nothing is pending", async () => (await metrics()).sum("oxbow_pushes_pending") === 0);
    const after = await metrics();
    const { offered, settled } = balance(after);
    expect(settled).toBe(offered);
    // The one socket that stayed and joined was offered and written each of the 240 pushes.
    expect(after.sum("oxbow_pushes_written_total") - before.sum("oxbow_pushes_written_total")).toBeGreaterThanOrEqual(
      240,
    );
    expect(sockets[1]?.frames.filter((frame) => frame.startsWith("42"))).toHaveLength(240);
    for (const socket of sockets) socket.socket.terminate();
    await openSockets(0);
  });

  test("hold no session, secret, user name, address or connection id", async () => {
    const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 4, connection: "1700000000123456789" });
    await push(oxbow.url, {
      context: 1,
      user: 3,
      event: "secret:event-name",
      payload: { a: "payload-text" },
      id: "push-id-7",
    });
    await notify(oxbow.url, mailNotice({ from: "jane@example.org", subject: "private subject" }));
    const { text } = await metrics();
    const hidden = [anton.session, anton.secret, "1700000000123456789", "anton", "127.0.0.1", "secret:event-name"];
    for (const part of [...hidden, "payload-text", "push-id-7", "jane@example.org", "private subject"])
      expect(text).not.toContain(part);
    socket.socket.close();
  });
});
