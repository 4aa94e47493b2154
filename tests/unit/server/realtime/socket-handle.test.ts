import { expect, test } from "@jest/globals";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import type { OpenSocket, SocketEnd } from "../../../../server/realtime/open-sockets.ts";
import { createSocketHandle } from "../../../../server/realtime/socket-handle.ts";
import type { SocketHandle } from "../../../../server/realtime/socket-handle.ts";
import { BoundedWebSocketServer, closeGraceMs } from "../../../../server/realtime/websocket-server.ts";
import { onCleanUp } from "../../../support/clean-up.ts";
import { waitFor, within } from "../../../support/wait-for.ts";
import { listening } from "../http/serve.ts";
import { recordedSocket } from "../recorded-socket.ts";

interface Rig {
  readonly url: string;
  /** Handles in the order in which their clients connected. */
  readonly handles: readonly SocketHandle[];
  readonly pass: (ms: number) => void;
}

/** A real Socket.IO server that makes a handle of every socket. */
async function serveHandles(): Promise<Rig> {
  const io = new Server({ transports: ["websocket", "polling"], allowEIO3: true, wsEngine: BoundedWebSocketServer });
  const server = createServer();
  io.attach(server);
  onCleanUp(() => io.close());
  const handles: SocketHandle[] = [];
  let nowMs = 0;
  io.on("connection", (socket) => handles.push(createSocketHandle(socket, recordedSocket().facts, () => nowMs)));
  const { url } = await listening(server);
  return { url, handles, pass: (ms) => void (nowMs += ms) };
}

interface RawClient {
  readonly webSocket: WebSocket;
  /** Text frames behind the Socket.IO handshake. */
  readonly frames: readonly string[];
  readonly closeCode: Promise<number>;
}

/** Speaks Engine.IO by hand, so that a test sees each frame and the close code. */
async function connect(
  rig: Rig,
  revision: 3 | 4 = 4,
  options: ClientOptions = {},
): Promise<RawClient & { handle: OpenSocket }> {
  const before = rig.handles.length;
  const address = `${rig.url.replace("http", "ws")}/socket.io/?EIO=${revision}&transport=websocket`;
  const webSocket = new WebSocket(address, options);
  onCleanUp(() => webSocket.terminate());
  const all: string[] = [];
  const frames: string[] = [];
  webSocket.on("message", (data: Buffer) => {
    const text = data.toString();
    if (all.push(text) > 2) frames.push(text); // behind the open packet and the answer to CONNECT
    if (text.startsWith("0") && revision === 4) webSocket.send("40");
  });
  const closeCode = new Promise<number>((resolve) => webSocket.once("close", resolve));
  await waitFor("the socket is open at both ends", () => all.length >= 2 && rig.handles.length > before);
  const handle = rig.handles.at(-1);
  if (handle === undefined) throw new Error("no handle");
  return { webSocket, frames, closeCode, handle };
}

const packet = (n: number): string => `2["ox:mail:new",{"n":${n}}]`;

test.each([3, 4] as const)("with Engine.IO %s packets arrive in order and are told to be written", async (revision) => {
  const { handle, frames } = await connect(await serveHandles(), revision);
  const told: string[] = [];
  handle.write([packet(1), packet(2)], (written) => told.push(`first: ${written}`));
  handle.write([packet(3)], (written) => told.push(`second: ${written}`));
  await waitFor("three frames", () => frames.length === 3);
  expect(frames).toEqual([1, 2, 3].map((n) => `4${packet(n)}`));
  await waitFor("both are written", () => told.length === 2);
  expect(told).toEqual(["first: true", "second: true"]);
  expect(handle.queuedBytes()).toBe(0);
  expect(handle.stuckMs()).toBe(0);
});

test("letters of several bytes count as such", async () => {
  const { handle } = await connect(await serveHandles());
  handle.write(['2["ü"]', '2["😀"]'], () => undefined);
  expect(handle.queuedBytes()).toBe(Buffer.byteLength('2["ü"]2["😀"]'));
});

