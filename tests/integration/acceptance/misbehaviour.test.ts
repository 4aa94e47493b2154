/** Clients that send what nobody asked for: answered or closed with a proper code, never felt by anybody else. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { clientVersions, connectClient } from "../../support/acceptance/clients.ts";
import { type EngineSocket, openEngineSocket, socketQuery } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { asObject, logIn, type Login, pushTo, userAgent } from "../../support/acceptance/http.ts";
import {
  getBytes,
  type RawAnswer,
  rawConnect,
  type RawConnection,
  rawRequest,
  upgradeBytes,
} from "../../support/acceptance/raw-http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

let oxbow: Oxbow;
let anton: Login;
let witness: Witness;
beforeAll(async () => {
  oxbow = await startOxbow({
    properties: { ...restCredentials, "com.openexchange.oxbow.transports": "websocket,polling" },
  });
  anton = await logIn(oxbow.url);
  witness = await createWitness(oxbow.url);
});
afterEach(async () => witness.isUnharmed());

/** Codes that say whose fault it was; 1006 would be a broken connection, 1005 a close without a code. */
const properCodes = [1000, 1002, 1003, 1007, 1008, 1009];
const protocols = [3, 4] as const;

/** Resolves once the socket got a push that is sent now, or is closed with a proper code; fails when it stays mute. */
async function servedOrClosed(socket: EngineSocket): Promise<"served" | "closed"> {
  const mark = `x:mark-${performance.now()}`;
  await pushTo(oxbow.url, 3, mark, {});
  const served = (): boolean => socket.frames.some((frame) => frame.includes(mark));
  await waitFor("the socket is served or closed", () => served() || socket.closeCode() !== undefined);
  if (served()) return "served";
  expect(properCodes).toContain(socket.closeCode());
  return "closed";
}

describe.each(protocols)("Engine.IO %i", (protocol) => {
  const open = async (join = true): Promise<EngineSocket> =>
    openEngineSocket(oxbow.url, { login: anton, protocol, join });

  test.each([
    { name: "an event", frame: '42["hello",{"a":1}]' },
    { name: "an event that wants an answer", frame: '4217["hello"]' },
    { name: "an event with the name of one of ours", frame: '42["ox:mail:new",{"folder":"x"}]' },
    { name: "an event with a reserved name", frame: '42["disconnect","x"]' },
    { name: "an event named error", frame: '42["error","x"]' },
    { name: "an event named like a built-in member", frame: '42["__proto__",{"x":1}]' },
    { name: "an answer nobody waits for", frame: '43999["x"]' },
  ])("$name gets no reply, and the socket is served on or closed properly", async ({ frame }) => {
    const socket = await open();
    const before = socket.frames.length;
    socket.send(frame);
    await servedOrClosed(socket);
    const since = socket.frames.slice(before).filter((text) => !text.includes("x:mark"));
    expect(since.filter((text) => /^4[23]/.test(text))).toEqual([]);
    socket.socket.close();
  });

  test("events without end are closed with 1008", async () => {
    const socket = await open();
    let sent = 0;
    await waitFor("the flood is closed", () => {
      for (let index = 0; index < 100 && socket.closeCode() === undefined; index += 1) {
        socket.send('42["flood",{"x":1}]');
        sent += 1;
      }
      return socket.closeCode() !== undefined || sent > 100_000;
    });
    expect(socket.closeCode()).toBe(1008);
  });

  test.each([
    { name: "no Engine.IO packet at all", frame: "zzz" },
    { name: "an empty frame", frame: "" },
    { name: "an unknown Socket.IO packet", frame: "49" },
    { name: "broken JSON", frame: '42["a' },
    { name: "an event that is no array", frame: '42{"a":1}' },
    { name: "an event without a name", frame: "42[]" },
    { name: "an event whose name is an object", frame: '42[{"a":1}]' },
    { name: "an id that is no number", frame: '42abc["x"]' },
    { name: "an answer that is no array", frame: "431{}" },
    { name: "a server-only packet", frame: "44{}" },
    { name: "a binary event announced", frame: '451-["x",{"_placeholder":true,"num":0}]' },
    { name: "a million binary parts announced", frame: '451000000-["x"]' },
    { name: "JSON nested ten thousand deep", frame: `42["x",${"[".repeat(7_000)}${"]".repeat(7_000)}]` },
  ])("$name is closed with a proper code, or ignored", async ({ frame }) => {
    const socket = await open();
    socket.send(frame);
    await servedOrClosed(socket);
    socket.socket.close();
  });

  test("a binary frame is closed with 1003", async () => {
    const socket = await open();
    socket.send(Buffer.from([4, 1, 2, 3]));
    expect(await socket.closed()).toBe(1003);
  });

  test("a message beyond 16 KB is closed with 1009", async () => {
    const socket = await open();
    socket.send(`42["x","${"y".repeat(17_000)}"]`);
    expect(await socket.closed()).toBe(1009);
  });

  test("another namespace is refused in its own packet, the socket is served on", async () => {
    const socket = await open();
    socket.send("40/admin,");
    expect(await socket.frame((frame) => frame.startsWith("44"))).toMatch(/^44\/admin,/);
    expect(await servedOrClosed(socket)).toBe("served");
    socket.socket.close();
  });

  test("other namespaces without end are closed with 1008", async () => {
    const socket = await open();
    for (let index = 0; index < 50; index += 1) socket.send(`40/n${index},`);
    expect(await socket.closed()).toBe(1008);
  });

  test("a client that leaves by itself is gone", async () => {
    const socket = await open();
    socket.send("41");
    socket.send("1");
    await socket.closed();
  });

  test.each([
    { name: "a frame without a mask", bytes: Buffer.from([0x81, 0x01, 0x32]) },
    { name: "a reserved bit", bytes: Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x32]) },
    { name: "an unknown opcode", bytes: Buffer.from([0x83, 0x81, 0, 0, 0, 0, 0x32]) },
    { name: "a fragmented ping", bytes: Buffer.from([0x09, 0x80, 0, 0, 0, 0]) },
    { name: "a continuation of nothing", bytes: Buffer.from([0x80, 0x81, 0, 0, 0, 0, 0x32]) },
    { name: "broken UTF-8", bytes: Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]) },
    {
      name: "a declared size of many gigabytes",
      bytes: Buffer.from([0x81, 0xff, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0]),
    },
  ])("$name ends with a close frame that holds a proper code", async ({ bytes }) => {
    const connection = await rawUpgrade(protocol);
    connection.socket.write(bytes);
    await waitFor("the connection is closed", () => connection.closed());
    const code = closeCodeIn(connection.received());
    expect([1002, 1007, 1008, 1009]).toContain(code);
  });
});

