import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "@jest/globals";
import express from "express";
import { createRequestSlots } from "../../../../server/http/request-limits.ts";
import { createSessionMiddleware } from "../../../../server/http/session-middleware.ts";
import { exampleSession, exampleUser } from "../../../support/example-session.ts";

/** Requests of one session, of which one may be under way; they are never answered. */
function routes() {
  const valid = { ok: true as const, session: exampleSession(), user: exampleUser() };
  const middleware = createSessionMiddleware({
    validate: (_request, { socket, url }) => {
      if (url === "/leaves") socket.destroy();
      return Promise.resolve(valid);
    },
    purpose: "request",
    addressOf: () => "192.0.2.1",
    refuse: (_req, res) => void res.writeHead(403).end(),
  });
  let onRefused: () => void = () => undefined;
  const slots = createRequestSlots(
    () => 1,
    () => onRefused(),
  );
  /** Whether it went through, and what belongs to it. */
  const ask = async (url = "/", socket = new Socket()) => {
    const request = new IncomingMessage(socket);
    Object.assign(request, { url, method: "GET" });
    const response = new ServerResponse(request);
    const passed = await new Promise<boolean>((resolve) => {
      onRefused = () => resolve(false);
      express().use(middleware, slots, () => resolve(true))(request, response);
    });
    return { passed, response, socket };
  };
  return { ask };
}

test("a client that left while its session was checked takes no place", async () => {
  const { ask } = routes();
  await ask("/leaves");
  expect((await ask()).passed).toBe(true);
});

test.each<{ name: string; ends: (of: { response: ServerResponse; socket: Socket }) => void }>([
  { name: "its answer ends", ends: ({ response }) => response.emit("close") },
  { name: "its connection ends, its answer behind another one", ends: ({ socket }) => socket.emit("close") },
])("the place of a request is free when $name, once", async ({ ends }) => {
  const { ask } = routes();
  const first = await ask();
  expect([first.passed, (await ask()).passed]).toEqual([true, false]);
  ends(first);
  expect((await ask()).passed).toBe(true);
  ends(first);
  expect((await ask()).passed).toBe(false);
});

test("requests that follow each other on one connection leave no listeners behind on it", async () => {
  const { ask } = routes();
  const socket = new Socket();
  const before = socket.listenerCount("close");
  for (let count = 0; count < 20; count += 1) {
    const { passed, response } = await ask("/", socket);
    expect(passed).toBe(true);
    response.emit("close");
  }
  expect(socket.listenerCount("close")).toBe(before);
});
