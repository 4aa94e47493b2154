/** SIGTERM and SIGINT: transports close with 1012, nobody is told to stay away, exit code 0, and browsers come back. */
import { describe, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import { clientVersions, connectClient, newConnectionId } from "../../support/acceptance/clients.ts";
import { openEngineSocket, socketQuery } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { ask, logIn, pushTo, userAgent } from "../../support/acceptance/http.ts";
import { rawConnect, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { restCredentials, startOxbow } from "../../support/oxbow-process.ts";

const properties = { ...restCredentials, "com.openexchange.oxbow.transports": "websocket,polling" };

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  test("closes every transport with 1012 and without a last word, and ends with exit code 0", async () => {
    const oxbow = await startOxbow({ properties });
    const login = await logIn(oxbow.url);
    const sockets = [
      await openEngineSocket(oxbow.url, { login, protocol: 3 }),
      await openEngineSocket(oxbow.url, { login, protocol: 4 }),
      await openEngineSocket(oxbow.url, { login, protocol: 4, join: false }),
    ];
    const exit = await oxbow.stop(signal);
    expect(exit.code).toBe(0);
    expect(await Promise.all(sockets.map(async (socket) => socket.closed()))).toEqual([1012, 1012, 1012]);
    for (const socket of sockets) expect(socket.frames.filter((frame) => /^4[12]/.test(frame))).toEqual([]);
    await expect(ask(`${oxbow.url}/`)).rejects.toThrow();
    await expect(ask(`${oxbow.internalUrl}/live`)).rejects.toThrow();
    expect(exit.output).not.toMatch(/unhandled|uncaught/i);
  });
});

test("clients that never answer, read or finish do not keep the process from ending in time", async () => {
  const oxbow = await startOxbow({ properties: { ...properties, "com.openexchange.oxbow.stopTimeout": "2000" } });
  const login = await logIn(oxbow.url);
  const mute = await rawConnect(oxbow.url);
  const target = `/socket.io/?${socketQuery({ login, protocol: 4 })}`;
  mute.socket.write(upgradeBytes({ target, cookie: login.cookie, userAgent }));
  await waitFor("a 101", () => mute.received().includes("101 "));
  const deaf = await openEngineSocket(oxbow.url, { login, protocol: 4 });
  deaf.socket.pause();
  for (let index = 0; index < 60; index += 1) await pushTo(oxbow.url, 3, "x:y", { text: "x".repeat(15_000) });
  const polling = connectClient(oxbow.url, "4.8", { login, transports: ["polling"], reconnection: false });
  await polling.connected();
  const unfinished = await rawConnect(oxbow.url);
  unfinished.socket.write("POST /ajax/login?action=login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=");
  const idle = await rawConnect(oxbow.internalUrl);
  idle.socket.write("GET /live HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  await waitFor("an answer", () => idle.received().includes("200"));
  const before = performance.now();
  await oxbow.stop();
  expect(performance.now() - before).toBeLessThan(4_000);
  await waitFor("the polling client noticed", () => polling.life.length > 1);
  expect(polling.life[1]).toMatch(/^disconnect: transport/);
  expect(polling.received).toEqual([]);
});

test("a second signal changes nothing about the exit code", async () => {
  const oxbow = await startOxbow({ properties });
  await openEngineSocket(oxbow.url, { login: await logIn(oxbow.url), protocol: 4 });
  oxbow.kill("SIGTERM");
  expect((await oxbow.stop("SIGTERM")).code).toBe(0);
});

/** Answers every upgrade 503 and notes what was asked for: what a client asks on its own account. */
async function noteUpgrades(port: number, noted: string[]): Promise<Server> {
  const server = createServer();
  server.on("upgrade", (request, socket) => {
    noted.push(request.url ?? "");
    socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

test("after a restart every client generation asks again with the same connection id, and serves after a new login", async () => {
  const first = await startOxbow({ properties });
  const login = await logIn(first.url);
  const clients = clientVersions.map((version) =>
    connectClient(first.url, version, { login, reconnectionDelay: 100, events: ["x:y"] }),
  );
  await Promise.all(clients.map(async (client) => client.connected()));
  await first.stop();
  for (const client of clients) {
    await waitFor("the client noticed", () => client.life.length > 1);
    // The oldest library's web socket does not know the code 1012 and calls it an error; browsers do know it.
    expect(client.life[1]).toMatch(
      client.version === "1.7.4" ? /^disconnect: transport/ : /^disconnect: transport close$/,
    );
    expect(client.received).toEqual([]);
  }

  const noted: string[] = [];
  const between = await noteUpgrades(first.port, noted);
  for (const client of clients)
    await waitFor(
      `client ${client.version} asks again`,
      () =>
        noted.some(
          (url) => url.includes(`session=${login.session}`) && url.includes(`connection=${client.connection}`),
        ),
      10_000,
    );
  await new Promise((resolve) => between.close(resolve));

  const second = await startOxbow({
    properties,
    set: { "com.openexchange.connector.networkListenerPort": String(first.port) },
  });
  expect(second.port).toBe(first.port);
  const next = await logIn(second.url);
  for (const client of clients) {
    // Sessions in memory are gone with the process: until the new login the old one is refused.
    expect(client.life.filter((entry) => entry === "connect")).toHaveLength(1);
    client.relogin(next, newConnectionId());
  }
  for (const client of clients) await client.connected(20_000);
  expect((await pushTo(second.url, 3, "x:y", { back: true })).json["sockets"]).toBe(clients.length);
  for (const client of clients) expect((await client.event("x:y")).args).toEqual([{ back: true }]);
  for (const client of clients) client.close();
  await second.stop();
});
