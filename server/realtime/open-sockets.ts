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
  const byUser: Index = new Map();
  const bySession: Index = new Map();

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
      for (const other of of(bySession, session)) if (other.facts.connection === connection) end(other, "replaced");
      const limit = Math.max(1, maxPerUser({ contextId, userId }));
      const tooMany = (byUser.get(userKey(contextId, userId))?.size ?? 0) + 1 - limit;
      if (tooMany > 0)
        for (const oldest of of(byUser, userKey(contextId, userId)).slice(0, tooMany)) end(oldest, "room-needed");
      sockets.add(socket);
      append(byUser, userKey(contextId, userId), socket);
      append(bySession, session, socket);
    },
    remove,
    end,
    ofUser: (contextId, userId) => of(byUser, userKey(contextId, userId)),
    ofSession: (fingerprint) => of(bySession, fingerprint),
    all: () => sockets,
    get size() {
      return sockets.size;
    },
  };
}

const userKey = (contextId: number, userId: number): string => `${contextId}:${userId}`;

type Index = Map<string, Set<OpenSocket>>;

/** Oldest first. A copy: whoever walks it may close sockets meanwhile. */
const of = (index: Index, key: string): readonly OpenSocket[] => [...(index.get(key) ?? [])];

function append(index: Index, key: string, socket: OpenSocket): void {
  const sockets = index.get(key);
  if (sockets === undefined) index.set(key, new Set([socket]));
  else sockets.add(socket);
}

function drop(index: Index, key: string, socket: OpenSocket): void {
  const sockets = index.get(key);
  if (sockets?.delete(socket) === true && sockets.size === 0) index.delete(key);
}
