/**
 * Socket.IO on its own Engine.IO server, without a listener: requests and upgrades reach it only through the handshake
 * (`handshake.ts`), so nothing gets to Engine.IO that was not validated. This file follows a connection from its
 * admission to its end.
 */
import { randomUUID } from "node:crypto";
import { setImmediate, setTimeout } from "node:timers/promises";
import { Server as EngineServer } from "engine.io";
import type { Socket as EngineSocket } from "engine.io";
import { Server } from "socket.io";
import type { Socket } from "socket.io";
import { Encoder } from "socket.io-parser";
import type { Session } from "../../auth/session.ts";
import type { Admission, Admissions } from "./admission.ts";
import type { TransportName } from "./handshake-query.ts";
import type { HandshakeLimits } from "./handshake-limits.ts";
import { createInboundGuard, GuardedDecoder } from "./inbound-guard.ts";
import type { InboundLimits, Violation } from "./inbound-guard.ts";
import type { OpenSockets, SocketFacts } from "./open-sockets.ts";
import { roomsOf } from "./rooms.ts";
import { closeAndDestroyLater, createSocketHandle, engineSocketOf, webSocketOf } from "./socket-handle.ts";
import { BoundedWebSocketServer, closeGraceMs } from "./websocket-server.ts";

export interface RealtimeOptions {
  readonly transports: readonly TransportName[];
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly maxMessageBytes: number;
  /** From the 101 to the Socket.IO CONNECT. */
  readonly connectTimeoutMs: number;
  /** Waiting bytes that do not move for this long close their socket. */
  readonly sendQueueTimeoutMs: number;
}

export interface RealtimeDeps {
  readonly admissions: Admissions;
  readonly handshakeLimits: Pick<HandshakeLimits, "opened" | "joined">;
  readonly openSockets: OpenSockets;
  /** Whether the session still lives and its user may have a socket; asked once more when it is open, as that may have changed meanwhile. */
  readonly isWelcome: (session: Session) => Promise<boolean>;
  /** Told of the session of each open socket; the returned function is called when that socket ends. */
  readonly followSession: (session: Session) => () => void;
  /** Tells other processes of a socket that is about to open. */
  readonly announce?: (facts: SocketFacts) => Announced;
  readonly nowMs: () => number;
  /** A client did what no App Suite client does; the reason is one of a fixed list. */
  readonly onViolation: (reason: Violation["reason"]) => void;
  /** A socket is open: it has joined its rooms and counts. */
  readonly onOpened: (facts: SocketFacts) => void;
  /** A socket ended, by whichever side. */
  readonly onClosed: (reason: string) => void;
  readonly onFault: (what: string, cause: unknown) => void;
}

/** What other processes know of a socket that is about to open. */
export interface Announced {
  /** Resolves when pushes that the others accept come here, too. */
  readonly known: Promise<void>;
  /** Its connection has ended, whether it opened or not. */
  readonly gone: () => void;
}

export interface Realtime {
  readonly io: Server;
  readonly engine: EngineServer;
  start(): void;
  /** Closes every transport (1012), without a Socket.IO packet, so that browsers come back by themselves. */
  stop(): Promise<void>;
}

const inboundLimits: InboundLimits = { maxEvents: 20, maxForeignConnects: 5, maxPacketsPerWindow: 200 };
const sweepMs = 1_000;
const closePollMs = 20;
/** How long opening a socket waits for the cluster at most. */
const joinWaitMs = 100;

export function createRealtime(options: RealtimeOptions, deps: RealtimeDeps): Realtime {
  const io = createSocketServer(options);
  const engine = io.engine;
  let sweep: NodeJS.Timeout | undefined;
  const closeStuck = createCloseStuck(options.sendQueueTimeoutMs, deps);

  const connections = new Set<EngineSocket>(); // those that have not joined, too
  engine.on("connection", (conn: EngineSocket) => {
    connections.add(conn);
    conn.once("close", () => connections.delete(conn));
    deps.admissions.opened(conn);
    deps.handshakeLimits.opened(conn.request, conn);
    watchInbound(conn, deps);
  });
  io.use((socket, next) => {
    // Before CONNECT is answered: without a listener an "error" of this socket would be printed by Socket.IO.
    socket.on("error", () => deps.onViolation("syntax"));
    const admission = deps.admissions.of(socket.request);
    if (admission === undefined) return next(new Error("not admitted"));
    joinRooms(socket, admission.facts, deps.announce).then(() => next(), next);
  });
  io.on("connection", (socket) => {
    deps.handshakeLimits.joined(socket.request);
    const admission = deps.admissions.of(socket.request);
    if (admission !== undefined) follow(socket, admission, deps);
  });

  return {
    io,
    engine,
    start: () => {
      sweep ??= setInterval(() => void closeStuck(), sweepMs);
    },
    stop: async () => {
      clearInterval(sweep);
      for (const socket of [...deps.openSockets.all()]) deps.openSockets.end(socket, "stopping");
      for (const conn of connections) closeAndDestroyLater(conn, 1012); // those that have not joined
      const deadlineMs = deps.nowMs() + 2 * closeGraceMs; // each peer has its grace to answer, then it is destroyed
      while (connections.size > 0 && deps.nowMs() < deadlineMs) await setTimeout(closePollMs);
      await io.close();
    },
  };
}

