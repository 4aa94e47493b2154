/**
 * Thousands of browsers in one process: Engine.IO 4 on bare WebSockets, so that the generator costs little. Answers
 * pings, says CONNECT, notes pushes and ends. Runs as a child of the benchmark, which calls the commands below.
 */
import { WebSocket } from "ws";
import { userAgent } from "../../tests/support/acceptance/http.ts";
import type { Burst, End, Ticket } from "./tickets.ts";
import { nowMs } from "./tickets.ts";

const sockets = new Set<WebSocket>();
let ends: End[] = [];
let latenciesMs: number[] = [];

export const commands = {
  /** Opens all at once. Resolves when each is connected or refused. */
  async connect({ url, tickets }: { url: string; tickets: readonly Ticket[] }): Promise<Burst> {
    const started = nowMs();
    const outcomes = await Promise.all(tickets.map((ticket) => open(url, ticket)));
    const refusals = outcomes.filter((outcome) => outcome.status !== undefined);
    const refused: Record<string, number> = {};
    for (const { status } of refusals) refused[String(status)] = (refused[String(status)] ?? 0) + 1;
    const done = outcomes.filter((outcome) => outcome.status === undefined).map(({ atMs }) => atMs - started);
    return {
      refused,
      connected: done.length,
      ms: Math.max(0, ...done),
      longestRefusalMs: Math.max(0, ...refusals.map(({ atMs }) => atMs - started)),
      withoutRetryAfter: refusals.filter(({ retryAfter }) => !retryAfter).length,
    };
  },

  /** Ends noted since the last call. */
  ends(): End[] {
    const noted = ends;
    ends = [];
    return noted;
  },

  /** Of pushes that carried the time at which they were sent, since the last call. */
  latencies(): number[] {
    const noted = latenciesMs;
    latenciesMs = [];
    return noted;
  },

  open: (): number => sockets.size,

  closeAll(): void {
    for (const socket of sockets) socket.terminate();
    sockets.clear();
    ends = [];
  },
};

export type BrowserCommands = typeof commands;

interface Outcome {
  /** Undefined: connected. */
  readonly status?: number;
  readonly retryAfter?: boolean;
  readonly atMs: number;
}

function open(url: string, { session, connection, cookie }: Ticket): Promise<Outcome> {
  const address = `${url.replace(/^http/, "ws")}/socket.io/?session=${session}&connection=${connection}&EIO=4&transport=websocket`;
  const socket = new WebSocket(address, {
    headers: { Cookie: cookie, "User-Agent": userAgent },
    perMessageDeflate: false,
    handshakeTimeout: 120_000,
  });
  let told = false;
  return new Promise((resolve) => {
    socket.on("unexpected-response", (request, response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: "retry-after" in response.headers, atMs: nowMs() });
      request.destroy();
    });
    socket.on("error", () => resolve({ status: 0, retryAfter: false, atMs: nowMs() }));
    socket.on("message", (data) => {
      const text = Buffer.isBuffer(data) ? data.toString() : "";
      if (text.startsWith("0")) return socket.send("40");
      if (text === "2") return socket.send("3");
      if (text.startsWith("40")) {
        sockets.add(socket);
        resolve({ atMs: nowMs() });
      } else if (text.startsWith('42["session:invalid"')) told = true;
      else noteLatency(text);
    });
    socket.on("close", () => {
      if (sockets.delete(socket)) ends.push({ session, atMs: nowMs(), told });
    });
  });
}

function noteLatency(text: string): void {
  const [, sentMs] = /"sentMs":([\d.]+)/.exec(text) ?? [];
  if (sentMs !== undefined) latenciesMs.push(nowMs() - Number(sentMs));
}
