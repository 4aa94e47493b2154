/** Which socket makes room for which: a returning `connection` id, the limit per user, and nobody else's. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { clientVersions, connectClient, newConnectionId } from "../../support/acceptance/clients.ts";
import { type EngineSocket, openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { logIn, pushTo } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

const maxSockets = 3;
let oxbow: Oxbow;
let witness: Witness;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: {
      ...restCredentials,
      "com.openexchange.oxbow.transports": "websocket,polling",
      "com.openexchange.oxbow.maxSocketsPerUser": String(maxSockets),
    },
  });
  witness = await createWitness(oxbow.url);
});
afterEach(async () => witness.isUnharmed());

const socketsOfAnton = async (): Promise<unknown> => (await pushTo(oxbow.url, 3, "x:count", {})).json["sockets"];
/** Waits until nobody of the test before is left. */
const nobodyLeft = async (): Promise<unknown> =>
  waitFor("no socket of the user is left", async () => (await socketsOfAnton()) === 0);
const packets = (socket: EngineSocket): readonly string[] => socket.frames.filter((frame) => frame.startsWith("4"));

describe("a connection id that returns with the same session", () => {
  describe.each([3, 4] as const)("Engine.IO %i", (protocol) => {
    test("replaces the old socket, which is closed without a word, and the new one serves", async () => {
      const login = await logIn(oxbow.url);
      const connection = newConnectionId();
      const old = await openEngineSocket(oxbow.url, { login, protocol, connection });
      const next = await openEngineSocket(oxbow.url, { login, protocol, connection });
      const code = await old.closed();
      expect(code).not.toBe(1011);
      // Neither a DISCONNECT packet (41) nor session:invalid: both keep a browser from coming back.
      expect(packets(old).filter((frame) => !frame.startsWith("40"))).toEqual([]);
      expect((await pushTo(oxbow.url, 3, "x:y", { a: 1 })).json["sockets"]).toBe(1);
      expect(await next.frame((frame) => frame.startsWith("42"))).toBe('42["x:y",{"a":1}]');
      expect(packets(next).filter((frame) => frame.startsWith("42"))).toHaveLength(1);
      expect(next.closeCode()).toBeUndefined();
      next.socket.close();
      await nobodyLeft();
    });
  });

  test("replaces again and again, and only one socket is counted", async () => {
    const login = await logIn(oxbow.url);
    const connection = newConnectionId();
    const sockets: EngineSocket[] = [];
    for (let round = 0; round < 10; round += 1)
      sockets.push(await openEngineSocket(oxbow.url, { login, protocol: 4, connection }));
    await waitFor("one socket of the user", async () => (await socketsOfAnton()) === 1);
    const last = sockets.pop();
    await Promise.all(sockets.map(async (socket) => socket.closed()));
    expect(last?.closeCode()).toBeUndefined();
    last?.socket.close();
    await nobodyLeft();
  });

  test("replaces a socket whose browser no longer answers", async () => {
    const login = await logIn(oxbow.url);
    const connection = newConnectionId();
    const old = await openEngineSocket(oxbow.url, { login, protocol: 4, connection });
    old.socket.pause();
    const next = await openEngineSocket(oxbow.url, { login, protocol: 4, connection });
    await waitFor("one socket of the user", async () => (await socketsOfAnton()) === 1);
    await next.frame((frame) => frame.startsWith("42"));
    old.socket.terminate();
    next.socket.close();
    await nobodyLeft();
  });

  test("replaces across transports and protocol versions", async () => {
    const login = await logIn(oxbow.url);
    const connection = newConnectionId();
    const polling = connectClient(oxbow.url, "4.8", {
      login,
      connection,
      transports: ["polling"],
      reconnection: false,
    });
    await polling.connected();
    const socket = await openEngineSocket(oxbow.url, { login, protocol: 3, connection });
    await waitFor("the polling client is closed", () => polling.life.length === 2);
    expect(polling.life[1]).toMatch(/^disconnect: transport/);
    expect(await socketsOfAnton()).toBe(1);
    socket.socket.close();
    await nobodyLeft();
  });
});

