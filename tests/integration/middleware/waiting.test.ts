/** Handshakes that wait for a middleware that is away: bounded in number, freed by clients that leave and by a stop. */
import { expect, test } from "@jest/globals";
import { openMiddleware, openOxbow, upgrade } from "../../support/acceptance/behind-middleware.ts";
import { ask, logIn, userAgent, type Login } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import { rawConnect, upgradeBytes, type RawConnection } from "../../support/acceptance/raw-http.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

const waitingAt = async (oxbow: Oxbow): Promise<number> =>
  (await scrape(oxbow.internalUrl)).sum("oxbow_handshakes_waiting");

const target = ({ session }: Login, transport: string): string =>
  `/socket.io/?session=${session}&EIO=4&transport=${transport}`;

/** Sends a handshake and leaves the connection to the test. */
async function begin(oxbow: Oxbow, login: Login, transport: "websocket" | "polling"): Promise<RawConnection> {
  const connection = await rawConnect(oxbow.url);
  const { host } = new URL(oxbow.url);
  connection.socket.write(
    transport === "websocket"
      ? upgradeBytes({ target: target(login, transport), host, userAgent, cookie: login.cookie })
      : `GET ${target(login, transport)} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${userAgent}\r\nCookie: ${login.cookie}\r\n\r\n`,
  );
  return connection;
}

const polling = { "com.openexchange.oxbow.transports": "websocket,polling" } as const;

test("upgrades and polling handshakes wait alike, and clients that leave free their places", async () => {
  const middleware = await openMiddleware();
  const oxbow = await openOxbow(middleware.url, polling);
  const login = await logIn(middleware.url);
  middleware.disturb("whoami", { kind: "status", status: 500 });
  const clients = [
    await begin(oxbow, login, "websocket"),
    await begin(oxbow, login, "websocket"),
    await begin(oxbow, login, "polling"),
  ];
  await waitFor("all three wait", async () => (await waitingAt(oxbow)) === 3);
  clients[0]?.socket.end(); // as browsers leave
  clients[1]?.socket.resetAndDestroy();
  clients[2]?.socket.destroy();
  await waitFor("nobody waits", async () => (await waitingAt(oxbow)) === 0, 2_000); // far before the five seconds
});

test("beyond the bound a handshake is answered with 503 at once", async () => {
  const middleware = await openMiddleware();
  const oxbow = await openOxbow(middleware.url, { "com.openexchange.oxbow.maxWaitingHandshakes": "1" });
  const login = await logIn(middleware.url);
  middleware.disturb("whoami", { kind: "status", status: 500 });
  const held = upgrade(oxbow, login);
  await waitFor("one waits", async () => (await waitingAt(oxbow)) === 1);
  const startMs = performance.now();
  const { status, headers } = await upgrade(oxbow, login);
  expect([status, headers.get("retry-after")]).toEqual([503, "2"]);
  expect(performance.now() - startMs).toBeLessThan(2_000);
  middleware.calm();
  expect((await held).status).toBe(101);
});

test.each([
  { name: "is silent", disturbance: { kind: "silence" }, args: [] },
  { name: "fails", disturbance: { kind: "status", status: 500 }, args: [] },
  { name: "is silent to its workers", disturbance: { kind: "silence" }, args: ["--workers", "2"] },
] as const)("a node that stops while the middleware $name answers those who wait at once", async (one) => {
  const middleware = await openMiddleware();
  const oxbow = await openOxbow(middleware.url, polling, one.args);
  const login = await logIn(middleware.url);
  middleware.disturb("whoami", one.disturbance);
  const clients = [await begin(oxbow, login, "websocket"), await begin(oxbow, login, "polling")];
  await waitFor("both wait", async () => (await waitingAt(oxbow)) === 2);
  const startMs = performance.now();
  const exit = await oxbow.stop();
  expect(exit.code).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(3_000);
  for (const client of clients) {
    await waitFor("the answer is there", () => client.closed());
    expect(client.received().toString()).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: \d/i);
  }
});

test("/health names the URL and what went wrong; the node stays ready", async () => {
  const middleware = await openMiddleware();
  const oxbow = await openOxbow(middleware.url);
  const login = await logIn(middleware.url);
  middleware.disturb("whoami", { kind: "status", status: 500 });
  await upgrade(oxbow, login);
  const health = (await ask(`${oxbow.internalUrl}/health`)).json;
  expect(health).toMatchObject({
    status: "degraded",
    sessionSource: { kind: "middleware", reachable: false, urls: [{ url: middleware.url, reachable: false }] },
  });
  expect(JSON.stringify(health)).toContain("status 500");
  expect(JSON.stringify(health)).not.toContain(login.session);
  expect((await ask(`${oxbow.internalUrl}/ready`)).status).toBe(200);
  middleware.calm();
  await waitFor("sockets open again", async () => (await upgrade(oxbow, login)).status === 101);
  expect((await ask(`${oxbow.internalUrl}/health`)).json).toMatchObject({ status: "UP" });
});