/** A bare connection on which the upgrade was done by hand. */
async function rawUpgrade(protocol: 3 | 4): Promise<RawConnection> {
  const connection = await rawConnect(oxbow.url);
  const target = `/socket.io/?${socketQuery({ login: anton, protocol })}`;
  connection.socket.write(upgradeBytes({ target, cookie: anton.cookie, userAgent }));
  await waitFor("a 101", () => connection.received().includes("\r\n\r\n"));
  expect(connection.received().toString("latin1")).toMatch(/^HTTP\/1\.1 101/);
  return connection;
}

/** The code in the last close frame of a server's stream. */
function closeCodeIn(received: Buffer): number | undefined {
  const at = received.lastIndexOf(Buffer.from([0x88]));
  return at < 0 || received.length < at + 4 ? undefined : received.readUInt16BE(at + 2);
}

test("an event before joining is closed properly", async () => {
  const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 4, join: false });
  socket.send('42["x"]');
  expect(properCodes).toContain(await socket.closed());
});

test("joining twice is closed properly, or ignored", async () => {
  const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
  socket.send("40");
  await servedOrClosed(socket);
  socket.socket.close();
});

test.each(clientVersions)(
  "a %s application that emits, with and without an acknowledgement, harms nothing",
  async (version) => {
    const client = connectClient(oxbow.url, version, { login: anton, events: ["x:y"] });
    await client.connected();
    let acknowledged = 0;
    client.emit("hello", { a: 1 });
    client.emit("hello", () => (acknowledged += 1));
    await pushTo(oxbow.url, 3, "x:y", { version });
    await client.event("x:y", (payload) => asObject(payload)["version"] === version);
    expect(acknowledged).toBe(0);
    client.close();
  },
);

/** What a polling client sends with its own session and cookies. */
async function pollingPost(protocol: 3 | 4, sid: string, body: string): Promise<RawAnswer> {
  const target = `/socket.io/?session=${anton.session}&EIO=${protocol}&transport=polling&sid=${sid}`;
  const head =
    `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nUser-Agent: ${userAgent}\r\n` +
    `Cookie: ${anton.cookie}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return rawRequest(oxbow.url, head + body);
}

test("polling bodies that are rubbish are answered 400 and end their session only", async () => {
  for (const body of ["", "x", "999:4", "-1:4", "4", "b4", "\u001e\u001e", "42[", `1:${"4".repeat(20)}`])
    for (const protocol of protocols) {
      const answer = await pollingPost(protocol, await pollingSid(protocol), body);
      expect([200, 400]).toContain(answer.status);
      expect(answer.answers).toBe(1);
    }
});

test.each(protocols)("a polling session of Engine.IO %i is of no use to another session or user", async (protocol) => {
  const sid = await pollingSid(protocol);
  const strangers = [
    await logIn(oxbow.url),
    await logIn(oxbow.url, "berta"),
    { session: anton.session, cookie: "a=b" },
  ];
  for (const { session, cookie } of strangers) {
    const target = `/socket.io/?session=${session}&EIO=${protocol}&sid=${sid}&transport=`;
    const upgrade = upgradeBytes({ target: `${target}websocket`, cookie, userAgent });
    expect([400, 403]).toContain((await rawRequest(oxbow.url, upgrade, { untilAnswer: true })).status);
    const polling = getBytes(`${target}polling`, { Cookie: cookie, "User-Agent": userAgent });
    expect([400, 403]).toContain((await rawRequest(oxbow.url, polling, { untilAnswer: true })).status);
  }
  expect((await pollingPost(protocol, sid, protocol === 3 ? "1:2" : "40")).status).toBe(200);
});

async function pollingSid(protocol: number): Promise<string> {
  const target = `/socket.io/?session=${anton.session}&EIO=${protocol}&transport=polling`;
  const head = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nUser-Agent: ${userAgent}\r\n`;
  const { body } = await rawRequest(oxbow.url, `${head}Cookie: ${anton.cookie}\r\n\r\n`);
  const sid = /"sid":"([^"]+)"/.exec(body)?.[1];
  if (sid === undefined) throw new Error(`no polling session: ${body}`);
  return sid;
}
