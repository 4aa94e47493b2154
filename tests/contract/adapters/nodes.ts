/** Socket.IO servers in this process that are connected by the adapter, and clients of theirs. For all tests of the adapter. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerOptions } from "socket.io";
import { Server } from "socket.io";
import type { ManagerOptions, Socket as ClientSocket, SocketOptions } from "socket.io-client";
import { io as connectTo } from "socket.io-client";
import type { AdapterFactory } from "../../../adapters/create-adapter.ts";
import { HazelcastAdapter } from "../../../adapters/adapter.ts";
import { waitFor, within } from "../../support/wait-for.ts";

export interface TestNode {
  readonly io: Server;
  readonly url: string;
  /** The adapter of a namespace. */
  adapter(namespace?: string): HazelcastAdapter;
  /** A client that is connected and whose events are kept. */
  connect(namespace?: string, options?: Partial<ManagerOptions & SocketOptions>): Promise<TestClient>;
  close(): Promise<void>;
}

export interface TestClient {
  readonly socket: ClientSocket;
  readonly id: string;
  /** Events in order of arrival: name and arguments. */
  readonly events: unknown[][];
  /** Resolves when that many events have come. */
  received(count: number): Promise<unknown[][]>;
}

export async function openNode(adapter: AdapterFactory, options: Partial<ServerOptions> = {}): Promise<TestNode> {
  const http = createServer();
  const io = new Server(http, { adapter, connectTimeout: 60_000, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const clients: ClientSocket[] = [];
  let closed: Promise<void> | undefined;
  return {
    io,
    url,
    adapter: (namespace = "/") => adapterOf(io, namespace),
    connect: async (namespace = "/", clientOptions = {}) => {
      const socket = connectTo(`${url}${namespace}`, { transports: ["websocket"], forceNew: true, ...clientOptions });
      clients.push(socket);
      const events: unknown[][] = [];
      socket.onAny((...args: unknown[]) => events.push(args));
      await within("the client connects", new Promise((resolve) => socket.once("connect", () => resolve(undefined))));
      const id = socket.id ?? "";
      // a connection waits for nobody; a join resolves when the other nodes know the socket
      await io.of(namespace).sockets.get(id)?.join([]);
      return {
        socket,
        id,
        events,
        received: (count) => waitFor(`${count} events, not ${events.length}`, () => events.length >= count && events),
      };
    },
    close: () => {
      for (const client of clients) client.close();
      return (closed ??= io.close());
    },
  };
}

function adapterOf(io: Server, namespace: string): HazelcastAdapter {
  const { adapter } = io.of(namespace);
  if (adapter instanceof HazelcastAdapter) return adapter;
  throw new Error(`${namespace} has another adapter`);
}

/** Waits until all nodes know each other and each other's rooms. */
export async function settled(nodes: readonly TestNode[], withinMs = 10_000): Promise<void> {
  await waitFor(
    `${nodes.length} nodes know each other`,
    () =>
      nodes.every((node) => {
        const { state, mesh } = node.adapter().cluster;
        const peers = [...mesh.peers.values()].filter(({ role }) => role === "server");
        return (
          state === "ready" && peers.length === nodes.length - 1 && peers.every((peer) => peer.synced && peer.alive)
        );
      }),
    withinMs,
  );
}
