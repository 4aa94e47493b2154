import { expect, test } from "@jest/globals";
import express from "express";
import type { RequestHandler } from "express";
import { answerFaults } from "../../../../server/http/json-body.ts";
import { createPushApiRoutes } from "../../../../server/http/push-api.ts";
import type { PushApiDeps } from "../../../../server/http/push-api.ts";
import type { Push } from "../../../../server/push/push.ts";
import { createRepeats } from "../../../../server/push/repeats.ts";
import type { OpenSocket } from "../../../../server/realtime/open-sockets.ts";
import { exampleUser } from "../../../support/example-session.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { recordedSocket } from "../recorded-socket.ts";
import { serve } from "./serve.ts";

const path = "/preliminary/oxbow/v1/push";
const body = { context: 1, user: 3, event: "ox:calendar:updates", payload: { folders: ["cal://0/31"] } };

interface Rig {
  readonly post: (body: unknown, query?: string) => Promise<Response>;
  readonly url: string;
  readonly pushes: readonly Push[];
}

async function rig(changes: Partial<PushApiDeps> & { readonly sockets?: readonly OpenSocket[] } = {}): Promise<Rig> {
  const { sockets = [], ...deps } = changes;
  const pushes: Push[] = [];
  let ids = 0;
  const routes = createPushApiRoutes({
    requireBasicAuth: (_req, _res, next) => next(),
    directory: {
      user: (contextId, id) =>
        Promise.resolve(contextId === 1 && [3, 4].includes(id) ? exampleUser({ contextId, id }) : undefined),
    },
    deliver: (push) => {
      pushes.push(push);
      return { sockets };
    },
    repeats: createRepeats(
      () => 60_000,
      () => 0,
    ),
    isOpen: () => true,
    maxBodyBytes: 1_000,
    newPushId: () => `push-${++ids}`,
    nowMs: () => 123,
    ...deps,
  });
  const app = express()
    .set("query parser", "simple")
    .use(routes)
    .use(answerFaults(() => undefined));
  const { url } = await serve(app);
  const post = (content: unknown, query = ""): Promise<Response> =>
    fetch(url + path + query, {
      method: "POST",
      body: typeof content === "string" ? content : JSON.stringify(content),
    });
  return { post, url, pushes };
}

const answerOf = async (answer: Response): Promise<readonly [number, unknown]> => [answer.status, await answer.json()];

test("a push is delivered as it came and answered by its id and the number of sockets", async () => {
  const { post, pushes } = await rig({ sockets: [recordedSocket(), recordedSocket()] });
  expect(await answerOf(await post({ ...body, source: "connection-9" }))).toEqual([202, { id: "push-1", sockets: 2 }]);
  const { event, payload } = body;
  expect(pushes).toEqual([{ contextId: 1, userId: 3, event, payload, source: "connection-9", acceptedAtMs: 123 }]);
});

test("sockets and browsers at other processes of the node count, too", async () => {
  const waits: (number | undefined)[] = [];
  const { post } = await rig({
    deliver: (_push, waitMs) => {
      waits.push(waitMs);
      return { sockets: [recordedSocket()], elsewhere: Promise.resolve({ sockets: 2, seen: 1 }) };
    },
  });
  expect(await answerOf(await post(body))).toEqual([202, { id: "push-1", sockets: 3 }]);
  const seen = await answerOf(await post(body, "?wait=seen&timeout=10"));
  expect(seen).toEqual([200, { id: "push-2", sockets: 3, seen: 1 }]);
  expect(waits).toEqual([undefined, 10]);
});

test("a repeat that another process remembers is told so", async () => {
  const { post, pushes } = await rig({ repeats: { isRepeat: () => Promise.resolve(true) } });
  expect(await answerOf(await post({ ...body, id: "mail-7" }))).toEqual([
    202,
    { id: "mail-7", sockets: 0, repeat: true },
  ]);
  expect(pushes).toEqual([]);
});

test("a user without sockets is no failure", async () => {
  const { post } = await rig();
  expect(await answerOf(await post(body))).toEqual([202, { id: "push-1", sockets: 0 }]);
});

test("a repeated id is told so and not delivered again", async () => {
  const { post, pushes } = await rig({ sockets: [recordedSocket()] });
  expect(await answerOf(await post({ ...body, id: "mail-7" }))).toEqual([202, { id: "mail-7", sockets: 1 }]);
  for (const query of ["", "?wait=seen"]) {
    const answer = await answerOf(await post({ ...body, id: "mail-7" }, query));
    expect(answer).toEqual([202, { id: "mail-7", sockets: 0, repeat: true }]);
  }
  expect(pushes).toHaveLength(1);
});

test.each([
  { name: "another user", first: { ...body, id: "a" }, second: { ...body, user: 4, id: "a" } },
  { name: "another id", first: { ...body, id: "a" }, second: { ...body, id: "b" } },
  { name: "no id", first: body, second: body },
])("the same push for $name is no repeat", async ({ first, second }) => {
  const { post, pushes } = await rig();
  await post(first);
  await post(second);
  expect(pushes).toHaveLength(2);
});

