/** Sizes, times and queues are bounded by settings; what goes beyond is refused or closed, and nobody else notices. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { ask, logIn, type Login, mailNotice, notify, pushTo, userAgent } from "../../support/acceptance/http.ts";
import { balance, scrape } from "../../support/acceptance/metrics.ts";
import { getBytes, rawConnect, rawRequest, readAnswer, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

const own = "com.openexchange.oxbow.";
const protocols = [3, 4] as const;
const properCodes = [1000, 1002, 1003, 1007, 1008, 1009, 1013];

describe("sizes by default", () => {
  let oxbow: Oxbow;
  let anton: Login;
  let witness: Witness;
  beforeAll(async () => {
    oxbow = await startOxbow();
    anton = await logIn(oxbow.url);
    witness = await createWitness(oxbow.url);
  });
  afterEach(async () => witness.isUnharmed());
  afterAll(async () => oxbow.stop());

  const query = (): string => `session=${anton.session}&EIO=4&transport=websocket`;

  test("a URL of 5,000 characters is refused, as a request and as an upgrade", async () => {
    const filler = "x".repeat(5_000);
    const targets = [`/ajax/system?action=whoami&x=${filler}`, `/socket.io/?${query()}&x=${filler}`];
    for (const target of targets)
      expect([400, 414, 431]).toContain((await rawRequest(oxbow.url, getBytes(target))).status);
    const bytes = upgradeBytes({ target: targets[1] ?? "", cookie: anton.cookie, userAgent });
    const answer = await rawRequest(oxbow.url, bytes);
    expect([400, 414, 431]).toContain(answer.status);
    expect(answer).toMatchObject({ answers: 1, closed: true });
  });

  test("headers of 10,000 bytes are refused, as a request and as an upgrade", async () => {
    const headers = { "X-Filler": "x".repeat(10_000) };
    const upgrade = upgradeBytes({ target: `/socket.io/?${query()}`, cookie: anton.cookie, userAgent, headers });
    for (const bytes of [getBytes("/", headers), upgrade]) {
      const answer = await rawRequest(oxbow.url, bytes);
      expect([400, 431]).toContain(answer.status);
      expect(answer).toMatchObject({ answers: 1, closed: true });
    }
  });

  test("more header lines than 100 are refused, so that none that matters is left out unseen", async () => {
    const upgradeWith = (lines: number): string => {
      const filler = Array.from({ length: lines - 7 }, (_, i) => `X-${i}: 1`); // seven stand there anyway
      const lastOne = [...filler, "Origin: http://evil.example"];
      return upgradeBytes({ target: `/socket.io/?${query()}`, cookie: anton.cookie, userAgent, lines: lastOne });
    };
    expect(await rawRequest(oxbow.url, upgradeWith(99))).toMatchObject({ status: 403, answers: 1, closed: true });
    for (const lines of [100, 101, 150])
      expect(await rawRequest(oxbow.url, upgradeWith(lines))).toMatchObject({ status: 431, answers: 1, closed: true });
  });

  test("a login body of 70,000 bytes is refused with 413", async () => {
    const body = new URLSearchParams({ name: "anton", password: "x".repeat(70_000) });
    expect((await ask(`${oxbow.url}/ajax/login?action=login`, { method: "POST", body })).status).toBe(413);
  });

  test("a chunked body without end is refused with 413 while it is read", async () => {
    const connection = await rawConnect(oxbow.url);
    const authorization = Buffer.from("rest:rest").toString("base64");
    connection.socket.write(
      "PUT /preliminary/http-notify/v1/notify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
        `Authorization: Basic ${authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
    await waitFor("an answer to the endless body", () => {
      if (!connection.closed()) connection.socket.write(chunk);
      return connection.received().length > 0 || connection.closed();
    });
    const answer = readAnswer(connection.received(), connection.closed());
    expect(answer.status).toBe(413);
    connection.socket.destroy();
  });

  test.each([
    { name: "something that is not HTTP", bytes: "\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n" },
    { name: "two lengths", bytes: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" },
    {
      name: "a length and chunks",
      bytes: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    },
    { name: "no Host", bytes: "GET / HTTP/1.1\r\n\r\n" },
  ])("$name is answered 400 and closed", async ({ bytes }) => {
    expect(await rawRequest(oxbow.url, bytes)).toMatchObject({ status: 400, answers: 1, closed: true });
  });

  test.each(protocols)(
    "an Engine.IO %i client that does not read is closed at a megabyte, and counted",
    async (protocol) => {
      const socket = await openEngineSocket(oxbow.url, { login: anton, protocol });
      socket.socket.pause();
      const dropped = async (): Promise<number> => (await scrape(oxbow.internalUrl)).sum("oxbow_pushes_dropped_total");
      const connections = async (): Promise<number> => (await scrape(oxbow.internalUrl)).sum("oxbow_connections");
      const before = await dropped();
      const payload = { text: "x".repeat(60_000) };
      await waitFor(
        "the socket that does not read is closed",
        async () => {
          await Promise.all(Array.from({ length: 10 }, async () => pushTo(oxbow.url, 3, "x:y", payload)));
          return (await connections()) === 1;
        },
        10_000,
      );
      await waitFor("the balance", async () => {
        const { offered, settled } = balance(await scrape(oxbow.internalUrl));
        return offered === settled;
      });
      expect(await dropped()).toBeGreaterThan(before);
      socket.socket.terminate();
    },
  );
});

describe("times and sizes as set", () => {
  let oxbow: Oxbow;
  let anton: Login;
  let witness: Witness;
  beforeAll(async () => {
    oxbow = await startOxbow({
      properties: {
        ...restCredentials,
        [`${own}connectTimeout`]: "1000",
        [`${own}headersTimeout`]: "1000",
        [`${own}requestTimeout`]: "1000",
        [`${own}pingInterval`]: "1000",
        [`${own}pingTimeout`]: "1000",
        [`${own}maxMessageBytes`]: "2kB",
        [`${own}maxBodyBytes`]: "2048",
        [`${own}maxUrlBytes`]: "512",
        [`${own}maxHeaderBytes`]: "2048",
      },
    });
    anton = await logIn(oxbow.url);
    witness = await createWitness(oxbow.url);
  });
  afterEach(async () => witness.isUnharmed());
  afterAll(async () => oxbow.stop());

  test("headers and bodies that never end are given up", async () => {
    const unfinished = [
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n",
      "POST /ajax/login?action=login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
        "Content-Length: 100\r\n\r\nname=",
    ];
    const answers = await Promise.all(
      unfinished.map(async (bytes) => rawRequest(oxbow.url, bytes, { deadlineMs: 9_000 })),
    );
    for (const answer of answers) {
      expect(answer.closed).toBe(true);
      expect([408, 400, 0]).toContain(answer.status);
    }
  });

  test("an Engine.IO 4 client that never joins is closed with a proper code", async () => {
    const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 4, join: false });
    expect(properCodes).toContain(await socket.closed(4_000));
  });

  test("a client that misses its heartbeats is closed, one that keeps them stays", async () => {
    const silent3 = await openEngineSocket(oxbow.url, { login: anton, protocol: 3 });
    const silent4 = await openEngineSocket(oxbow.url, { login: anton, protocol: 4, answerHeartbeats: false });
    const answering = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
    await Promise.all([silent3.closed(5_000), silent4.closed(5_000)]);
    expect(answering.closeCode()).toBeUndefined();
    answering.socket.close();
    // Neither sees its session end or is told to stay away: it may have been the network.
    for (const socket of [silent3, silent4]) expect(socket.frames.filter((frame) => /^4[12]/.test(frame))).toEqual([]);
  });

  test.each(protocols)(
    "Engine.IO %i: a message beyond the size set is closed with 1009, one below it is not",
    async (protocol) => {
      const socket = await openEngineSocket(oxbow.url, { login: anton, protocol });
      socket.send(`42["x","${"y".repeat(1_500)}"]`);
      await pushTo(oxbow.url, 3, "x:mark", {});
      await socket.frame((frame) => frame.includes("x:mark"));
      socket.send(`42["x","${"y".repeat(2_500)}"]`);
      expect(await socket.closed()).toBe(1009);
    },
  );

  test("body, URL and headers beyond the size set are refused, those below are not", async () => {
    expect((await notify(oxbow.url, mailNotice({ snippet: "x".repeat(1_500) }))).status).toBe(200);
    expect((await notify(oxbow.url, mailNotice({ snippet: "x".repeat(2_500) }))).status).toBe(413);
    const whoami = `${oxbow.url}/ajax/system?action=whoami&session=${"0".repeat(32)}`;
    expect((await ask(`${whoami}&x=${"x".repeat(200)}`)).status).toBe(200);
    expect([400, 414, 431]).toContain((await ask(`${whoami}&x=${"x".repeat(600)}`)).status);
    expect((await ask(whoami, { headers: { "X-Filler": "x".repeat(1_000) } })).status).toBe(200);
    expect([400, 431]).toContain((await ask(whoami, { headers: { "X-Filler": "x".repeat(3_000) } })).status);
  });
});

test("a client that takes nothing for the time set is closed, however large its queue may be", async () => {
  const oxbow = await startOxbow({
    properties: { ...restCredentials, [`${own}sendQueueTimeout`]: "1000", [`${own}maxSendQueueBytes`]: "200MB" },
  });
  const socket = await openEngineSocket(oxbow.url, { login: await logIn(oxbow.url), protocol: 4 });
  socket.socket.pause();
  const payload = { text: "x".repeat(60_000) };
  for (let index = 0; index < 20; index += 1)
    await Promise.all(Array.from({ length: 10 }, async () => pushTo(oxbow.url, 3, "x:y", payload)));
  await waitFor("the stalled socket is closed", async () => {
    return (await scrape(oxbow.internalUrl)).sum("oxbow_connections") === 0;
  });
  socket.socket.terminate();
  await oxbow.stop();
});
