/**
 * The sockets open at this node, found by user, by session and by connection. It says who is there and decides who makes
 * room; closing and writing are the socket's own business.
 */
import type { Confirm } from "./confirmations.ts";
import type { TransportName } from "./handshake-query.ts";

/** Facts about one socket that views show; none of them is a secret. */
export interface SocketFacts {
  readonly contextId: number;
  readonly userId: number;
  /** Fingerprint of the session, never its id. */
  readonly session: string;
  /** The browser's id of the connection; counts within its session only. */
  readonly connection: string;
  readonly client: string;
  readonly address: string;
  readonly path: string;
  readonly protocol: 3 | 4;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Why a socket was closed from our side; each has its own way of closing (see `socket-handle.ts`). */
export type SocketEnd =
  | "session-ended" // `session:invalid`, then close: it must not come back with this session
  | "feature-disabled" // the same: web sockets were switched off for its user
  | "replaced" // the same connection came back: closed silently
  | "room-needed" // the oldest of a user at the limit: Socket.IO disconnect
  | "stopping" // transport close: the browser comes back by itself
  | "administrator" // the same
  | "slow"; // does not read

export interface OpenSocket {
  readonly facts: SocketFacts;
  readonly transport: TransportName;
  close(end: SocketEnd): void;
  /** Bytes waiting in this process. */
  queuedBytes(): number;
  /** Milliseconds for which waiting bytes have not moved; 0 when none wait. */
  stuckMs(): number;
  /** Writes an encoded packet; calls back when the transport took it, with false when it ended before. */
  write(packets: readonly string[], done: (written: boolean) => void): void;
  /** Asks the browser to confirm all that was written so far. Absent: the transport cannot. */
  readonly confirm: Confirm | undefined;
}

export interface OpenSockets {
  /** Takes a socket in and closes those that it replaces or that make room for it. */
  add(socket: OpenSocket): void;
  /** Compares the object, not its ids: a late close of a replaced socket must not remove its successor. */
  remove(socket: OpenSocket): void;
  /** Closes a socket; its place is free at once, whatever the close takes. */
  end(socket: OpenSocket, end: SocketEnd): void;
  ofUser(contextId: number, userId: number): readonly OpenSocket[];
  ofSession(fingerprint: string): readonly OpenSocket[];
  all(): Iterable<OpenSocket>;
  readonly size: number;
}

/** @param maxPerUser the limit for one user at this node; asked at each socket, so that a reload applies */
export function createOpenSockets(maxPerUser: (user: { contextId: number; userId: number }) => number): OpenSockets {
  const sockets = new Set<OpenSocket>();
  const byUser = new Map<string, OpenSocket[]>();
  const bySession = new Map<string, OpenSocket[]>();

  const remove = (socket: OpenSocket): void => {
    if (!sockets.delete(socket)) return;
    drop(byUser, userKey(socket.facts.contextId, socket.facts.userId), socket);
    drop(bySession, socket.facts.session, socket);
  };
  const end = (socket: OpenSocket, how: SocketEnd): void => {
    remove(socket);
    socket.close(how);
  };

  return {
    add: (socket) => {
      const { session, connection, contextId, userId } = socket.facts;
      const twins = (bySession.get(session) ?? []).filter((other) => other.facts.connection === connection);
      for (const twin of twins) end(twin, "replaced");
      const limit = Math.max(1, maxPerUser({ contextId, userId }));
      const others = byUser.get(userKey(contextId, userId)) ?? [];
      for (const oldest of others.slice(0, Math.max(0, others.length + 1 - limit))) end(oldest, "room-needed");
      sockets.add(socket);
      append(byUser, userKey(contextId, userId), socket);
      append(bySession, session, socket);
    },
    remove,
    end,
    ofUser: (contextId, userId) => byUser.get(userKey(contextId, userId)) ?? [],
    ofSession: (fingerprint) => bySession.get(fingerprint) ?? [],
    all: () => sockets,
    get size() {
      return sockets.size;
    },
  };
}

const userKey = (contextId: number, userId: number): string => `${contextId}:${userId}`;

/** Lists are replaced, never changed: whoever walks one may close sockets meanwhile. Oldest first. */
function append(index: Map<string, OpenSocket[]>, key: string, socket: OpenSocket): void {
  index.set(key, [...(index.get(key) ?? []), socket]);
}

function drop(index: Map<string, OpenSocket[]>, key: string, socket: OpenSocket): void {
  const rest = (index.get(key) ?? []).filter((other) => other !== socket);
  if (rest.length === 0) index.delete(key);
  else index.set(key, rest);
}
