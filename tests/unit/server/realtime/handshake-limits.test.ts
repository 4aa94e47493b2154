import { describe, expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { createHandshakeLimits, type HandshakeLimits } from "../../../../server/realtime/handshake-limits.ts";

const anton = { contextId: 1, userId: 3 };
const berta = { contextId: 1, userId: 4 };

interface World {
  readonly limits: HandshakeLimits;
  readonly clock: { nowMs: number };
}

/** One socket per user is allowed, so four may be on their way. */
function world(changes: { readonly random?: () => number; readonly maxPerAddress?: number } = {}): World {
  const clock = { nowMs: 0 };
  const limits = createHandshakeLimits({
    maxPerAddress: () => changes.maxPerAddress ?? 2,
    maxSocketsOf: () => 1,
    nowMs: () => clock.nowMs,
    random: changes.random ?? (() => 0),
  });
  return { limits, clock };
}

function handshake(): {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
} {
  const socket = new Socket();
  const request = new IncomingMessage(socket);
  return { request, response: new ServerResponse(request), socket };
}

/** Takes all four places. */
const fill = (limits: HandshakeLimits): readonly ReturnType<typeof handshake>[] =>
  Array.from({ length: 4 }, () => {
    const one = handshake();
    expect(limits.begin(anton, one.request, one.response)).toEqual({ ok: true });
    return one;
  });

const isFull = (limits: HandshakeLimits, user = anton): boolean => {
  const { request, response } = handshake();
  const { ok } = limits.begin(user, request, response);
  response.emit("close");
  return !ok;
};

describe("handshakes of one address", () => {
  test("beyond the bound are refused until the window is over, those of others are not", () => {
    const { limits, clock } = world();
    expect([limits.fromAddress("192.0.2.1").ok, limits.fromAddress("192.0.2.1").ok]).toEqual([true, true]);
    clock.nowMs = 4_000;
    expect(limits.fromAddress("::ffff:192.0.2.1")).toEqual({ ok: false, retryAfterSeconds: 6 });
    expect(limits.fromAddress("192.0.2.2").ok).toBe(true);
    clock.nowMs = 10_000;
    expect(limits.fromAddress("192.0.2.1").ok).toBe(true);
  });

  test("are told to come back at different times", () => {
    const randoms = [0, 0.5, 0.99];
    const { limits } = world({ maxPerAddress: 1, random: () => randoms.shift() ?? 0 });
    limits.fromAddress("192.0.2.1");
    const again = [1, 2, 3].map(() => limits.fromAddress("192.0.2.1"));
    expect(again).toEqual([10, 12, 14].map((retryAfterSeconds) => ({ ok: false, retryAfterSeconds })));
  });
});

describe("connections of one user that have not joined", () => {
  test("are as many as four per allowed socket; other users have their own", () => {
    const { limits } = world();
    fill(limits);
    expect(isFull(limits)).toBe(true);
    expect(isFull(limits, berta)).toBe(false);
  });

  test.each<{ name: string; happens: (of: ReturnType<typeof handshake>, limits: HandshakeLimits) => void }>([
    { name: "it joins", happens: ({ request }, limits) => limits.joined(request) },
    { name: "its answer ends without a connection", happens: ({ response }) => response.emit("close") },
    { name: "its upgrade breaks off", happens: ({ socket }) => socket.emit("close") },
    {
      name: "the connection that it opened ends",
      happens: ({ request }, limits) => {
        const connection = new EventEmitter();
        limits.opened(request, connection);
        connection.emit("close");
      },
    },
  ])("leave their place when $name, once", ({ happens }) => {
    const { limits } = world();
    const [first] = fill(limits);
    if (first === undefined) throw new Error("no place was taken");
    happens(first, limits);
    happens(first, limits);
    const next = handshake();
    expect(limits.begin(anton, next.request, next.response).ok).toBe(true);
    expect(isFull(limits)).toBe(true);
  });

  test("keep their place while the connection that a poll opened goes on", () => {
    const { limits } = world();
    for (const { request, response, socket } of fill(limits)) {
      limits.opened(request, new EventEmitter());
      response.emit("close");
      socket.emit("close");
    }
    expect(isFull(limits)).toBe(true);
  });

  test("take no place when their client has already gone", () => {
    const { limits } = world();
    for (let count = 0; count < 10; count += 1) {
      const { request, response, socket } = handshake();
      socket.destroy();
      limits.begin(anton, request, response);
    }
    expect(isFull(limits)).toBe(false);
  });
});

test("handshakes that follow each other on one connection leave no listeners behind on it", () => {
  const { limits } = world();
  const socket = new Socket();
  const before = socket.listenerCount("close");
  for (let i = 0; i < 20; i++) {
    const request = new IncomingMessage(socket);
    const response = new ServerResponse(request);
    expect(limits.begin(anton, request, response)).toEqual({ ok: true });
    response.emit("close");
  }
  expect(socket.listenerCount("close")).toBe(before);
});