test.each<{ end: SocketEnd; frames: readonly string[]; code: number; rule: string }>([
  { end: "session-ended", frames: ['42["session:invalid"]'], code: 1000, rule: "is told so before the close" },
  { end: "feature-disabled", frames: ['42["session:invalid"]'], code: 1000, rule: "is told so before the close" },
  { end: "room-needed", frames: ["41"], code: 1000, rule: "is told by Socket.IO not to come back" },
  { end: "replaced", frames: [], code: 1001, rule: "closes without a packet" },
  { end: "stopping", frames: [], code: 1012, rule: "closes without a packet, so that the browser comes back" },
  { end: "administrator", frames: [], code: 1012, rule: "closes without a packet: the session is still valid" },
  { end: "slow", frames: [], code: 1008, rule: "closes without a packet" },
])("a socket that ends as $end $rule, by $code", async ({ end, frames, code }) => {
  for (const revision of [3, 4] as const) {
    const client = await connect(await serveHandles(), revision);
    client.handle.close(end);
    expect(await within("the close", client.closeCode)).toBe(code);
    expect(client.frames).toEqual(frames);
  }
});

test("a socket remembers the first reason why it was closed, and none when its client left", async () => {
  const rig = await serveHandles();
  const [closed, left] = [await connect(rig), await connect(rig)];
  closed.handle.close("room-needed");
  closed.handle.close("stopping");
  left.webSocket.close();
  await within("both closes", Promise.all([closed.closeCode, left.closeCode]));
  expect(rig.handles.map(({ endedBy }) => endedBy)).toEqual(["room-needed", undefined]);
});

test("what was written before the session ended still arrives, in front of the end", async () => {
  const { handle, frames, closeCode } = await connect(await serveHandles());
  handle.write([packet(1)], () => undefined);
  handle.close("session-ended");
  await within("the close", closeCode);
  expect(frames.slice(0, 2)).toEqual([`4${packet(1)}`, '42["session:invalid"]']);
});

test("what is written after the connection is gone is told to be lost", async () => {
  const { handle, webSocket } = await connect(await serveHandles());
  webSocket.terminate();
  const told: boolean[] = [];
  await waitFor("the server sees it", () => {
    handle.write([packet(1)], (written) => told.push(written));
    return told.at(-1) === false;
  });
  expect(handle.queuedBytes()).toBe(0);
});

/** Writes until the kernel takes no more from a client that does not read. */
async function fill(handle: OpenSocket): Promise<{ readonly told: readonly boolean[]; readonly writes: number }> {
  const told: boolean[] = [];
  let writes = 0;
  const large = `2["ox:mail:new",{"teaser":"${"x".repeat(1_000_000)}"}]`;
  await waitFor("bytes wait in this process", async () => {
    writes++;
    handle.write([large], (written) => told.push(written));
    await new Promise((resolve) => setImmediate(resolve));
    return handle.queuedBytes() > 8_000_000;
  });
  return { told, writes };
}

test("a client that does not read makes bytes wait, is stuck by the clock, and moves again when it reads", async () => {
  const rig = await serveHandles();
  const { handle, webSocket } = await connect(rig);
  webSocket.pause();
  const { told, writes } = await fill(handle);
  await waitFor("nothing moves any more", () => {
    rig.pass(10);
    return handle.stuckMs() > 500;
  });
  webSocket.resume();
  await waitFor("all is written", () => told.length === writes, 10_000);
  expect(told).not.toContain(false);
  expect({ bytes: handle.queuedBytes(), stuckMs: handle.stuckMs() }).toEqual({ bytes: 0, stuckMs: 0 });
});

test.each<SocketEnd>(["slow", "session-ended", "room-needed", "replaced", "stopping"])(
  "a client that does not read is gone after the grace when it ends as %s, and all that waited is lost",
  async (end) => {
    const { handle, webSocket } = await connect(await serveHandles());
    webSocket.pause();
    const { told, writes } = await fill(handle);
    const beganAt = performance.now();
    handle.close(end);
    await waitFor("all is told", () => told.length === writes, closeGraceMs + 2_000);
    expect(performance.now() - beganAt).toBeGreaterThan(closeGraceMs / 2);
    expect(told.at(-1)).toBe(false);
    expect(handle.queuedBytes()).toBe(0);
  },
);

