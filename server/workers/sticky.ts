/**
 * Polling clients make many connections, and each must reach the worker that has theirs. So with polling the primary
 * listens, reads the beginning of each connection, and hands it to the worker of its `sid` (`@socket.io/sticky`).
 * Without polling there is nothing to look at: Node shares the port among the workers.
 */
import cluster from "node:cluster";
import type { Worker } from "node:cluster";
import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import type { Server as EngineServer } from "engine.io";
import type { Server } from "socket.io";
import { setupMaster, setupWorker } from "@socket.io/sticky";
import type { Settings } from "../../cascade/index.ts";
import { transports } from "../settings/websockets.ts";

export const isSticky = (settings: Pick<Settings, "read">): boolean => settings.read(transports).includes("polling");

/** A connection that nobody took over in this time was for a worker that died: its client tries again. */
const handOverMs = 2_000;
/** Requests with a body are passed on in pieces; longer than a producer may wait for browsers. */
const longestRequestMs = 70_000;

/**
 * Hands each connection of this server to a worker: to that of its `sid`, else to the next in turn.
 * @param silentMs how long a client may take to say anything
 */
export function shareConnections(server: HttpServer, silentMs: number): void {
  server.on("connection", (connection: Socket) => {
    connection.on("error", () => connection.destroy());
    connection.setTimeout(silentMs, () => connection.destroy());
    // Who takes a connection over ends the timer; what waits for a dead worker, the library forgets.
    connection.once("data", (head: Buffer) => connection.setTimeout(hasBody(head) ? longestRequestMs : handOverMs));
  });
  setupMaster(server, { loadBalancingMethod: "round-robin" }); // those with the fewest are the ones that just start
}

const hasBody = (head: Buffer): boolean => /^(content-length|transfer-encoding):/im.test(head.toString("latin1"));

/** From now on this worker's server gets the connections that the primary hands over. */
export function takeConnections(io: Server, engine: EngineServer, server: HttpServer): void {
  io.httpServer = server;
  server.emit("listening"); // it never does, and without that Node puts no bounds on the time of its requests
  setupWorker(io);
  tellBeforeTheClientKnows(engine);
}

/**
 * The library tells the primary of a `sid` when its answer is on the way already, and the client's next request may be
 * faster. Told when the id is made, the primary knows it before the client does.
 */
function tellBeforeTheClientKnows(engine: EngineServer): void {
  const generateId = engine.generateId.bind(engine);
  engine.generateId = async (request) => {
    const sid = await generateId(request);
    process.send?.({ type: "sticky:connection", data: sid });
    return sid;
  };
}

/**
 * Takes a worker that starts from the list of those to which the library hands connections: it would lose them, because
 * it does not listen to its channel yet. Returns what puts it back.
 */
export function unlistedUntilItServes(worker: Worker): () => void {
  if (cluster.workers === undefined) return () => undefined;
  const { workers } = cluster;
  Reflect.deleteProperty(workers, worker.id);
  return () => void (workers[worker.id] = worker);
}