function createSocketServer(options: RealtimeOptions): Server {
  const engine = new EngineServer({
    transports: [...options.transports],
    allowEIO3: true,
    pingInterval: options.pingIntervalMs,
    pingTimeout: options.pingTimeoutMs,
    maxHttpBufferSize: options.maxMessageBytes,
    perMessageDeflate: false,
    httpCompression: false,
    wsEngine: BoundedWebSocketServer,
  });
  engine.generateId = newSid;
  const io = new Server({
    parser: { Encoder, Decoder: GuardedDecoder },
    connectTimeout: options.connectTimeoutMs,
    serveClient: false,
  });
  io.bind(engine);
  return io;
}

/**
 * 114 random bits in 20 characters, the length that `@socket.io/sticky` looks for. Engine.IO's own maker asks the operating
 * system for each one in a burst; Node keeps bytes in stock for its UUIDs.
 */
const newSid = (): string => Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url").slice(0, 20);

/** Runs before Socket.IO sees a packet; closes with a code that says what was wrong. */
function watchInbound(conn: EngineSocket, deps: RealtimeDeps): void {
  const guard = createInboundGuard(conn.protocol === 3 ? 3 : 4, inboundLimits, deps.nowMs);
  const end = (violation: Violation | undefined): void => {
    if (violation === undefined || conn.readyState !== "open") return;
    deps.onViolation(violation.reason);
    closeAndDestroyLater(conn, violation.code);
  };
  conn.prependListener("data", (data: unknown) => end(guard.packet(data)));
  conn.on("packet", ({ type }: { type: string }) => {
    if (type === "close")
      closeAndDestroyLater(conn, 1000); // Engine.IO's server knows it with polling only
    else end(guard.frame(type));
  });
  const watchPings = (): void => void webSocketOf(conn)?.on("ping", () => end(guard.ping()));
  watchPings();
  conn.once("upgrade", watchPings);
}

/** Resolves when all others send here what they push to these rooms; a cluster that does not answer keeps no browser out. */
async function joinRooms(socket: Socket, facts: SocketFacts, announce: RealtimeDeps["announce"]): Promise<void> {
  const announced = announce?.(facts);
  if (announced !== undefined) engineSocketOf(socket).once("close", announced.gone);
  const heard = [socket.join(roomsOf(facts)), announced?.known].filter((one) => one !== undefined);
  if (heard.length === 0) return; // nobody else has to hear of it
  const joined = Promise.all(heard);
  const waited = new AbortController();
  const late = setTimeout(joinWaitMs, undefined, { signal: waited.signal }).catch(() => undefined);
  await Promise.race([joined, late]);
  waited.abort();
}

function follow(socket: Socket, admission: Admission, deps: RealtimeDeps): void {
  const conn = engineSocketOf(socket);
  const handle = createSocketHandle(socket, admission.facts, deps.nowMs);
  deps.openSockets.add(handle);
  const unfollow = deps.followSession(admission.session);
  deps.onOpened(admission.facts);
  socket.once("disconnect", (reason) => {
    deps.openSockets.remove(handle);
    unfollow();
    deps.onClosed(handle.endedBy ?? reason);
    // There is nothing else to join. A polling client says goodbye by a request of its own, which must find its connection.
    if (reason === "client namespace disconnect" && handle.transport === "websocket") closeAndDestroyLater(conn, 1000);
  });
  deps.isWelcome(admission.session).then(
    (welcome) => (welcome ? undefined : deps.openSockets.end(handle, "session-ended")),
    (cause: unknown) => deps.onFault("could not look once more at the session of a new socket", cause),
  );
}

/** Of the event loop, at a time: a node may have very many sockets. */
const sliceMs = 5;

/** A browser that does not read keeps megabytes; half-open TCP is found by this before the heartbeat finds it. */
function createCloseStuck(timeoutMs: number, { openSockets, nowMs }: Pick<RealtimeDeps, "openSockets" | "nowMs">) {
  const closeAllStuck = async (): Promise<void> => {
    let startedMs = nowMs();
    for (const socket of [...openSockets.all()]) {
      if (socket.stuckMs() > timeoutMs) openSockets.end(socket, "slow");
      if (nowMs() - startedMs < sliceMs) continue;
      await setImmediate();
      startedMs = nowMs();
    }
  };
  let isLooking = false;
  return async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await closeAllStuck();
    } finally {
      isLooking = false;
    }
  };
}
