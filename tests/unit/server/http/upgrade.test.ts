/** Upgrades against a real HTTP server, by clients that write and read bytes, since what is tested is how connections end. */
import { expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer, IncomingMessage } from "node:http";
import type { RequestListener, ServerResponse } from "node:http";
import { connect, Socket } from "node:net";
import { Duplex } from "node:stream";
import express from "express";
import { isUpgrade, takeUpgrade, upgradeThrough } from "../../../../server/http/upgrade.ts";
import { onCleanUp } from "../../../support/clean-up.ts";
import { waitFor, within } from "../../../support/wait-for.ts";
import { listening } from "./serve.ts";

/** Answers plain requests and upgrades by the same app. */
async function serveApp(app: RequestListener, timeoutMs = 60_000): Promise<number> {
  const server = createServer(app);
  server.on(
    "upgrade",
    upgradeThrough(app, timeoutMs, (connection) => server.emit("connection", connection)),
  );
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const { port } = await listening(server);
  onCleanUp(() => {
    server.closeAllConnections(); // of plain requests; upgraded ones must have ended by what is tested here
    return waitFor("no connection is left open at the server", () => open.size === 0);
  });
  return port;
}

interface Peer {
  readonly socket: Socket;
  /** All that arrived. */
  readonly received: () => string;
  /** Resolves when the connection is closed, whichever way. */
  readonly closed: Promise<unknown>;
}

function peer(port: number, request: string): Peer {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  socket.on("data", (data) => (received += data.toString("latin1")));
  socket.on("error", () => undefined); // a reset is one of the ways to close
  socket.on("end", () => socket.end());
  const closed = new Promise((resolve) => socket.once("close", resolve));
  onCleanUp(() => socket.destroy());
  socket.write(request);
  return { socket, received: () => received, closed };
}

const upgradeRequest = (path = "/socket.io/", lines: readonly string[] = ["Upgrade: websocket"]): string =>
  [`GET ${path} HTTP/1.1`, "Host: oxbow", "Connection: Upgrade", ...lines, "", ""].join("\r\n");

/** Holds requests until they are let go. */
function gate(): { readonly app: RequestListener; readonly held: (readonly [IncomingMessage, ServerResponse])[] } {
  const held: (readonly [IncomingMessage, ServerResponse])[] = [];
  return { held, app: (req, res) => void held.push([req, res]) };
}

