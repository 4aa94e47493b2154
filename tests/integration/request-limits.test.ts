/** How many requests and handshakes one client may make, at the routes and at the endpoint. */
import { expect, test } from "@jest/globals";
import { jsonObject } from "../support/acceptance/http.ts";
import { rawConnect, upgradeBytes } from "../support/acceptance/raw-http.ts";
import { exampleUserAgent } from "../support/example-session.ts";
import { ask, sentFor, upgrade } from "../support/steps-client.ts";
import { openStepsServer, type StepsServer } from "../support/steps-server.ts";
import { waitFor } from "../support/wait-for.ts";

const servlet = "com.openexchange.servlet.";
const limited = { [`${servlet}maxRate`]: "2", [`${servlet}maxRateLenientModules`]: "system" };

test("requests of one address and User-Agent beyond the rate are answered 429, whatever their session", async () => {
  const server = await openStepsServer({ settings: limited });
  const sent = sentFor(await server.addSession());
  expect([(await ask(server, sent)).status, (await ask(server, sent)).status]).toEqual([200, 200]);
  const refused = await ask(server, { ...sent, session: "unknown" });
  expect(refused.status).toBe(429);
  expect(jsonObject(refused.body)).toMatchObject({ code: "OXB-0117" });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(250);
  expect(await server.count("oxbow_requests_refused_total", { reason: "too-many-requests" })).toBe(1);
  expect((await ask(server, sent, "text/html")).status).toBe(429);
});

test.each([
  { name: "another User-Agent", changes: { userAgent: "Other/1.0" } },
  { name: "another address", changes: { address: "192.0.2.2" } },
])("requests of $name are counted by themselves", async ({ changes }) => {
  const server = await openStepsServer({ settings: { ...limited, [`${servlet}maxRate`]: "1" } });
  const sent = sentFor(await server.addSession());
  expect([(await ask(server, sent)).status, (await ask(server, sent)).status]).toEqual([200, 429]);
  expect((await ask(server, { ...sent, ...changes })).status).toBe(200);
});

test("requests of lenient modules and handshakes are not counted, and a rate of 0 is no limit", async () => {
  const server = await openStepsServer({ settings: { ...limited, [`${servlet}maxRate`]: "1" } });
  const sent = sentFor(await server.addSession());
  const whoami = async (): Promise<number> => {
    const headers = { Cookie: cookieOf(sent.cookies), "User-Agent": exampleUserAgent, "X-Forwarded-For": sent.address };
    return (await fetch(`${server.url}/ajax/system?action=whoami&session=${sent.session ?? ""}`, { headers })).status;
  };
  for (let count = 0; count < 3; count += 1) {
    expect(await whoami()).toBe(200);
    expect((await upgrade(server, sent, 4)).status).toBe(101);
  }
  expect((await ask(server, sent)).status).toBe(200);
  const free = await openStepsServer({ settings: { [`${servlet}maxRate`]: "0" } });
  const same = sentFor(await free.addSession());
  for (let count = 0; count < 3; count += 1) expect((await ask(free, same)).status).toBe(200);
});

const atOnce = "com.openexchange.defaultMaxConcurrentAJAXRequests";

test.each([
  { name: "of the setting", setting: "1", maxCount: undefined },
  { name: "of the user's own attribute", setting: "0", maxCount: "1" },
  { name: "of the setting, where the attribute is no number", setting: "1", maxCount: "many" },
])("requests of one session at once beyond the limit $name are refused, until one is answered", async (limit) => {
  const server = await openStepsServer({ settings: { [atOnce]: limit.setting } });
  if (limit.maxCount !== undefined) server.world.maxCount = limit.maxCount;
  const sent = sentFor(await server.addSession());
  let open: () => void = () => undefined;
  server.world.gate = new Promise<void>((resolve) => (open = resolve));
  const headers = { Cookie: cookieOf(sent.cookies), "User-Agent": exampleUserAgent, "X-Forwarded-For": sent.address };
  const action = `/ajax/login?action=changeip&clientIP=192.0.2.1&session=${sent.session ?? ""}`;
  const slow = fetch(`${server.url}${action}`, { headers });
  const isRefused = async (): Promise<boolean> => jsonObject((await ask(server, sent)).body)["code"] === "OXB-0116";
  await waitFor("the slow request is under way", isRefused);
  expect((await ask(server, sent, "text/html")).status).toBe(500);
  expect((await ask(server, sentFor(await server.addSession()))).body).toContain("data");
  expect(await server.count("oxbow_requests_refused_total", { reason: "too-many-at-once" })).toBeGreaterThan(1);
  open();
  expect(await (await slow).json()).toEqual({ data: "1" });
  await waitFor("the place is free again", async () => !(await isRefused()));
});

