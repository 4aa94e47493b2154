/**
 * A TCP proxy that stands for the network between two programs: it can go silent while both ends think that all is
 * well (a pulled cable, a dropped route), become slow, or reset every connection.
 * Not here: lost or reordered bytes, since TCP never shows those to a program.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Seen from the client: `up` goes to the target, `down` comes from it. */
export type Direction = "up" | "down";

export interface TcpProxy {
  readonly port: number;
  /** `HOST:PORT` */
  readonly address: string;
  /** Connections that are open at this moment. */
  openConnections(): number;
  /**
   * Forwards nothing more, neither bytes nor a close, while every connection stays open; one made meanwhile is
   * accepted and stays silent. What is under way is held, as the retransmissions of TCP would do. Default: both ways.
   */
  cut(direction?: Direction): void;
  /** Ends every cut; what was held is forwarded, in order. */
  heal(): void;
  /** From now on each piece arrives this many milliseconds later, in order. 0 ends it. Default: both ways. */
  delay(ms: number, direction?: Direction): void;
  /** Resets every open connection on both sides. New ones are served. */
  reset(): void;
  /** Resets all and stops listening. May be called twice. */
  stop(): Promise<void>;
}

interface Way {
  isCut: boolean;
  delayMs: number;
}

/**
 * Starts in front of `target`, whose port is asked at each connection. The caller stops it.
 * @param at default: a free port of 127.0.0.1
 */
export async function startTcpProxy(
  target: { readonly host?: string; readonly port: number },
  at: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 0 },
): Promise<TcpProxy> {
  const ways: Readonly<Record<Direction, Way>> = {
    up: { isCut: false, delayMs: 0 },
    down: { isCut: false, delayMs: 0 },
  };
  const flows = new Set<Flow>();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({
      host: target.host ?? "127.0.0.1",
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const pair = [createFlow(client, upstream, ways.up), createFlow(upstream, client, ways.down)];
    for (const flow of pair) flows.add(flow);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        if (client.closed && upstream.closed) for (const flow of pair) flows.delete(flow);
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const change = (direction: Direction | undefined, alter: (way: Way) => void): void => {
    for (const each of direction === undefined ? (["up", "down"] as const) : [direction]) alter(ways[each]);
    for (const flow of flows) flow.resume();
  };
  const reset = (): void => {
    for (const flow of flows) flow.drop();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  let stopped: Promise<void> | undefined;
  return {
    port,
    address: `${at.host}:${port}`,
    openConnections: () => flows.size / 2,
    cut: (direction) => change(direction, (way) => (way.isCut = true)),
    heal: () => change(undefined, (way) => (way.isCut = false)),
    delay: (ms, direction) => change(direction, (way) => (way.delayMs = ms)),
    reset,
    stop: () =>
      (stopped ??= new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        reset();
      })),
  };
}

interface Flow {
  /** Looks again at what waits: the way it goes has changed. */
  resume(): void;
  /** Forgets what waits. */
  drop(): void;
}

/** What one direction of a connection may hold before it stops reading, as the buffers of a network would. */
const heldBytes = 1_000_000;

/** Carries one direction of one connection, in the order of arrival: pieces, then the end or the reset. */
function createFlow(from: Socket, to: Socket, way: Way): Flow {
  const waiting: { readonly dueMs: number; readonly bytes: number; forward(): void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const pump = (): void => {
    clearTimeout(timer);
    // A receiver that is slower than the sender holds up what follows; its `drain` comes back here.
    while (waiting[0] !== undefined && !way.isCut && !to.writableNeedDrain) {
      const waitMs = waiting[0].dueMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(pump, Math.ceil(waitMs));
        break;
      }
      waiting.shift()?.forward();
    }
    const held = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    if (held < heldBytes) from.resume();
    else from.pause();
  };
  const take = (bytes: number, forward: () => void): void => {
    waiting.push({ dueMs: performance.now() + way.delayMs, bytes, forward });
    pump();
  };
  to.on("drain", pump);
  from.on("data", (chunk) => take(chunk.length, () => to.write(chunk)));
  from.once("end", () => take(0, () => to.end()));
  // An error comes together with `close`, which carries it on; a write to a closed side is the end of that piece.
  from.on("error", () => undefined);
  from.once("close", (hadError) => take(0, () => (hadError ? to.resetAndDestroy() : to.destroySoon())));
  return {
    resume: pump,
    drop: () => {
      clearTimeout(timer);
      waiting.length = 0;
    },
  };
}
