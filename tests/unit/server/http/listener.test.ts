import { expect, test } from "@jest/globals";
import type { RequestListener, ServerResponse } from "node:http";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { AddressUnusable, createListener } from "../../../../server/http/listener.ts";
import type { Listener, ListenerOptions } from "../../../../server/http/listener.ts";
import { onCleanUp } from "../../../support/clean-up.ts";
import { waitFor, within } from "../../../support/wait-for.ts";

const options: ListenerOptions = {
  settings: "the.host and the.port",
  host: "127.0.0.1",
  port: 0,
  maxHeaderBytes: 4_096,
  maxHeadersCount: 20,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  upgradeTimeoutMs: 10_000,
};

const hello: RequestListener = (_req, res) => void res.end("hello");

/** A listener that is gone when the test is over. */
function listener(app: RequestListener = hello, changes: Partial<ListenerOptions> = {}): Listener {
  const created = createListener(app, { ...options, ...changes });
  onCleanUp(async () => {
    created.destroy();
    await created.stop();
  });
  return created;
}

/** What comes back for these bytes, until the connection ends. */
function answerTo(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(bytes);
  return within("the end of the connection", text(socket));
}

test("it listens from start on, at the port that the system chose", async () => {
  const created = listener();
  expect(created.server.listening).toBe(false);
  const url = await created.start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(url)).text()).toBe("hello");
});

test.each(["*", "0.0.0.0"])(
  "at '%s' it listens on all addresses and names one that a browser can open",
  async (host) => {
    const url = await listener(hello, { host }).start();
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(await (await fetch(url.replace("localhost", "127.0.0.1"))).text()).toBe("hello");
  },
);

test("a port that is taken is said in words, with the settings that choose it", async () => {
  const url = await listener().start();
  const port = Number(new URL(url).port);
  const second = listener(hello, { port }).start();
  await expect(second).rejects.toThrow(AddressUnusable);
  await expect(second).rejects.toMatchObject({
    code: "OXB-0101",
    message: `cannot listen on 127.0.0.1:${port}: the port is taken, perhaps by another oxbow; set the.host and the.port`,
    cause: expect.objectContaining({ code: "EADDRINUSE" }),
  });
});

test("an address of another machine is said in words", async () => {
  await expect(listener(hello, { host: "192.0.2.1" }).start()).rejects.toThrow(
    "cannot listen on 192.0.2.1:0: no address of this machine; set the.host and the.port",
  );
});

test("a start that failed may be tried again", async () => {
  const first = listener();
  const port = Number(new URL(await first.start()).port);
  const second = listener(hello, { port });
  await expect(second.start()).rejects.toThrow(AddressUnusable);
  await first.stop();
  expect(await second.start()).toBe(`http://127.0.0.1:${port}`);
});

test("what was never started can be stopped", async () => {
  await within("the stop", listener().stop());
});

test("to stop ends idle connections and waits for the last answer, while nobody else gets in", async () => {
  const held: ServerResponse[] = [];
  const created = listener((req, res) => (req.url === "/held" ? held.push(res) : res.end("hello")));
  const url = await created.start();
  const agent = new Agent({ keepAlive: true });
  onCleanUp(() => agent.destroy());
  await new Promise((resolve) => request(url, { agent }, (res) => res.resume().on("end", resolve)).end());
  const answer = fetch(`${url}/held`);
  await waitFor("the request", () => held.length === 1);
  let stopped = false;
  const stop = created.stop().then(() => (stopped = true));
  await waitFor("the idle connection is gone", () => Object.keys(agent.freeSockets).length === 0);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(stopped).toBe(false);
  held[0]?.end("at last");
  expect(await (await answer).text()).toBe("at last");
  await within("the stop", stop, 1_500); // not only when its client lets go of the connection
});

test("to destroy ends what the stop waits for", async () => {
  const held: ServerResponse[] = [];
  const created = listener((_req, res) => void held.push(res));
  const url = await created.start();
  const answer = fetch(url);
  await waitFor("the request", () => held.length === 1);
  const stop = created.stop();
  created.destroy();
  await expect(answer).rejects.toThrow("fetch failed");
  await within("the stop", stop);
});

test.each([
  {
    name: "a header block beyond the bound",
    bytes: `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(5_000)}\r\n\r\n`,
    status: 431,
  },
  { name: "a URL beyond the bound", bytes: `GET /${"x".repeat(5_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, status: 431 },
  { name: "a request without a host", bytes: "GET / HTTP/1.1\r\n\r\n", status: 400 },
  { name: "what is no HTTP", bytes: "\u0016\u0003\u0001 hello\r\n\r\n", status: 400 },
  {
    name: "a length that can be read in two ways",
    bytes: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 400,
  },
])("$name is refused with $status, and the connection ends", async ({ bytes, status }) => {
  let reached = false;
  const url = await listener(() => (reached = true)).start();
  expect(await answerTo(url, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(reached).toBe(false);
});

test("header lines beyond their number are not read", async () => {
  let read: string[] = [];
  const url = await listener((req, res) => {
    read = Object.keys(req.headers);
    res.end();
  }).start();
  const lines = Array.from({ length: 100 }, (_, i) => `X-${i}: x`);
  await answerTo(url, ["GET / HTTP/1.1", "Host: x", "Connection: close", ...lines, "", ""].join("\r\n"));
  expect(read).toHaveLength(20);
});

test("an upgrade passes the app like any other request", async () => {
  const url = await listener(
    (req, res) => void res.writeHead(403, { "X-Asked-For": req.headers.upgrade }).end(),
  ).start();
  const bytes = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  expect(await answerTo(url, bytes)).toMatch(/^HTTP\/1\.1 403 [^]*X-Asked-For: websocket\r\n/);
});

test("a handshake is cut off by the bound of its own", async () => {
  const url = await listener(() => undefined, { upgradeTimeoutMs: 30 }).start();
  const bytes = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  expect(await answerTo(url, bytes)).toBe("");
});