test("a browser confirms what was written by the pong that it sends by itself", async () => {
  const { handle, frames } = await connect(await serveHandles());
  handle.write([packet(1)], () => undefined);
  const seen = new Promise<boolean>((resolve) => handle.confirm?.(resolve));
  expect(await within("the confirmation", seen)).toBe(true);
  expect(frames).toEqual([`4${packet(1)}`]);
});

test("nothing is confirmed by a client that does not answer, and a later answer confirms all before it", async () => {
  const { handle, webSocket } = await connect(await serveHandles(), 4, { autoPong: false });
  const pings: Buffer[] = [];
  webSocket.on("ping", (data) => pings.push(data));
  const seen: string[] = [];
  for (const name of ["first", "second", "third"]) handle.confirm?.(() => seen.push(name));
  await waitFor("three pings", () => pings.length === 3);
  for (const strange of ["", "abc", "a pong that nobody asked for", Buffer.alloc(6)]) webSocket.pong(strange);
  webSocket.pong(pings[1]);
  await waitFor("two of them are confirmed", () => seen.length > 0);
  expect(seen).toEqual(["first", "second"]);
  webSocket.pong(pings[1]);
  webSocket.pong(pings[2]);
  await waitFor("the last is confirmed", () => seen.length > 2);
  expect(seen).toEqual(["first", "second", "third"]);
});

test("many may wait at once for one socket, and its end tells each of them that nothing was confirmed", async () => {
  const { handle, webSocket } = await connect(await serveHandles(), 4, { autoPong: false });
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  onCleanUp(() => void process.off("warning", onWarning));
  const told: boolean[] = [];
  for (let i = 0; i < 20; i++) handle.confirm?.((seen) => told.push(seen));
  expect(told).toEqual([]);
  webSocket.terminate();
  await waitFor("all are told", () => told.length === 20);
  expect(told).not.toContain(true);
  expect(warnings).toEqual([]); // such as MaxListenersExceededWarning
});

test("who does not wait any more is told nothing", async () => {
  const { handle, webSocket } = await connect(await serveHandles(), 4, { autoPong: false });
  const told: string[] = [];
  const stopWaiting = handle.confirm?.(() => told.push("first"));
  handle.confirm?.(() => told.push("second"));
  stopWaiting?.();
  webSocket.terminate();
  await waitFor("the other one is told", () => told.length > 0);
  expect(told).toEqual(["second"]);
});

test("a socket that is closing says at once that it confirms nothing", async () => {
  const { handle, closeCode } = await connect(await serveHandles());
  const told: boolean[] = [];
  handle.close("replaced");
  handle.confirm?.((seen) => told.push(seen));
  expect(told).toEqual([false]);
  await within("the close", closeCode);
});

test("with polling a packet arrives by the next poll, nothing can be confirmed, and the end closes the session", async () => {
  const rig = await serveHandles();
  const base = `${rig.url}/socket.io/?EIO=4&transport=polling`;
  const open = await (await fetch(base)).text();
  const sid = /"sid":"([^"]+)"/.exec(open)?.[1];
  const url = `${base}&sid=${String(sid)}`;
  await fetch(url, { method: "POST", body: "40" });
  const handle = await waitFor("the socket is open", () => rig.handles[0]);
  expect(handle.transport).toBe("polling");
  expect(handle.confirm).toBeUndefined();
  await (await fetch(url)).text(); // the answer to CONNECT
  const told: boolean[] = [];
  handle.write([packet(1)], (written) => told.push(written));
  expect(await (await fetch(url)).text()).toBe(`4${packet(1)}`);
  await waitFor("it is written", () => told.length === 1);
  expect(told).toEqual([true]);
  handle.close("stopping");
  await fetch(url).then((answer) => answer.text());
  await waitFor("the session is gone", async () => (await fetch(url)).status === 400);
});

test("a socket says which transport it has", async () => {
  const { handle } = await connect(await serveHandles());
  expect(handle.transport).toBe("websocket");
  expect(handle.facts.connection).toBe("connection-1");
});
