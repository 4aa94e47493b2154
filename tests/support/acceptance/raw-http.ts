/**
 * Requests written byte by byte: paths that no URL library lets through, upgrades that must be refused, unfinished ones.
 * The answer is all that came until the server closed the connection or the deadline was over.
 */
import { connect, type Socket } from "node:net";
import { onCleanUp } from "../clean-up.ts";
import { waitFor } from "../wait-for.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** How many status lines there were: a refused request ends exactly once. */
  readonly answers: number;
  /** The server closed the connection before the deadline. */
  readonly closed: boolean;
  readonly raw: string;
}

export interface RawConnection {
  readonly socket: Socket;
  received(): Buffer;
  closed(): boolean;
}

/** Opens a TCP connection to the product and collects what it sends. */
export async function rawConnect(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onCleanUp(() => socket.destroy());
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A refusal may arrive as a reset when bytes were still on their way: that is a closed connection, too.
  socket.on("error", () => (isClosed = true));
  socket.on("end", () => (isClosed = true));
  socket.on("close", () => (isClosed = true));
  await waitFor("a TCP connection", () => !socket.connecting);
  return { socket, received: () => Buffer.concat(chunks), closed: () => isClosed };
}

/** Sends the bytes, waits until the server closes (or the first answer is there and `untilAnswer` is set), and reads. */
export async function rawRequest(
  url: string,
  request: string | Buffer,
  options: { readonly deadlineMs?: number; readonly untilAnswer?: boolean } = {},
): Promise<RawAnswer> {
  const connection = await rawConnect(url);
  connection.socket.write(request);
  const answered = (): boolean => options.untilAnswer === true && isComplete(connection.received().toString("latin1"));
  const deadlineMs = options.deadlineMs ?? 5_000;
  await waitFor("the end of a raw request", () => connection.closed() || answered(), deadlineMs).catch(() => undefined);
  const closed = connection.closed();
  connection.socket.destroy();
  return readAnswer(connection.received(), closed);
}

/** Reads the first answer out of what was received. */
export function readAnswer(received: Buffer, closed: boolean): RawAnswer {
  const raw = received.toString("latin1");
  const headEnd = raw.indexOf("\r\n\r\n");
  const head = headEnd < 0 ? raw : raw.slice(0, headEnd);
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    }),
  );
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers,
    body: headEnd < 0 ? "" : readBody(raw.slice(headEnd + 4), headers),
    answers: raw.match(/HTTP\/1\.[01] \d{3} /g)?.length ?? 0,
    closed,
    raw,
  };
}

const readBody = (rest: string, headers: ReadonlyMap<string, string>): string =>
  headers.get("transfer-encoding") === "chunked" ? rest.replace(/^[0-9a-f]+\r\n|\r\n[0-9a-f]+\r\n/gi, "").trim() : rest;

function isComplete(raw: string): boolean {
  const headEnd = raw.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  if (/^HTTP\/1\.1 101/.test(raw)) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(raw.slice(0, headEnd))?.[1];
  if (length !== undefined) return raw.length >= headEnd + 4 + Number(length);
  return raw.endsWith("0\r\n\r\n");
}

export interface UpgradeRequest {
  readonly target: string;
  readonly method?: string | undefined;
  readonly host?: string | undefined;
  readonly cookie?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Headers that replace or extend the usual ones; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Lines added as they are, e.g. a header a second time. */
  readonly lines?: readonly string[];
}

/** The bytes of a web socket upgrade as a browser sends it. */
export function upgradeBytes(request: UpgradeRequest): string {
  const headers: Record<string, string | undefined> = {
    Host: request.host ?? "127.0.0.1",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "User-Agent": request.userAgent,
    Cookie: request.cookie,
    ...request.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return [`${request.method ?? "GET"} ${request.target} HTTP/1.1`, ...lines, ...(request.lines ?? []), "", ""].join(
    "\r\n",
  );
}

/** The bytes of a plain GET (or another method without a body) that asks for the connection to be closed afterwards. */
export function getBytes(target: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): string {
  const all = { Host: "127.0.0.1", Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