test("of two requests with one id at the same time one is delivered", async () => {
  const { post, pushes } = await rig();
  const answers = await Promise.all([1, 2, 3].map(() => post({ ...body, id: "a" }).then((answer) => answer.json())));
  expect(answers.filter((answer) => !JSON.stringify(answer).includes("repeat"))).toHaveLength(1);
  expect(pushes).toHaveLength(1);
});

test("a push that was refused may come again under the same id", async () => {
  let isOpen = false;
  const { post, pushes } = await rig({ isOpen: () => isOpen });
  expect((await post({ ...body, id: "a" })).status).toBe(503);
  isOpen = true;
  expect(await answerOf(await post({ ...body, id: "a" }))).toEqual([202, { id: "a", sockets: 0 }]);
  expect(pushes).toHaveLength(1);
});

test.each([
  { name: "a reserved event", content: { ...body, event: "session:invalid" }, error: "event: is reserved" },
  { name: "a payload that is a list", content: { ...body, payload: [] }, error: "payload: must be an object" },
  {
    name: "two wrong fields",
    content: { ...body, user: 0, context: "1" },
    error: expect.stringMatching(/^context: .*; user: /),
  },
  { name: "a list", content: [body], error: expect.stringMatching(/^body: /) },
  { name: "nothing", content: "", error: expect.stringMatching(/^(body|context): /) },
  { name: "broken JSON", content: '{"context"', error: "the body is not valid JSON" },
])("$name is refused with 400 and named", async ({ content, error }) => {
  const { post, pushes } = await rig();
  expect(await answerOf(await post(content))).toEqual([400, { error }]);
  expect(pushes).toEqual([]);
});

test("more than the limit is refused with 413", async () => {
  const { post } = await rig();
  expect((await post({ ...body, payload: { text: "x".repeat(1_000) } })).status).toBe(413);
});

test.each([
  { context: 1, user: 5 },
  { context: 2, user: 3 },
])("a user whom nobody has is refused with 404: %j", async (who) => {
  const { post, pushes } = await rig();
  const error = `no user ${who.user} in context ${who.context}`;
  expect(await answerOf(await post({ ...body, ...who }))).toEqual([404, { error }]);
  expect(pushes).toEqual([]);
});

test("while the node stops a push is not taken", async () => {
  const { post, pushes } = await rig({ isOpen: () => false });
  const answer = await post(body);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(pushes).toEqual([]);
});

test("with wait=seen the answer comes when the browsers have confirmed", async () => {
  const confirms: ((seen: boolean) => void)[] = [];
  const confirm = (done: (seen: boolean) => void) => {
    confirms.push(done);
    return () => undefined;
  };
  const waiting = recordedSocket({ confirm });
  const { post } = await rig({ sockets: [waiting, recordedSocket({ transport: "polling" })] });
  let answered = false;
  const answer = post(body, "?wait=seen").finally(() => (answered = true));
  await waitFor("the browser is asked", () => confirms.length === 1);
  expect(answered).toBe(false);
  confirms[0]?.(true);
  expect(await answerOf(await answer)).toEqual([200, { id: "push-1", sockets: 2, seen: 1 }]);
});

test.each([0, 40])("with wait=seen and a timeout of %s ms the answer comes by then at the latest", async (timeout) => {
  const silent = recordedSocket({ confirm: () => () => undefined });
  const { post } = await rig({ sockets: [silent] });
  const answer = await answerOf(await post(body, `?wait=seen&timeout=${timeout}`));
  expect(answer).toEqual([200, { id: "push-1", sockets: 1, seen: 0 }]);
});

test.each([
  "?wait=",
  "?wait=written",
  "?wait=seen&wait=seen",
  "?wait=seen&timeout=",
  "?wait=seen&timeout=-1",
  "?wait=seen&timeout=1.5",
  "?wait=seen&timeout=1e3",
  "?wait=seen&timeout=60001",
  "?wait=seen&timeout=999999",
  "?wait=seen&timeout=1&timeout=2",
])("%s is refused with 400, and nothing is sent", async (query) => {
  const { post, pushes } = await rig({ sockets: [recordedSocket()] });
  const [status, answer] = await answerOf(await post(body, query));
  expect(status).toBe(400);
  expect(answer).toEqual({ error: expect.stringMatching(/^wait must be/) });
  expect(pushes).toEqual([]);
});

test("nothing of a body is read before the credentials were", async () => {
  const requireBasicAuth: RequestHandler = (req, res) => void res.status(401).json({ read: req.body as unknown });
  const { post } = await rig({ requireBasicAuth });
  expect(await answerOf(await post(body))).toEqual([401, {}]);
});

test.each(["GET", "PUT", "DELETE", "OPTIONS"])("%s is told that only POST is allowed", async (method) => {
  const { url } = await rig();
  const answer = await fetch(url + path, { method });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
});

test("where users are known elsewhere, nobody is unknown", async () => {
  const { post, pushes } = await rig({ directory: undefined });
  const answer = await post({ context: 77, user: 5, event: "x:y", payload: {} });
  expect(answer.status).toBe(202);
  expect(pushes).toMatchObject([{ contextId: 77, userId: 5 }]);
});
