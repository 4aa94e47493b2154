/** The proxy that stands for the network: what each of its faults looks like from both ends. */
import { expect, test } from "@jest/globals";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Long enough for a piece to arrive over loopback if it were forwarded. */
const silenceMs = 100;

test("bytes and the end of both sides arrive", async () => {
  const { client, server } = await connectedPair();
  client.socket.write("hello");
  await waitFor("the server has it", () => server.received() === "hello");
  server.socket.end("bye");
  await waitFor("the client has it, and the end", () => client.received() === "bye" && client.hasEnded());
  client.socket.end();
  await waitFor("the server sees the end", () => server.hasEnded());
});

test("a cut keeps both sides open and silent, and after the healing everything arrives in order", async () => {
  const { client, server, proxy } = await connectedPair();
  proxy.cut();
  client.socket.write("one ");
  server.socket.write("uno");
  await pause(silenceMs);
  client.socket.write("two");
  await pause(silenceMs);
  expect([client.received(), server.received()]).toEqual(["", ""]);
  expect([client.isOpen(), server.isOpen()]).toEqual([true, true]);
  proxy.heal();
  await waitFor("both have it", () => server.received() === "one two" && client.received() === "uno");
});

test("a cut of one direction leaves the other alone", async () => {
  const { client, server, proxy } = await connectedPair();
  proxy.cut("down");
  client.socket.write("up");
  server.socket.write("down");
  await waitFor("the server has it", () => server.received() === "up");
  await pause(silenceMs);
  expect(client.received()).toBe("");
});

test("during a cut not even the death of the other side is seen", async () => {
  const { client, server, proxy } = await connectedPair();
  proxy.cut();
  server.socket.resetAndDestroy();
  await pause(silenceMs);
  expect(client.isOpen()).toBe(true);
  proxy.heal();
  await waitFor("the client sees it", () => !client.isOpen());
});

test("a connection made during a cut stays silent until the healing", async () => {
  const { proxy } = await connectedPair();
  proxy.cut();
  const late = open(proxy.port);
  late.socket.write("late");
  await waitFor("it is accepted", () => proxy.openConnections() === 2);
  proxy.heal();
  late.socket.resetAndDestroy();
  await waitFor("it is forgotten", () => proxy.openConnections() === 1);
});

test("a delay is as long as asked and keeps the order", async () => {
  const { client, server, proxy } = await connectedPair();
  proxy.delay(150, "up");
  const sentMs = performance.now();
  client.socket.write("a");
  await pause(20);
  client.socket.write("b");
  await waitFor("the server has both", () => server.received() === "ab");
  expect(performance.now() - sentMs).toBeGreaterThan(150);
});

test("a receiver that does not read holds the sender back instead of filling the proxy", async () => {
  const { client, server } = await connectedPair();
  server.socket.pause();
  const piece = Buffer.alloc(64 * 1_024);
  // What loopback buffers swallow differs by system; at some point the sender's own buffer must grow.
  await waitFor("the sender is held back", () => {
    client.socket.write(piece);
    return client.socket.writableLength > 8_000_000;
  });
});

test("a reset is seen on both sides, and new connections are served", async () => {
  const { client, server, proxy } = await connectedPair();
  proxy.reset();
  await waitFor("both are closed", () => !client.isOpen() && !server.isOpen());
  const next = open(proxy.port);
  await waitFor("a new one is served", () => proxy.openConnections() === 1 && next.isOpen());
});

interface End {
  readonly socket: Socket;
  received(): string;
  hasEnded(): boolean;
  isOpen(): boolean;
}

async function connectedPair(): Promise<{ client: End; server: End; proxy: TcpProxy }> {
  const accepted: End[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(watch(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => server.close());
  const proxy = owned(await startTcpProxy({ port: (server.address() as AddressInfo).port }));
  const client = open(proxy.port);
  const end = await waitFor("the target is connected", () => accepted[0]);
  return { client, server: end, proxy };
}

const open = (port: number): End => watch(connect({ host: "127.0.0.1", port, allowHalfOpen: true }));

function watch(socket: Socket): End {
  let text = "";
  let ended = false;
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.once("end", () => (ended = true));
  socket.on("error", () => undefined); // a reset is what some tests make; `isOpen` tells
  onCleanUp(() => socket.destroy());
  return { socket, received: () => text, hasEnded: () => ended, isOpen: () => !socket.destroyed };
}
