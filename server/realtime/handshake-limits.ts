/**
 * How many handshakes one client may begin. Two bounds: of one address in a while, before anything is looked up, so that a
 * flood costs no session checks; and of one user's connections that were let in and have not joined yet (sent their CONNECT),
 * which cost memory and count for no other limit.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createFixedWindow, subscriberOf } from "../../auth/index.ts";

/** The window for one address. */
const windowMs = 10_000;
/** Connections on their way, for each socket that a user may have: a few tabs that all come back at once pass. */
const pendingPerSocket = 4;
/** Refused clients are told to come back within this many seconds more than needed, each at another time. */
const jitterSeconds = 5;

export interface HandshakeLimitsDeps {
  /** Handshakes of one address within 10 seconds; asked each time, so that a reload counts. */
  readonly maxPerAddress: () => number;
  readonly maxSocketsOf: (user: UserRef) => number;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

interface UserRef {
  readonly contextId: number;
  readonly userId: number;
}

/** `retryAfterSeconds` is there where the handshake is refused. */
export type Admitted = { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };

export interface HandshakeLimits {
  /** Counts a handshake of this address. */
  fromAddress(address: string | undefined): Admitted;
  /** Takes a place for a connection on its way. It is given back by `joined`, by the end of the connection or of its handshake. */
  begin(user: UserRef, request: IncomingMessage, response: ServerResponse): Admitted;
  /** The request opened a connection: from now on its place lasts as long, until it joins. */
  opened(request: IncomingMessage, connection: { once(event: "close", listener: () => void): unknown }): void;
  joined(request: IncomingMessage): void;
}

/** What a connection on its way takes. */
interface Place {
  readonly user: string;
  /** From then on it lasts as long as the connection. */
  hasOpened: boolean;
}

export function createHandshakeLimits(deps: HandshakeLimitsDeps): HandshakeLimits {
  const window = createFixedWindow({ windowMs }, deps.nowMs);
  const places = new Map<IncomingMessage, Place>();
  const perUser = new Map<string, number>();
  const refused = (leastMs: number): Admitted => ({
    ok: false,
    retryAfterSeconds: Math.max(1, Math.ceil(leastMs / 1_000)) + Math.floor(deps.random() * jitterSeconds),
  });
  const end = (request: IncomingMessage): void => {
    const place = places.get(request);
    if (place === undefined) return;
    places.delete(request);
    const rest = (perUser.get(place.user) ?? 0) - 1;
    if (rest > 0) perUser.set(place.user, rest);
    else perUser.delete(place.user);
  };

  return {
    fromAddress: (address) => {
      const taken = window.take(subscriberOf(address ?? ""), deps.maxPerAddress());
      return taken.ok ? taken : refused(taken.retryAfterMs);
    },
    begin: (user, request, response) => {
      if (request.socket.destroyed) return { ok: true }; // gone already: nothing would give its place back
      const key = `${user.contextId}:${user.userId}`;
      const ofUser = perUser.get(key) ?? 0;
      if (ofUser >= pendingPerSocket * deps.maxSocketsOf(user)) return refused(0);
      perUser.set(key, ofUser + 1);
      const place = { user: key, hasOpened: false };
      places.set(request, place);
      // An upgrade ends with its TCP connection, a poll with its answer, unless a connection was opened by it.
      const onClose = (): void => {
        request.socket.off("close", onClose); // it may serve many more handshakes of polling clients
        if (!place.hasOpened) end(request);
      };
      request.socket.once("close", onClose);
      response.once("close", onClose);
      return { ok: true };
    },
    opened: (request, connection) => {
      const place = places.get(request);
      if (place === undefined) return;
      place.hasOpened = true;
      connection.once("close", () => end(request));
    },
    joined: end,
  };
}
