/**
 * Lets an HTTP Upgrade pass the Express app like any other request, so that both run the very same middleware before the
 * 101. Node hands an upgrade over as a bare socket; here it gets a response object for as long as HTTP is spoken on it.
 */
import { ServerResponse } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import type { Duplex } from "node:stream";
import { Socket } from "node:net";

interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
  /** Ends the HTTP part: the response lets go of the socket. */
  readonly release: () => void;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** Time for a refusal to reach the peer before the connection is destroyed. */
const refusalGraceMs = 1_000;

/**
 * Wishes for another protocol than WebSocket are ignored (RFC 9110, 7.8): such a request is served as a plain one.
 *
 * @param timeoutMs bound for the whole handshake; a client that waits longer is cut off
 * @param again what the server does with a new connection
 */
export function upgradeThrough(app: RequestListener, timeoutMs: number, again: (connection: Socket) => unknown) {
  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (!(stream instanceof Socket)) return void stream.destroy();
    const socket = stream;
    if (request.headers.upgrade?.toLowerCase() !== "websocket") {
      socket.unshift(Buffer.concat([plainHead(request), head]));
      return void again(socket);
    }
    const onError = (): void => void socket.destroy(); // before any await: a reset here would be an uncaught error
    socket.on("error", onError);
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.once("close", () => clearTimeout(timer));
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => {
      unwatch();
      endRefused(response, socket);
    });
    const unwatch = endWithPeer(socket);
    const onDrain = (): void => void response.emit("drain"); // the server's own part, which it leaves undone for upgrades
    socket.on("drain", onDrain);
    upgrades.set(request, {
      socket,
      head,
      release: () => {
        clearTimeout(timer);
        unwatch();
        socket.off("error", onError).off("drain", onDrain);
        response.detachSocket(socket);
        upgrades.delete(request);
        // the request lives as long as its WebSocket; Express would keep the response alive by it
        Object.assign(request, { res: undefined, next: undefined });
      },
    });
    app(request, response);
  };
}

/**
 * The request's head without the wish, as it would have come from a client that has none. Node reads no body behind an
 * upgrade, so that those of Java's HttpClient, which wishes for HTTP/2 by default, would be lost.
 */
function plainHead({ method, url, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const isWish = /^(connection|upgrade)$/i.test(name); // replaced, not left out: the number of lines is bounded elsewhere
    lines.push(isWish ? "Connection: close" : `${name}: ${rawHeaders[i + 1] ?? ""}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The upgrade that this request is, or undefined for a plain request. */
export const isUpgrade = (request: IncomingMessage): boolean => upgrades.has(request);

/** Takes the socket out of HTTP's hands. Undefined when the peer has gone meanwhile. */
export function takeUpgrade(request: IncomingMessage): { readonly socket: Socket; readonly head: Buffer } | undefined {
  const upgrade = upgrades.get(request);
  if (upgrade === undefined) return undefined;
  upgrade.release();
  if (upgrade.socket.destroyed || !upgrade.socket.writable) {
    upgrade.socket.destroy();
    return undefined;
  }
  return { socket: upgrade.socket, head: upgrade.head };
}

/**
 * Destroys the socket when the peer ends it, so that an upgrade that waits for its answer does not outlive its client.
 * Node reads nothing from the socket of an upgrade, and an end that nobody reads is not seen. Bytes that come before the
 * answer stay where they are, and no more of them are taken.
 */
function endWithPeer(socket: Socket): () => void {
  const onEnd = (): void => void socket.destroy();
  const onReadable = (): void => {
    if (socket.readableLength === 0) socket.read();
    else unwatch();
  };
  const unwatch = (): void => void socket.off("end", onEnd).off("readable", onReadable);
  socket.on("end", onEnd).on("readable", onReadable);
  return unwatch;
}

function endRefused(response: ServerResponse, socket: Socket): void {
  response.detachSocket(socket);
  socket.end();
  const timer = setTimeout(() => socket.destroy(), refusalGraceMs); // a peer that keeps its side open
  socket.once("close", () => clearTimeout(timer));
  socket.resume(); // what the peer still sends is dropped, so that its FIN is seen
}
