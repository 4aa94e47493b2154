/** A socket that shows and sends the very frames: what is on the wire, in which order, and how it ends. */
import { onCleanUp } from "../clean-up.ts";
import { WebSocket } from "ws";
import { waitFor } from "../wait-for.ts";
import { type Login, userAgent } from "./http.ts";

export interface EngineOptions {
  readonly login: Pick<Login, "session" | "cookie">;
  readonly protocol: 3 | 4;
  readonly connection?: string;
  /** Default `/socket.io/appsuite/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Engine.IO 4 only: sends the packet `40` by itself once the open packet is there; default true. */
  readonly join?: boolean;
  /** Engine.IO 4 only: answers the server's heartbeats; default true. */
  readonly answerHeartbeats?: boolean;
}

export interface EngineSocket {
  /** Text frames in order of arrival. */
  readonly frames: readonly string[];
  readonly socket: WebSocket;
  /** Close code, once it is closed; 1006 when the connection just broke. */
  closeCode(): number | undefined;
  closed(deadlineMs?: number): Promise<number>;
  send(frame: string | Buffer): void;
  /** The first frame that passes, from `from` on. */
  frame(accept: (frame: string) => boolean, deadlineMs?: number): Promise<string>;
}

/** The query of a socket address. */
export const socketQuery = (options: Pick<EngineOptions, "login" | "protocol" | "connection">): string =>
  new URLSearchParams({
    session: options.login.session,
    ...(options.connection === undefined ? {} : { connection: options.connection }),
    EIO: String(options.protocol),
    transport: "websocket",
  }).toString();

/** Opens a socket and resolves once it is joined to the namespace (or has its open packet, with `join: false`). */
export async function openEngineSocket(url: string, options: EngineOptions): Promise<EngineSocket> {
  const target = `${url.replace(/^http/, "ws")}${options.path ?? "/socket.io/appsuite/"}?${socketQuery(options)}`;
  const socket = new WebSocket(target, {
    headers: { "User-Agent": userAgent, Cookie: options.login.cookie, ...options.headers },
    perMessageDeflate: false,
  });
  onCleanUp(() => socket.terminate());
  const frames: string[] = [];
  let code: number | undefined;
  let failure: Error | undefined;
  socket.on("error", (error) => (failure = error));
  socket.on("close", (closeCode) => (code = closeCode));
  socket.on("message", (data: Buffer, isBinary) => {
    const frame = isBinary ? `binary:${data.toString("hex")}` : data.toString("utf8");
    frames.push(frame);
    if (options.protocol === 4 && frame === "2" && options.answerHeartbeats !== false) socket.send("3");
    if (options.protocol === 4 && frame.startsWith("0") && options.join !== false) socket.send("40");
  });
  const joined = (frame: string): boolean => frame.startsWith(options.join === false ? "0" : "40");
  await waitFor("a joined socket", () => frames.some(joined) || code !== undefined || failure !== undefined);
  if (!frames.some(joined))
    throw new Error(`not joined: ${failure?.message ?? ""} ${String(code)} ${frames.join("|")}`);
  return {
    frames,
    socket,
    closeCode: () => code,
    closed: async (deadlineMs = 5_000) => waitFor("the socket is closed", () => code, deadlineMs),
    send: (frame) => socket.send(frame),
    frame: async (accept, deadlineMs = 5_000) => waitFor("a frame", () => frames.find(accept), deadlineMs),
  };
}

/** The event in a frame `42[...]`, or undefined. */
export function eventOf(frame: string): readonly unknown[] | undefined {
  if (!frame.startsWith("42[")) return undefined;
  const parsed: unknown = JSON.parse(frame.slice(2));
  return Array.isArray(parsed) ? parsed : undefined;
}
