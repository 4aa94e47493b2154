/**
 * The sockets of all workers, kept by the primary as far as one worker must know of another: who has sockets of a user
 * (pushes go there and nowhere else), whose connection came back elsewhere, and who makes room at the limit per user.
 * The rules are those of `realtime/open-sockets.ts`, for which all workers together are one node.
 */
import type { BookedSocket, BookEnd } from "./protocol.ts";

export interface SocketBook {
  /** From now on pushes for its user go to this worker; it counts when it is open. */
  opening(worker: number, socket: BookedSocket): void;
  /** Closes what it replaces or what makes room for it. */
  opened(worker: number, socket: number): void;
  closed(worker: number, socket: number): void;
  /** The worker is gone, and its sockets with it. */
  lost(worker: number): void;
  /** Workers that have sockets of this user, or are about to. */
  workersOf(contextId: number, userId: number): readonly number[];
}

interface Entry extends BookedSocket {
  readonly worker: number;
  isOpen: boolean;
}

export interface SocketBookDeps {
  /** Has a worker close a socket. */
  readonly end: (worker: number, socket: number, end: BookEnd) => void;
}

export function createSocketBook({ end }: SocketBookDeps): SocketBook {
  const byWorker = new Map<number, Map<number, Entry>>();
  const byUser = new Map<string, Set<Entry>>(); // in the order in which they opened

  const remove = (entry: Entry): void => {
    byWorker.get(entry.worker)?.delete(entry.socket);
    const ofUser = byUser.get(userKey(entry));
    ofUser?.delete(entry);
    if (ofUser?.size === 0) byUser.delete(userKey(entry));
  };
  const insert = (entry: Entry): void => {
    const ofWorker = byWorker.get(entry.worker) ?? new Map<number, Entry>();
    byWorker.set(entry.worker, ofWorker.set(entry.socket, entry));
    const ofUser = byUser.get(userKey(entry)) ?? new Set();
    byUser.set(userKey(entry), ofUser.add(entry));
  };
  const close = (entry: Entry, how: BookEnd): void => {
    remove(entry);
    end(entry.worker, entry.socket, how);
  };

  return {
    opening: (worker, socket) => insert({ ...socket, worker, isOpen: false }),
    opened: (worker, socket) => {
      const entry = byWorker.get(worker)?.get(socket);
      if (entry === undefined) return; // closed before it was open
      remove(entry); // to the end of the order: it is the newest
      const others = [...(byUser.get(userKey(entry)) ?? [])].filter(({ isOpen }) => isOpen);
      const [twins, rest] = [others.filter((other) => isTwin(entry, other)), others.filter((o) => !isTwin(entry, o))];
      for (const twin of twins) close(twin, "replaced");
      const limit = Math.max(1, entry.maxOfUser);
      for (const oldest of rest.slice(0, Math.max(0, rest.length + 1 - limit))) close(oldest, "room-needed");
      insert({ ...entry, isOpen: true });
    },
    closed: (worker, socket) => {
      const entry = byWorker.get(worker)?.get(socket);
      if (entry !== undefined) remove(entry);
    },
    lost: (worker) => {
      for (const entry of [...(byWorker.get(worker)?.values() ?? [])]) remove(entry);
      byWorker.delete(worker);
    },
    workersOf: (contextId, userId) => [
      ...new Set([...(byUser.get(userKey({ contextId, userId })) ?? [])].map(({ worker }) => worker)),
    ],
  };
}

const isTwin = (one: BookedSocket, other: BookedSocket): boolean =>
  one.session === other.session && one.connection === other.connection;

const userKey = ({ contextId, userId }: { readonly contextId: number; readonly userId: number }): string =>
  `${contextId}:${userId}`;