test("a refused upgrade gets its answer, and its connection ends", async () => {
  const port = await serveApp((_req, res) => void res.writeHead(403, { "X-Reason": "no session" }).end());
  const { received, closed } = peer(port, upgradeRequest());
  await within("the end", closed);
  expect(received()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect(received()).toContain("X-Reason: no session\r\n");
  expect(received()).toContain("Connection: close\r\n");
  expect(received().match(/HTTP\//g)).toHaveLength(1);
});

test("the very same app answers plain requests and upgrades, and can tell them apart", async () => {
  const port = await serveApp((req, res) => void res.end(isUpgrade(req) ? "an upgrade" : "plain"));
  const upgraded = peer(port, upgradeRequest());
  const plain = peer(port, "GET / HTTP/1.1\r\nHost: oxbow\r\nConnection: close\r\n\r\n");
  await within("both ends", Promise.all([upgraded.closed, plain.closed]));
  expect(upgraded.received()).toContain("an upgrade");
  expect(plain.received()).toContain("plain");
});

test("a plain request is no upgrade that could be taken", async () => {
  const port = await serveApp((req, res) => void res.end(takeUpgrade(req) === undefined ? "not taken" : "taken"));
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("not taken");
});

const otherProtocols = [
  { name: "a protocol nobody speaks", lines: ["Upgrade: carrier-pigeon"] },
  { name: "HTTP/2", lines: ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"] },
  { name: "several protocols", lines: ["Upgrade: h2c, websocket"] },
];

test.each(otherProtocols)("a wish for $name is ignored, and the request is a plain one", async ({ lines }) => {
  const app = express();
  app.get("/hello", (req, res) => void res.json({ upgrade: isUpgrade(req), host: req.headers.host, x: req.get("x") }));
  const port = await serveApp(app);
  const known = peer(port, upgradeRequest("/hello?a=%20", [...lines, "X: \u00fc"]));
  const unknown = peer(port, upgradeRequest("/nowhere", lines));
  await within("both ends", Promise.all([known.closed, unknown.closed]));
  expect(known.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(known.received()).toContain(`{"upgrade":false,"host":"oxbow","x":"`);
  expect(unknown.received()).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
});

test("a request keeps all its headers, and their number, when its wish is ignored", async () => {
  const seen: string[][] = [];
  const port = await serveApp((req, res) => {
    seen.push(req.rawHeaders);
    res.end();
  });
  const lines = ["Upgrade: h2c", "X-a: 1", "x-A: 2", "Cookie: a=b; c=d", "Origin: https://mail.example.com"];
  const { closed } = peer(port, upgradeRequest("/", lines));
  await within("the end", closed);
  const wish = ["Connection", "close"];
  expect(seen).toEqual([["Host", "oxbow", ...wish, ...wish, ...lines.slice(1).flatMap((line) => line.split(": "))]]);
});

test("a body behind a wish for another protocol is read, however it arrives", async () => {
  const app = express();
  app.post("/push", express.json(), (req, res) => void res.json({ read: req.body as unknown }));
  const port = await serveApp(app);
  const lines = ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Content-Type: application/json"];
  const head = (length: string): string => upgradeRequest("/push", [...lines, length]).replace("GET", "POST");
  const atOnce = peer(port, `${head("Content-Length: 7")}{"a":1}`);
  const inParts = peer(port, `${head("Content-Length: 7")}{"a"`);
  setImmediate(() => inParts.socket.write(":1}"));
  const chunked = peer(port, `${head("Transfer-Encoding: chunked")}3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n`);
  for (const { received, closed } of [atOnce, inParts, chunked]) {
    await within("the end", closed);
    expect(received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{"read":\{"a":1\}\}$/);
  }
});

test("nothing behind a request with a wish for another protocol is taken for a second request", async () => {
  const urls: unknown[] = [];
  const port = await serveApp((req, res) => {
    urls.push(req.url);
    res.end();
  });
  const { closed } = peer(port, upgradeRequest("/first", ["Upgrade: h2c"]) + upgradeRequest("/second"));
  await within("the end", closed);
  expect(urls).toEqual(["/first"]);
});

test("an answer larger than any buffer arrives whole", async () => {
  const app = express();
  const large = "x".repeat(8_000_000);
  app.get("/large", (_req, res) => {
    const half = (): void => void res.end(large);
    if (res.write(large)) half();
    else res.once("drain", half);
  });
  const port = await serveApp(app);
  const { received, closed } = peer(port, upgradeRequest("/large"));
  await within("the end", closed, 10_000);
  const body = received().slice(received().indexOf("\r\n\r\n"));
  expect(body.match(/x/g)?.length).toBe(2 * large.length);
});

test("what a peer sent right behind its request is handed over, and the connection is the taker's", async () => {
  const heads: string[] = [];
  const port = await serveApp((req) => {
    const taken = takeUpgrade(req);
    heads.push(String(taken?.head));
    taken?.socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\nhello");
  });
  const { received, closed } = peer(port, `${upgradeRequest()}first bytes`);
  await within("the end", closed);
  expect(heads).toEqual(["first bytes"]);
  expect(received()).toBe("HTTP/1.1 101 Switching Protocols\r\n\r\nhello");
});

test("an upgrade is taken once", async () => {
  const port = await serveApp((req) => {
    const [first, second] = [takeUpgrade(req), takeUpgrade(req)];
    first?.socket.end(`twice: ${second !== undefined}, still an upgrade: ${isUpgrade(req)}`);
  });
  const { received, closed } = peer(port, upgradeRequest());
  await within("the end", closed);
  expect(received()).toBe("twice: false, still an upgrade: false");
});

test("the bound of the handshake does not cut off a connection that was taken", async () => {
  const { app, held } = gate();
  const port = await serveApp(app, 50);
  const { socket, received } = peer(port, upgradeRequest());
  const [request] = await waitFor("the upgrade", () => held[0]);
  const taken = takeUpgrade(request);
  const late = peer(port, upgradeRequest()); // cut off after the same time
  await within("the end of another one", late.closed);
  taken?.socket.write("still here");
  await waitFor("the bytes", () => received() === "still here");
  socket.end();
  taken?.socket.end();
});

test("a handshake that takes too long is cut off without an answer", async () => {
  const { app, held } = gate();
  const port = await serveApp(app, 50);
  const { received, closed } = peer(port, upgradeRequest());
  await within("the end", closed);
  expect(received()).toBe("");
  const [[request, response] = []] = held;
  expect(request && takeUpgrade(request)).toBeUndefined();
  expect(() => response?.writeHead(403).end()).not.toThrow();
});

test("a refusal that a peer does not read is not waited for", async () => {
  const port = await serveApp((_req, res) => void res.writeHead(403).end("x".repeat(30_000_000)), 300);
  const { socket, closed } = peer(port, upgradeRequest());
  socket.pause();
  const beganAt = performance.now();
  await waitFor("the server gives up", () => {
    socket.write("more"); // a write into a destroyed connection is what shows it without reading
    return socket.destroyed || socket.errored !== null;
  });
  socket.destroy();
  await within("the end", closed);
  expect(performance.now() - beganAt).toBeLessThan(4_000);
});

test("a peer that keeps its side open after a refusal is cut off", async () => {
  const port = await serveApp((_req, res) => void res.writeHead(403).end());
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onCleanUp(() => socket.destroy());
  socket.on("error", () => undefined);
  socket.write(upgradeRequest());
  socket.resume();
  await within("the server's end", once(socket, "end"));
  await waitFor("the reset", () => {
    socket.write("anybody there?");
    return socket.errored !== null;
  });
});

test.each(["reset", "end"])("a peer that leaves by %s while its session is looked up crashes nothing", async (how) => {
  const { app, held } = gate();
  const port = await serveApp(app);
  const { socket, closed } = peer(port, upgradeRequest());
  const [request, response] = await waitFor("the upgrade", () => held[0]);
  if (how === "reset") {
    socket.resetAndDestroy();
    await waitFor("the server sees it", () => request.socket.destroyed);
    expect(takeUpgrade(request)).toBeUndefined();
  } else socket.end();
  response.writeHead(403).end("too late");
  await within("the end", closed);
  const next = peer(port, upgradeRequest());
  await waitFor("the server still serves", () => held.length === 2);
  held[1]?.[1].end();
  await within("its end", next.closed);
});

test("a refusal behind a reset, by Express and in later ticks, is harmless", async () => {
  const app = express();
  let handled = 0;
  app.use((_req, _res, next) => setTimeout(next, 20));
  app.use((_req, res) => {
    res.status(403).set("X-Late", "1").json({});
    handled++;
  });
  const port = await serveApp(app);
  for (let i = 0; i < 20; i++) {
    const { socket } = peer(port, upgradeRequest());
    socket.once("connect", () => setImmediate(() => socket.resetAndDestroy()));
  }
  const last = peer(port, upgradeRequest());
  await within("the last answer", last.closed);
  expect(last.received()).toMatch(/^HTTP\/1\.1 403/);
  expect(handled).toBeGreaterThan(0);
});

test("a stream that is no socket is closed", () => {
  const { app, held } = gate();
  const stream = new Duplex({ read: () => undefined, write: () => undefined });
  upgradeThrough(app, 1_000, () => undefined)(new IncomingMessage(new Socket()), stream, Buffer.alloc(0));
  expect(stream.destroyed).toBe(true);
  expect(held).toEqual([]);
});

test("a client that ends its side while it waits for the answer is gone, and nothing is kept of it", async () => {
  const { held, app } = gate();
  const port = await serveApp(app);
  const { socket, closed } = peer(port, upgradeRequest());
  const [, response] = await waitFor("the upgrade is held", () => held[0]);
  const gone = once(response, "close");
  socket.end();
  await within("the response is closed", gone);
  await within("the connection is closed", closed);
});

test("bytes that come before the answer neither get lost nor end the wait", async () => {
  const { held, app } = gate();
  const port = await serveApp(app);
  const { socket, received } = peer(port, upgradeRequest());
  const [request] = await waitFor("the upgrade is held", () => held[0]);
  socket.write("too early");
  await waitFor("they have arrived", () => request.socket.readableLength > 0);
  const taken = takeUpgrade(request);
  taken?.socket.on("data", (data) => taken.socket.end(`heard ${String(data)}`));
  await waitFor("they are served", () => received() === "heard too early");
});

test("the end of a socket that was taken is left to its new owner", async () => {
  const { held, app } = gate();
  const port = await serveApp(app);
  const { socket, received } = peer(port, upgradeRequest());
  const [request] = await waitFor("the upgrade is held", () => held[0]);
  const taken = takeUpgrade(request);
  taken?.socket.resume().on("end", () => taken.socket.end("bye"));
  socket.end();
  await waitFor("the owner has the last word", () => received() === "bye");
});
