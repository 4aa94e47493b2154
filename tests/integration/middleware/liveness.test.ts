/** The end of a session, of which the middleware tells nobody: seen within one peek period, once for all its sockets. */
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { openMiddleware, openOxbow, peekPeriodMs, upgrade } from "../../support/acceptance/behind-middleware.ts";
import { clientVersions, connectClient } from "../../support/acceptance/clients.ts";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { logIn, type Login, logOut } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import type { StandIn } from "../../support/middleware/stand-in.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

let middleware: StandIn;
let oxbow: Oxbow;
beforeAll(async () => {
  middleware = await openMiddleware();
  oxbow = await openOxbow(middleware.url);
});

afterEach(() => middleware.properties.set(enabled, undefined, anton));

/** One period, and room for a busy machine. */
const withinMs = peekPeriodMs + 2_000;
/** How long a good answer about a session, and one about a user's flag, may serve handshakes. */
const [answerServesMs, flagServesMs] = [1_000, 5_000];
const enabled = "com.openexchange.websockets.enabled";
const anton = { contextId: 1, userId: 3 };

test.each([
  { name: "removed without notice", end: (session: string) => middleware.sessions.remove(session) },
  { name: "of a user who may not any more", end: () => middleware.properties.set(enabled, "false", anton) },
])("clients of all generations hear of a session $name, and are closed for good", async ({ end }) => {
  const login = await logIn(middleware.url);
  const clients = clientVersions.map((version) =>
    connectClient(oxbow.url, version, { login, obedient: false, reconnection: false }),
  );
  await Promise.all(clients.map(async (client) => client.connected(10_000)));
  end(login.session);
  for (const client of clients) expect((await client.event("session:invalid", () => true, withinMs)).args).toEqual([]);
  await waitFor("the close", () => clients.every((client) => !client.isConnected()));
  for (const client of clients) expect(client.life.filter((entry) => entry === "connect")).toHaveLength(1);
  const isRefused = async (): Promise<boolean> => (await upgrade(oxbow, login)).status === 403;
  await waitFor("the session gets no socket any more", isRefused, answerServesMs + 1_000);
  middleware.properties.set(enabled, undefined, anton);
  const mayAgain = async (): Promise<boolean> => (await upgrade(oxbow, await logIn(middleware.url))).status === 101;
  await waitFor("the user may again", mayAgain, flagServesMs + 2_000);
});

test("a logout at the middleware ends the sockets of that session and of no other", async () => {
  const [ending, staying] = [await logIn(middleware.url), await logIn(middleware.url)];
  const [first, second, other] = [
    await openEngineSocket(oxbow.url, { login: ending, protocol: 4 }),
    await openEngineSocket(oxbow.url, { login: ending, protocol: 3, path: "/socket.io/" }),
    await openEngineSocket(oxbow.url, { login: staying, protocol: 4 }),
  ];
  await logOut(middleware.url, ending);
  await Promise.all([first.closed(withinMs), second.closed(withinMs)]);
  for (const { frames } of [first, second])
    expect(frames.at(-1) === "41" ? frames.at(-2) : frames.at(-1)).toBe('42["session:invalid"]');
  expect(other.closeCode()).toBeUndefined();
  other.socket.close();
});

test("a session is asked about once in a period, however many sockets it has, and never kept alive", async () => {
  const login = await logIn(middleware.url);
  for (let count = 0; count < 6; count += 1) await openEngineSocket(oxbow.url, { login, protocol: 4 });
  const { touches } = middleware.sessions.peek(login.session) ?? {};
  middleware.traffic.forget();
  const startMs = performance.now();
  const asked = (): number => middleware.traffic.ofSession("peek", login.session).requests;
  await waitFor("some periods", () => asked() >= 4, 8 * peekPeriodMs);
  expect(performance.now() - startMs).toBeGreaterThan(2.5 * peekPeriodMs);
  expect(middleware.traffic.ofSession("peek", login.session).maxInFlight).toBe(1);
  expect(middleware.sessions.peek(login.session)?.touches).toBe(touches);
});

test("the questions about many sessions are spread over the period, though their sockets came at once", async () => {
  const many = await openOxbow(middleware.url, { "com.openexchange.oxbow.maxSocketsPerUser": "100" });
  const logins = await Promise.all(Array.from({ length: 20 }, async () => logIn(middleware.url, "berta")));
  const open = async (login: Login): Promise<unknown> => openEngineSocket(many.url, { login, protocol: 4 });
  await Promise.all(logins.map(open));
  const isEachAsked = (): boolean =>
    logins.every(({ session }) => middleware.traffic.ofSession("peek", session).requests > 0);
  await waitFor("each was asked about", isEachAsked, 15_000);
  middleware.traffic.forget();
  await waitFor("each was asked about again", isEachAsked, 15_000);
  const times = middleware.traffic.seen("peek").map(({ atMs }) => atMs);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(0.4 * peekPeriodMs);
});

test("a session without a socket is not asked about", async () => {
  const login = await logIn(middleware.url);
  const client = connectClient(oxbow.url, "4.8", { login, reconnection: false });
  await client.connected();
  client.close();
  await waitFor("its socket is gone", async () => (await scrape(oxbow.internalUrl)).sum("oxbow_connections") === 0);
  middleware.traffic.forget();
  const endMs = performance.now() + 1.5 * peekPeriodMs;
  await waitFor("more than a period", () => performance.now() > endMs, 3 * peekPeriodMs);
  expect(middleware.traffic.ofSession("peek", login.session).requests).toBe(0);
});
