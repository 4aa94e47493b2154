/** The main job as a newcomer sees it, with the bundled configuration: log in, connect, a mail arrives. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { clientVersions, connectClient } from "../../support/acceptance/clients.ts";
import { eventOf, openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  asObject,
  jsonObject,
  logIn,
  type Login,
  mailNotice,
  nextUid,
  notify,
  userAgent,
} from "../../support/acceptance/http.ts";
import { rawConnect, rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { type Oxbow, startOxbow } from "../../support/oxbow-process.ts";

let oxbow: Oxbow;
let anton: Login;
beforeAll(async () => {
  oxbow = await startOxbow({ config: false });
  anton = await logIn(oxbow.url);
});

/** The bytes of Dovecot 2.3's request: its headers in its order, no User-Agent, no Accept, the connection kept open. */
function dovecotBytes(uid: number): string {
  const body =
    `{"user":"3@1","event":"messageNew","folder":"INBOX","imap-uidvalidity":1700000000,"imap-uid":${uid},` +
    `"from":"=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.org>","subject":"=?utf-8?b?w4RwZmVs?=",` +
    `"snippet":"Grüße","unseen":3}`;
  return [
    "PUT /preliminary/http-notify/v1/notify HTTP/1.1",
    `Host: 127.0.0.1:${oxbow.port}`,
    `Date: ${new Date().toUTCString()}`,
    `Authorization: Basic ${Buffer.from("rest:rest").toString("base64")}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: Keep-Alive",
    "Content-Type: application/json; charset=utf-8",
    "",
    body,
  ].join("\r\n");
}
const mailOf = (uid: number): Record<string, unknown> => ({
  folder: "default0/INBOX",
  id: String(uid),
  email: "jm@example.org",
  displayname: "Jürgen Müller",
  subject: "Äpfel",
  unread: 3,
  teaser: "Grüße",
});
const isMail = (uid: number) => (payload: unknown) => asObject(payload)["id"] === String(uid);

test("the start says where the page is, that there are demo users, and how to configure it", () => {
  expect(oxbow.output()).toContain(oxbow.url);
  expect(oxbow.output()).toMatch(/demo/i);
  expect(oxbow.output()).toMatch(/--config|com\.openexchange\.oxbow\.directory|\.properties/);
});

describe.each(clientVersions)("client %s with the App Suite's options", (version) => {
  test.each(["/socket.io/appsuite", "/socket.io"])("gets Dovecot's mail on %s", async (path) => {
    const client = connectClient(oxbow.url, version, { login: anton, path });
    await client.connected();
    const uid = nextUid();
    const answer = await rawRequest(oxbow.url, dovecotBytes(uid), { untilAnswer: true });
    expect(answer.status).toBe(200);
    expect(jsonObject(answer.body)).toEqual({ success: true });
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const event = await client.event("ox:mail:new", isMail(uid));
    expect(event.args).toEqual([mailOf(uid)]);
    expect(client.life).toEqual(["connect"]);
    client.close();
  });
});

test("one notification reaches every socket of the user once, whatever its generation and path", async () => {
  const clients = clientVersions.flatMap((version) =>
    ["/socket.io/appsuite", "/socket.io"].map((path) => connectClient(oxbow.url, version, { login: anton, path })),
  );
  await Promise.all(clients.map(async (client) => client.connected()));
  const [first, last] = [nextUid(), nextUid()];
  await notify(oxbow.url, mailNotice({ "imap-uid": first }));
  await notify(oxbow.url, mailNotice({ "imap-uid": last }));
  for (const client of clients) {
    await client.event("ox:mail:new", isMail(last));
    expect(client.received).toEqual(
      [first, last].map((uid) => ({ name: "ox:mail:new", args: [{ folder: "default0/INBOX", id: String(uid) }] })),
    );
    client.close();
  }
});

test("one connection of a producer carries many notifications", async () => {
  const client = connectClient(oxbow.url, "4.8", { login: anton });
  await client.connected();
  const producer = await rawConnect(oxbow.url);
  for (const uid of [nextUid(), nextUid(), nextUid()]) {
    producer.socket.write(dovecotBytes(uid));
    expect((await client.event("ox:mail:new", isMail(uid))).args).toEqual([mailOf(uid)]);
  }
  const answers = (): number =>
    producer
      .received()
      .toString()
      .match(/HTTP\/1\.1 200 /g)?.length ?? 0;
  await waitFor("three answers on one connection", () => answers() === 3);
  expect(producer.closed()).toBe(false);
  producer.socket.destroy();
  client.close();
});

describe.each([3, 4] as const)("on the wire of Engine.IO %i", (protocol) => {
  test("the open packet names the heartbeat, offers no other transport, and the event is one plain packet", async () => {
    const socket = await openEngineSocket(oxbow.url, { login: anton, protocol });
    const [opening = ""] = socket.frames;
    expect(jsonObject(opening.slice(1))).toMatchObject({ upgrades: [], pingInterval: 25_000, pingTimeout: 20_000 });
    const uid = nextUid();
    await notify(oxbow.url, mailNotice({ "imap-uid": uid, subject: "plain", unseen: 0 }));
    const frame = await socket.frame((text) => text.startsWith("42"));
    expect(eventOf(frame)).toEqual([
      "ox:mail:new",
      { folder: "default0/INBOX", id: String(uid), subject: "plain", unread: 0 },
    ]);
    socket.socket.close();
  });

  test("compression is not taken up when a browser offers it", async () => {
    const target = `/socket.io/appsuite/?session=${anton.session}&EIO=${protocol}&transport=websocket`;
    const answer = await rawRequest(
      oxbow.url,
      upgradeBytes({
        target,
        cookie: anton.cookie,
        userAgent,
        headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" },
      }),
      { untilAnswer: true },
    );
    expect(answer.status).toBe(101);
    expect(answer.headers.has("sec-websocket-extensions")).toBe(false);
  });
});

test("an Engine.IO 3 client's ping is answered with a pong", async () => {
  const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 3 });
  socket.send("2");
  expect(await socket.frame((text) => text === "3")).toBe("3");
  socket.socket.close();
});

test.each(["", "&EIO=2", "&EIO=", "&EIO=x"])("a protocol of %j counts as Engine.IO 3", async (eio) => {
  const target = `/socket.io/appsuite/?session=${anton.session}${eio}&transport=websocket`;
  const connection = await rawConnect(oxbow.url);
  connection.socket.write(upgradeBytes({ target, cookie: anton.cookie, userAgent }));
  // Engine.IO 3: the server joins the client to the namespace without being asked.
  await waitFor("an unasked CONNECT", () => /\r\n\r\n.*"sid".*40/s.test(connection.received().toString("latin1")));
  connection.socket.destroy();
});