test("the same connection id of another session, or of another user, is another connection", async () => {
  const connection = newConnectionId();
  const logins = [await logIn(oxbow.url), await logIn(oxbow.url), await logIn(oxbow.url, "berta")];
  const sockets: EngineSocket[] = [];
  for (const login of logins) sockets.push(await openEngineSocket(oxbow.url, { login, protocol: 4, connection }));
  expect(await socketsOfAnton()).toBe(2);
  expect(sockets.map((socket) => socket.closeCode())).toEqual([undefined, undefined, undefined]);
  for (const socket of sockets) socket.socket.close();
  await nobodyLeft();
});

test("sockets without a connection id do not replace each other", async () => {
  const login = await logIn(oxbow.url);
  const sockets = [
    await openEngineSocket(oxbow.url, { login, protocol: 4 }),
    await openEngineSocket(oxbow.url, { login, protocol: 3 }),
  ];
  expect(await socketsOfAnton()).toBe(2);
  for (const socket of sockets) socket.socket.close();
  await nobodyLeft();
});

describe("beyond the limit of sockets per user", () => {
  test.each(clientVersions)("the oldest, a %s client, is disconnected for good, the others stay", async (version) => {
    const login = await logIn(oxbow.url);
    const oldest = connectClient(oxbow.url, version, { login, reconnectionDelay: 100 });
    await oldest.connected();
    const others: EngineSocket[] = [];
    // The limit counts all sessions of the user together.
    for (let index = 0; index < maxSockets; index += 1)
      others.push(await openEngineSocket(oxbow.url, { login: await logIn(oxbow.url), protocol: 4 }));
    await waitFor("the oldest is disconnected", () => oldest.life.length > 1);
    expect(oldest.life).toEqual(["connect", "disconnect: io server disconnect"]);
    expect(oldest.received).toEqual([]);
    expect(await socketsOfAnton()).toBe(maxSockets);
    expect(others.map((socket) => socket.closeCode())).toEqual(others.map(() => undefined));
    expect(oldest.life).toHaveLength(2);
    oldest.close();
    for (const socket of others) socket.socket.close();
    await nobodyLeft();
  });

  test("a user's limit is not another user's", async () => {
    const logins = [...Array.from({ length: maxSockets }, () => "anton"), "berta"];
    const sockets: EngineSocket[] = [];
    for (const name of logins)
      sockets.push(await openEngineSocket(oxbow.url, { login: await logIn(oxbow.url, name), protocol: 4 }));
    expect(await socketsOfAnton()).toBe(maxSockets);
    await witness.isUnharmed();
    for (const socket of sockets) socket.socket.close();
    await nobodyLeft();
  });
});

test("eight is the limit unless set, and the ninth is served", async () => {
  const standard = await startOxbow();
  const login = await logIn(standard.url);
  const sockets: EngineSocket[] = [];
  for (let index = 0; index < 9; index += 1) sockets.push(await openEngineSocket(standard.url, { login, protocol: 4 }));
  await sockets[0]?.closed();
  expect(sockets[0]?.frames).toContain("41");
  expect(sockets.slice(1).map((socket) => socket.closeCode())).toEqual(Array.from({ length: 8 }, () => undefined));
  expect((await scrape(standard.internalUrl)).sum("oxbow_connections")).toBe(8);
  await standard.stop();
});

test("polling works for every client generation, alone and as the beginning of a web socket", async () => {
  const login = await logIn(oxbow.url);
  for (const version of clientVersions)
    for (const transports of [["polling"], ["polling", "websocket"]]) {
      const client = connectClient(oxbow.url, version, { login, transports, events: ["x:y"] });
      await client.connected();
      await pushTo(oxbow.url, 3, "x:y", { transports });
      expect((await client.event("x:y")).args).toEqual([{ transports }]);
      expect(client.life).toEqual(["connect"]);
      client.close();
    }
  await nobodyLeft();
});
