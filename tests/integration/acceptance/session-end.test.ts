/** The end of a session: `session:invalid` as an event, then the close, for every client generation and transport. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { clientVersions, connectClient, newConnectionId } from "../../support/acceptance/clients.ts";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { logIn, logOut, pushTo } from "../../support/acceptance/http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

let oxbow: Oxbow;
let witness: Witness;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: { ...restCredentials, "com.openexchange.oxbow.transports": "websocket,polling" },
  });
  witness = await createWitness(oxbow.url);
});
afterEach(async () => witness.isUnharmed());

const nobodyLeft = async (): Promise<unknown> =>
  waitFor("no socket of the user is left", async () => (await pushTo(oxbow.url, 3, "x:y", {})).json["sockets"] === 0);

describe.each(clientVersions)("client %s", (version) => {
  test.each(["websocket", "polling"])(
    "over %s hears of the logout within two seconds, and is closed",
    async (transport) => {
      const login = await logIn(oxbow.url);
      const client = connectClient(oxbow.url, version, { login, transports: [transport], reconnectionDelay: 50 });
      await client.connected();
      await logOut(oxbow.url, login);
      expect((await client.event("session:invalid", () => true, 2_000)).args).toEqual([]);
      await nobodyLeft();
      expect(client.isConnected()).toBe(false);
      expect(client.received).toHaveLength(1);
      expect(client.life.filter((entry) => entry === "connect")).toHaveLength(1);
      client.close();
    },
  );

  test("that stays open is closed by the server after the event, and does not get in again", async () => {
    const login = await logIn(oxbow.url);
    const client = connectClient(oxbow.url, version, { login, obedient: false, reconnectionDelay: 50 });
    await client.connected();
    await logOut(oxbow.url, login);
    await client.event("session:invalid");
    await waitFor("a disconnect", () => client.life.some((entry) => entry.startsWith("disconnect")));
    await nobodyLeft();
    expect(client.life.filter((entry) => entry === "connect")).toHaveLength(1);
    client.close();
  });

  test("comes back after a new login, as the App Suite does it", async () => {
    const login = await logIn(oxbow.url);
    const client = connectClient(oxbow.url, version, { login, events: ["x:y"] });
    await client.connected();
    await logOut(oxbow.url, login);
    await client.event("session:invalid");
    await nobodyLeft();
    client.relogin(await logIn(oxbow.url), newConnectionId());
    await client.connected();
    await pushTo(oxbow.url, 3, "x:y", { again: true });
    expect((await client.event("x:y")).args).toEqual([{ again: true }]);
    client.close();
    await nobodyLeft();
  });
});

describe.each([3, 4] as const)("on the wire of Engine.IO %i", (protocol) => {
  test("the event is the last one, and the close has a code", async () => {
    const login = await logIn(oxbow.url);
    const socket = await openEngineSocket(oxbow.url, { login, protocol });
    await logOut(oxbow.url, login);
    const code = await socket.closed(2_000);
    expect(code).not.toBe(1006);
    // Never the reference's raw text, which every client takes for a parse error.
    expect(socket.frames).not.toContain("session:invalid");
    const packets = socket.frames.filter((frame) => frame.startsWith("4") && !frame.startsWith("40"));
    expect(packets[0]).toBe('42["session:invalid"]');
    expect(packets.slice(1).filter((frame) => frame !== "41")).toEqual([]);
  });

  test("pushes before the logout arrive before the event", async () => {
    const login = await logIn(oxbow.url);
    const socket = await openEngineSocket(oxbow.url, { login, protocol });
    for (let index = 0; index < 20; index += 1) await pushTo(oxbow.url, 3, "x:y", { index });
    await logOut(oxbow.url, login);
    await socket.closed();
    const events = socket.frames.filter((frame) => frame.startsWith("42"));
    const expected = Array.from({ length: 20 }, (_, index) => `42["x:y",{"index":${index}}]`);
    expect(events).toEqual([...expected, '42["session:invalid"]']);
  });

  test("a socket that had not joined yet does not get in afterwards", async () => {
    const login = await logIn(oxbow.url);
    const socket = await openEngineSocket(oxbow.url, { login, protocol, join: false });
    await logOut(oxbow.url, login);
    socket.socket.send("40", () => undefined);
    await socket.closed(2_000);
    expect((await pushTo(oxbow.url, 3, "x:y", {})).json["sockets"]).toBe(0);
    expect(socket.frames.filter((frame) => frame.startsWith("42") && !frame.includes("session:invalid"))).toEqual([]);
  });
});

test("all sockets of the session end, those of the user's other session do not", async () => {
  const [ending, staying] = [await logIn(oxbow.url), await logIn(oxbow.url)];
  const first = await openEngineSocket(oxbow.url, { login: ending, protocol: 4 });
  const second = await openEngineSocket(oxbow.url, { login: ending, protocol: 3, path: "/socket.io/" });
  const other = await openEngineSocket(oxbow.url, { login: staying, protocol: 4 });
  await logOut(oxbow.url, ending);
  await Promise.all([first.closed(2_000), second.closed(2_000)]);
  expect((await pushTo(oxbow.url, 3, "x:y", {})).json["sockets"]).toBe(1);
  expect(other.frames.filter((frame) => frame.includes("session:invalid"))).toEqual([]);
  other.socket.close();
  await nobodyLeft();
});

test("a client that does not read hears nothing, and is closed all the same", async () => {
  const login = await logIn(oxbow.url);
  const socket = await openEngineSocket(oxbow.url, { login, protocol: 4 });
  socket.socket.pause();
  await logOut(oxbow.url, login);
  await nobodyLeft();
  socket.socket.terminate();
});

test("a session that ends while its upgrade is on its way leaves no socket open", async () => {
  for (let round = 0; round < 15; round += 1) {
    const login = await logIn(oxbow.url);
    const client = connectClient(oxbow.url, "4.8", { login, reconnection: false });
    await logOut(oxbow.url, login);
    await waitFor("the client was refused or closed", () => client.life.some((entry) => entry !== "connect"));
    client.close();
  }
  await nobodyLeft();
});
