/**
 * One Socket.IO socket behind the interface that the rest of the server knows. Everything that reaches below the public
 * surface of Socket.IO (the WebSocket itself, close codes, write callbacks) is here and nowhere else.
 */
import type { Duplex } from "node:stream";
import type { Socket as EngineSocket } from "engine.io";
import type { Socket } from "socket.io";
import { WebSocket } from "ws";
import { confirmBy } from "./confirmations.ts";
import type { CloseCode } from "./inbound-guard.ts";
import type { OpenSocket, SocketEnd, SocketFacts } from "./open-sockets.ts";
import { createSendQueue } from "./send-queue.ts";
import { closeGraceMs, CodedWebSocket } from "./websocket-server.ts";

/** The event that tells a browser that its session is over: it closes and does not come back with it. */
export const sessionInvalid = "session:invalid";

export interface SocketHandle extends OpenSocket {
  /** Why our side closed it; undefined when the other side did. */
  readonly endedBy: SocketEnd | undefined;
}

export function createSocketHandle(socket: Socket, facts: SocketFacts, nowMs: () => number): SocketHandle {
  const conn = engineSocketOf(socket);
  const queue = createSendQueue(nowMs, () => bytesThatLeft(conn));
  markJoined(conn);
  conn.once("upgrade", () => markJoined(conn));
  let endedBy: SocketEnd | undefined;
  conn.once("close", () => queue.end());
  return {
    facts,
    get transport() {
      return conn.transport.name === "polling" ? "polling" : "websocket";
    },
    queuedBytes: () => queue.bytes,
    stuckMs: () => queue.stuckMs(),
    write: (packets, done) => {
      const bytes = packets.reduce((sum, packet) => sum + Buffer.byteLength(packet), 0);
      queue.add(bytes, (left) => writeAll(conn, packets, left), done);
    },
    close: (end) => {
      endedBy ??= end;
      closeSocket(socket, conn, end);
    },
    get endedBy() {
      return endedBy;
    },
    get confirm() {
      const webSocket = webSocketOf(conn);
      return webSocket === undefined ? undefined : confirmBy(webSocket);
    },
  };
}

/** Socket.IO declares the connection as `any`-like internals; Engine.IO's type is the true one. */
export const engineSocketOf = (socket: Socket): EngineSocket => socket.conn;

/** From here on a close without a code is an ordinary one. */
function markJoined(conn: EngineSocket): void {
  const webSocket = webSocketOf(conn);
  if (webSocket instanceof CodedWebSocket) webSocket.joined = true;
}

function writeAll(conn: EngineSocket, packets: readonly string[], left: () => void): void {
  const last = packets.length - 1;
  packets.forEach((packet, i) => conn.write(packet, { compress: false }, i === last ? left : undefined));
}

function closeSocket(socket: Socket, conn: EngineSocket, end: SocketEnd): void {
  destroyLater(conn);
  switch (end) {
    case "session-ended":
    case "feature-disabled":
      socket.emit(sessionInvalid);
      conn.close(); // waits for what is queued
      return;
    case "room-needed":
      socket.disconnect(true); // tells the client not to come back
      return;
    case "replaced":
      return closeTransport(conn, 1001);
    case "stopping":
    case "administrator":
      return closeTransport(conn, 1012);
    case "slow":
      return closeTransport(conn, 1008);
  }
}

/**
 * Ends the connection without a Socket.IO packet, so that the browser comes back by itself. With polling there is no
 * close code; Engine.IO's own close means the same there.
 */
function closeTransport(conn: EngineSocket, code: CloseCode): void {
  const webSocket = webSocketOf(conn);
  if (webSocket === undefined) conn.close();
  else webSocket.close(code);
}

/** The same, for whoever must be gone soon. */
export function closeAndDestroyLater(conn: EngineSocket, code: CloseCode): void {
  destroyLater(conn);
  closeTransport(conn, code);
}

/** A peer that never answers the close, or does not read what is queued before it, must not keep the connection. */
function destroyLater(conn: EngineSocket): void {
  // Engine.IO gives a polling client 30 s to fetch its close, and its timer outlives whatever else ends the connection
  if (webSocketOf(conn) === undefined) Object.assign(conn.transport, { closeTimeout: closeGraceMs });
  const timer = setTimeout(() => {
    webSocketOf(conn)?.terminate();
    conn.transport.emit("close"); // a polling client that does not come back: Engine.IO would wait 30 s for it
  }, closeGraceMs);
  conn.once("close", () => clearTimeout(timer));
}

/** The WebSocket below a connection; undefined with polling. */
export function webSocketOf(conn: EngineSocket): WebSocket | undefined {
  const transport: object = conn.transport;
  return "socket" in transport && transport.socket instanceof WebSocket ? transport.socket : undefined;
}

function bytesThatLeft(conn: EngineSocket): number {
  const webSocket: object | undefined = webSocketOf(conn);
  const stream: unknown = webSocket !== undefined && "_socket" in webSocket ? webSocket._socket : undefined;
  return isCountingStream(stream) ? stream.bytesWritten - stream.writableLength : 0;
}

const isCountingStream = (value: unknown): value is Duplex & { readonly bytesWritten: number } =>
  typeof value === "object" && value !== null && "bytesWritten" in value && "writableLength" in value;
