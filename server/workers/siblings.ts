/**
 * The other workers of this machine, as one of them sees them: all are one node. The primary keeps the book of all
 * sockets (`socket-book.ts`); here sockets are entered and struck out, and pushes go to those of the others through it.
 * Workers in a Hazelcast cluster are nodes of their own and have no siblings.
 */
import type { UserRef } from "../../cascade/index.ts";
import type { Push, Pushes, Reach } from "../push/push.ts";
import { seenBy } from "../push/push.ts";
import type { OpenSocket, OpenSockets, SocketFacts } from "../realtime/open-sockets.ts";
import type { Announced } from "../realtime/realtime.ts";
import type { Peer } from "./ipc.ts";
import { sockets } from "./protocol.ts";

export interface Siblings {
  readonly announce: (facts: SocketFacts) => Announced;
  /** The same open sockets, entered in the book. */
  share(own: OpenSockets): OpenSockets;
  /** Gives a push to the user's sockets at the other workers; with `waitMs` waits for their browsers. Never rejects. */
  relay(push: Push, waitMs: number | undefined): Promise<Reach>;
  /** From now on pushes of the others are delivered here. */
  receive(pushes: Pick<Pushes, "deliver">, nowMs: () => number): void;
}

/** Beyond the time that browsers have: what two hops between processes may take. */
const relayGraceMs = 1_000;

export interface SiblingsDeps {
  /** The limit for one user's sockets at all workers; asked at each socket, so that a reload applies. */
  readonly maxSocketsOf: (user: UserRef) => number;
  readonly onFault: (what: string, cause: unknown) => void;
}

export function createSiblings(primary: Peer, { maxSocketsOf, onFault }: SiblingsDeps): Siblings {
  const book = createBookEntries(primary, maxSocketsOf);
  return {
    announce: (facts) => {
      const entered = book.enter(facts);
      return {
        known: entered.catch((cause: unknown) => onFault("the primary did not enter a socket in its book", cause)),
        gone: () => book.strikeOut(facts),
      };
    },
    share: (own) => {
      const shared = sharedSockets(own, book);
      primary.on(sockets.end, ({ socket: number, end }) => {
        const socket = book.socketOf(number);
        if (socket !== undefined) shared.end(socket, end);
      });
      return shared;
    },
    relay: async ({ contextId, userId, event, payload, source }, waitMs) => {
      const push = { contextId, userId, event, payload, source };
      try {
        return await primary.ask(sockets.push, { push, waitMs }, (waitMs ?? 0) + relayGraceMs);
      } catch (cause) {
        onFault("a push may not have reached the other workers", cause);
        return { sockets: 0, seen: 0 };
      }
    },
    receive: (pushes, nowMs) => {
      primary.answer(sockets.deliver, async ({ push, waitMs }) => {
        const reached = pushes.deliver({ ...push, acceptedAtMs: nowMs() }).sockets;
        return { sockets: reached.length, seen: waitMs === undefined ? 0 : await seenBy(reached, waitMs) };
      });
    },
  };
}

/** What this worker has in the primary's book. A socket is the same as long as its facts are the same object. */
interface BookEntries {
  enter(facts: SocketFacts): Promise<void>;
  open(socket: OpenSocket): void;
  /** Once: whoever comes later finds nothing to do. */
  strikeOut(facts: SocketFacts): void;
  socketOf(number: number): OpenSocket | undefined;
}

function createBookEntries(primary: Peer, maxSocketsOf: SiblingsDeps["maxSocketsOf"]): BookEntries {
  const numbers = new Map<SocketFacts, number>();
  const open = new Map<number, OpenSocket>();
  let lastNumber = 0;
  return {
    enter: async (facts) => {
      const { contextId, userId, session, connection } = facts;
      const number = ++lastNumber;
      numbers.set(facts, number);
      const maxOfUser = maxSocketsOf(facts);
      await primary.ask(sockets.opening, { socket: number, contextId, userId, session, connection, maxOfUser });
    },
    open: (socket) => {
      const number = numbers.get(socket.facts);
      if (number === undefined) return;
      open.set(number, socket);
      primary.tell(sockets.opened, number);
    },
    strikeOut: (facts) => {
      const number = numbers.get(facts);
      if (number === undefined) return;
      numbers.delete(facts);
      open.delete(number);
      primary.tell(sockets.closed, number);
    },
    socketOf: (number) => open.get(number),
  };
}

const sharedSockets = (own: OpenSockets, book: BookEntries): OpenSockets => ({
  add: (socket) => {
    own.add(socket);
    book.open(socket);
  },
  remove: (socket) => {
    own.remove(socket);
    book.strikeOut(socket.facts);
  },
  end: (socket, end) => {
    book.strikeOut(socket.facts);
    own.end(socket, end);
  },
  ofUser: (contextId, userId) => own.ofUser(contextId, userId),
  ofSession: (fingerprint) => own.ofSession(fingerprint),
  all: () => own.all(),
  get size() {
    return own.size;
  },
});

/** Takes a push to all other workers that have sockets of its user, as the primary does; the sum of what they reached. */
export async function relayTo(
  workers: readonly Peer[],
  asked: { readonly push: Omit<Push, "acceptedAtMs">; readonly waitMs: number | undefined },
  onFault: (what: string, cause: unknown) => void,
): Promise<Reach> {
  const reached = await Promise.all(
    workers.map((worker) =>
      worker.ask(sockets.deliver, asked, (asked.waitMs ?? 0) + relayGraceMs / 2).catch((cause: unknown) => {
        onFault("a push may not have reached a worker", cause);
        return { sockets: 0, seen: 0 };
      }),
    ),
  );
  return {
    sockets: reached.reduce((sum, one) => sum + one.sockets, 0),
    seen: reached.reduce((sum, one) => sum + one.seen, 0),
  };
}
