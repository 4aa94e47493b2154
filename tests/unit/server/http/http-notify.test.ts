import { expect, test } from "@jest/globals";
import express from "express";
import type { RequestHandler } from "express";
import { createHttpNotifyRoutes } from "../../../../server/http/http-notify.ts";
import type { HttpNotifyDeps } from "../../../../server/http/http-notify.ts";
import { answerFaults } from "../../../../server/http/json-body.ts";
import type { Push } from "../../../../server/push/push.ts";
import { exampleUser } from "../../../support/example-session.ts";
import { serve } from "./serve.ts";

const path = "/preliminary/http-notify/v1/notify";
const newMail = { user: "3@1", event: "messageNew", folder: "INBOX", "imap-uid": 4, subject: "=?utf-8?q?=C3=84pfel?=" };

interface Rig {
  readonly put: (body: unknown, target?: string) => Promise<Response>;
  readonly url: string;
  readonly pushes: readonly Push[];
  readonly malformed: readonly string[];
  readonly faults: readonly unknown[];
}

async function rig(changes: Partial<HttpNotifyDeps> = {}): Promise<Rig> {
  const pushes: Push[] = [];
  const malformed: string[] = [];
  const faults: unknown[] = [];
  const routes = createHttpNotifyRoutes({
    requireBasicAuth: (_req, _res, next) => next(),
    directory: { user: (context, id) => Promise.resolve(context === 1 && id === 3 ? exampleUser() : undefined) },
    deliver: (push) => void pushes.push(push),
    isOpen: () => true,
    maxBodyBytes: 1_000,
    nowMs: () => 123,
    onMalformed: (problem) => void malformed.push(problem),
    ...changes,
  });
  const { url } = await serve(
    express()
      .use(routes)
      .use(answerFaults((fault) => void faults.push(fault))),
  );
  const put = (body: unknown, target = path): Promise<Response> =>
    fetch(url + target, { method: "PUT", body: typeof body === "string" ? body : JSON.stringify(body) });
  return { put, url, pushes, malformed, faults };
}

test("a new mail becomes a push for its user, and the answer is Dovecot's", async () => {
  const { put, pushes } = await rig();
  const answer = await put(newMail);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ success: true });
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expect(pushes).toEqual([
    {
      contextId: 1,
      userId: 3,
      event: "ox:mail:new",
      payload: { folder: "default0/INBOX", id: "4", subject: "Äpfel" },
      acceptedAtMs: 123,
    },
  ]);
});

test("a query behind the path changes nothing", async () => {
  const { put, pushes } = await rig();
  expect((await put(newMail, `${path}?server=mail1`)).status).toBe(200);
  expect(pushes).toHaveLength(1);
});

test.each([{ event: "flagsSet" }, { event: "messageExpunge", user: "not even a user" }])(
  "an event that is no new mail is taken and does nothing: %j",
  async (body) => {
    const { put, pushes, malformed } = await rig();
    const answer = await put(body);
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    expect([pushes, malformed]).toEqual([[], []]);
  },
);

test.each([
  {
    name: "a login name as user",
    body: { ...newMail, user: "anton@example.org" },
    error: "user: must be USERID@CONTEXTID",
  },
  { name: "an id out of range", body: { ...newMail, user: "99999999999@1" }, error: "user: must be USERID@CONTEXTID" },
  { name: "no folder", body: { ...newMail, folder: "" }, error: expect.stringMatching(/^folder: /) },
  { name: "a list", body: [], error: expect.stringMatching(/^body: /) },
  { name: "nothing", body: "", error: expect.stringMatching(/^(body|event): /) },
])("$name is refused with 400, named and counted", async ({ body, error }) => {
  const { put, pushes, malformed } = await rig();
  const answer = await put(body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ error });
  expect(malformed).toEqual([error]);
  expect(pushes).toEqual([]);
});

test.each([
  { name: "broken JSON", body: '{"user":', status: 400 },
  { name: "more than the limit", body: { ...newMail, snippet: "x".repeat(1_000) }, status: 413 },
])("$name is refused with $status", async ({ body, status }) => {
  const { put, pushes } = await rig();
  expect((await put(body)).status).toBe(status);
  expect(pushes).toEqual([]);
});

test.each(["4@1", "3@2"])("user %s, whom nobody has, is refused with 404", async (user) => {
  const { put, pushes } = await rig();
  const answer = await put({ ...newMail, user });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({ error: `no user ${user.replace("@", " in context ")}` });
  expect(pushes).toEqual([]);
});

test.each([newMail, { event: "flagsSet" }])(
  "while the node stops nothing is taken, and the sender may come again: %j",
  async (body) => {
    const { put, pushes } = await rig({ isOpen: () => false });
    const answer = await put(body);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(pushes).toEqual([]);
  },
);

test("a directory that fails is a fault, not a missing user", async () => {
  const { put, pushes, faults } = await rig({ directory: { user: () => Promise.reject(new Error("away")) } });
  expect((await put(newMail)).status).toBe(500);
  expect(faults).toEqual([new Error("away")]);
  expect(pushes).toEqual([]);
});

test("nothing of a body is read before the credentials were", async () => {
  const requireBasicAuth: RequestHandler = (req, res) => void res.status(401).json({ read: req.body as unknown });
  const { put } = await rig({ requireBasicAuth });
  for (const body of [newMail, "broken", "x".repeat(5_000)]) {
    const answer = await put(body);
    expect([answer.status, await answer.json()]).toEqual([401, {}]);
  }
});

test.each(["GET", "POST", "DELETE", "PATCH", "OPTIONS"])("%s is told that only PUT is allowed", async (method) => {
  const { url } = await rig();
  const answer = await fetch(url + path, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("PUT");
});

test.each([`${path}/`, path.toUpperCase(), `${path}/1`, "/preliminary/http-notify/v2/notify"])(
  "%s is another path",
  async (other) => {
    const { put, pushes } = await rig();
    expect((await put(newMail, other)).status).toBe(404);
    expect(pushes).toEqual([]);
  },
);

test("where users are known elsewhere, nobody is unknown", async () => {
  const { put, pushes } = await rig({ directory: undefined });
  const answer = await put({ ...newMail, user: "5@77" });
  expect(answer.status).toBe(200);
  expect(pushes).toMatchObject([{ contextId: 77, userId: 5 }]);
});