test("handshakes of one address beyond the bound are refused before their session is looked up", async () => {
  const server = await openStepsServer({ settings: { "com.openexchange.oxbow.maxHandshakesPerAddress": "2" } });
  const sent = sentFor(await server.addSession());
  expect([(await upgrade(server, sent, 3)).status, (await upgrade(server, sent, 4)).status]).toEqual([101, 101]);
  server.world.storeFails = true;
  const refused = await upgrade(server, { ...sent, address: "::ffff:192.0.2.1" }, 4);
  expect([refused.status, refused.body]).toEqual([429, ""]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await server.count("oxbow_handshakes_total", { result: "too-many-handshakes" })).toBe(1);
  server.world.storeFails = false;
  expect((await upgrade(server, { ...sent, address: "192.0.2.2" }, 4)).status).toBe(101);
});

test("of one user's connections that have not joined there are four per allowed socket; one that ends makes room", async () => {
  const server = await openStepsServer({ settings: { "com.openexchange.oxbow.maxSocketsPerUser": "1" } });
  const sent = sentFor(await server.addSession());
  const connections = [];
  for (let count = 0; count < 4; count += 1) connections.push(await openWithoutConnect(server, sent));
  const refused = await upgrade(server, sent, 4);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await server.count("oxbow_handshakes_total", { result: "too-many-pending" })).toBe(1);
  connections[0]?.socket.destroy();
  await waitFor("a place", async () => (await upgrade(server, sent, 4)).status === 101);
});

test("a connection that has joined, as Engine.IO 3 does by itself, takes no place of those that have not", async () => {
  const server = await openStepsServer({ settings: { "com.openexchange.oxbow.maxSocketsPerUser": "1" } });
  const sent = sentFor(await server.addSession());
  const joined = await openWithoutConnect(server, sent, 3);
  await waitFor("it has joined", () => joined.received().includes("40"));
  for (let count = 0; count < 4; count += 1) await openWithoutConnect(server, sent);
  expect((await upgrade(server, sent, 4)).status).toBe(429);
  expect(joined.closed()).toBe(false);
});

test("a polling connection that has not joined keeps its place behind the answer that opened it", async () => {
  const server = await openStepsServer({
    settings: {
      "com.openexchange.oxbow.maxSocketsPerUser": "1",
      "com.openexchange.oxbow.transports": "websocket,polling",
    },
  });
  const sent = sentFor(await server.addSession());
  const headers = { Cookie: cookieOf(sent.cookies), "User-Agent": exampleUserAgent, "X-Forwarded-For": sent.address };
  const target = `/socket.io/?session=${sent.session ?? ""}&EIO=4&transport=polling`;
  const statuses = [];
  for (let count = 0; count < 5; count += 1) statuses.push((await fetch(`${server.url}${target}`, { headers })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 429]);
});

/** Upgrades, and waits for the open packet; sends nothing further. */
async function openWithoutConnect(server: StepsServer, sent: ReturnType<typeof sentFor>, protocol = 4) {
  const connection = await rawConnect(server.url);
  const target = `/socket.io/?session=${sent.session ?? ""}&EIO=${protocol}&transport=websocket`;
  const headers = { "X-Forwarded-For": sent.address };
  connection.socket.write(
    upgradeBytes({ target, cookie: cookieOf(sent.cookies), userAgent: exampleUserAgent, headers }),
  );
  await waitFor("the open packet", () => connection.received().includes("pingInterval"));
  return connection;
}

const cookieOf = (cookies: Readonly<Record<string, string>>): string =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
