/** `POST /preliminary/oxbow/v1/push`: any event for a user, to all of that user's sockets and to nobody else's. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { clientVersions, connectClient, type RecordingClient } from "../../support/acceptance/clients.ts";
import { eventOf, openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { ask, asObject, logIn, type Login, push, pushTo, restAuthorization } from "../../support/acceptance/http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, startOxbow } from "../../support/oxbow-process.ts";

const events = ["ox:calendar:updates", "acceptance:any", "acceptance:last"];
let oxbow: Oxbow;
let anton: Login;
let clients: readonly RecordingClient[];
let witness: Witness;
beforeAll(async () => {
  oxbow = await startOxbow();
  anton = await logIn(oxbow.url);
  clients = clientVersions.map((version) => connectClient(oxbow.url, version, { login: anton, events }));
  await Promise.all(clients.map(async (client) => client.connected()));
  witness = await createWitness(oxbow.url);
});
afterEach(async () => witness.isUnharmed());

let number = 0;
/** What one client got between now and a push that is sent to it last. */
async function receivedDuring(action: () => Promise<unknown>, client = clients[0]): Promise<readonly unknown[]> {
  if (client === undefined) throw new Error("no client");
  const before = client.received.length;
  await action();
  number += 1;
  const mark = number;
  await pushTo(oxbow.url, 3, "acceptance:last", { mark });
  await client.event("acceptance:last", (payload) => asObject(payload)["mark"] === mark);
  return client.received.slice(before, -1);
}

describe("delivery", () => {
  test("answers 202 with an id and the number of sockets, and each socket gets the event once", async () => {
    const payload = { folders: ["cal://0/31"], needsAction: [{ folderId: "cal://0/31", id: "812" }] };
    const answer = await push(oxbow.url, { context: 1, user: 3, event: "ox:calendar:updates", payload });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.json).toEqual({ id: expect.stringMatching(/./), sockets: clients.length });
    for (const client of clients) expect((await client.event("ox:calendar:updates")).args).toEqual([payload]);
    const all = clients.map((client) => client.received.filter((event) => event.name === "ox:calendar:updates").length);
    expect(all).toEqual(clients.map(() => 1));
  });

  test("gives every push an id of its own", async () => {
    const body = { context: 1, user: 3, event: "acceptance:any", payload: {} };
    const ids = [(await push(oxbow.url, body)).json["id"], (await push(oxbow.url, body)).json["id"]];
    expect(new Set(ids).size).toBe(2);
  });

  test("answers with the id that was given", async () => {
    const body = { context: 1, user: 3, event: "acceptance:any", payload: {}, id: "own-id-1" };
    expect((await push(oxbow.url, body)).json).toEqual({ id: "own-id-1", sockets: clients.length });
  });

  test("sends a repeated id of the same user once, and says so; another user's is no repeat", async () => {
    const body = { context: 1, user: 3, event: "acceptance:any", payload: { once: true }, id: "own-id-2" };
    const received = await receivedDuring(async () => {
      expect((await push(oxbow.url, body)).json).toEqual({ id: "own-id-2", sockets: clients.length });
      const again = await push(oxbow.url, body);
      expect(again).toMatchObject({ status: 202, json: { id: "own-id-2", repeat: true } });
      expect((await push(oxbow.url, { ...body, user: 4 })).json).not.toHaveProperty("repeat");
    });
    expect(received).toEqual([{ name: "acceptance:any", args: [{ once: true }] }]);
  });

  test("keeps the order of arrival", async () => {
    const received = await receivedDuring(async () => {
      for (let index = 0; index < 30; index += 1) await pushTo(oxbow.url, 3, "acceptance:any", { index });
    });
    const expected = Array.from({ length: 30 }, (_, index) => ({ name: "acceptance:any", args: [{ index }] }));
    expect(received).toEqual(expected);
  });

  test.each<{ readonly name: string; readonly payload: unknown }>([
    { name: "nested objects", payload: { a: { b: { c: [1, 2.5, true, null, "ä😀"] } } } },
    { name: "an object with odd names", payload: { constructor: "x", hasOwnProperty: 1, "": 2 } },
    { name: "an empty object", payload: {} },
    { name: "a text of 20,000 characters", payload: { text: "x".repeat(20_000) } },
  ])("$name arrives as the one argument, unchanged", async ({ payload }) => {
    expect(await receivedDuring(async () => pushTo(oxbow.url, 3, "acceptance:any", payload))).toEqual([
      { name: "acceptance:any", args: [payload] },
    ]);
  });

  test("what looks like a binary placeholder arrives as the object it is", async () => {
    const payload = { file: { _placeholder: true, num: 0 } };
    expect(await receivedDuring(async () => pushTo(oxbow.url, 3, "acceptance:any", payload))).toEqual([
      { name: "acceptance:any", args: [payload] },
    ]);
  });

  test("a name like __proto__ in a payload harms nobody", async () => {
    const body = '{"context":1,"user":3,"event":"acceptance:any","payload":{"__proto__":{"polluted":1},"x":1}}';
    expect([202, 400]).toContain((await push(oxbow.url, body)).status);
    expect(await receivedDuring(async () => pushTo(oxbow.url, 3, "acceptance:any", {}))).toContainEqual({
      name: "acceptance:any",
      args: [{}],
    });
  });

  test("the source connection does not get its own event back", async () => {
    const [source, other] = clients;
    if (source === undefined || other === undefined) throw new Error("two clients are needed");
    const action = async (): Promise<unknown> => {
      const answer = await pushTo(oxbow.url, 3, "acceptance:any", { from: "source" }, source.connection);
      expect(answer.json["sockets"]).toBe(clients.length - 1);
      return answer;
    };
    const before = other.received.length;
    expect(await receivedDuring(action, source)).toEqual([]);
    expect(other.received.slice(before)).toContainEqual({ name: "acceptance:any", args: [{ from: "source" }] });
  });

  test("a source that names no connection of the user leaves nobody out", async () => {
    const answer = await pushTo(oxbow.url, 3, "acceptance:any", {}, witness.client.connection);
    expect(answer.json["sockets"]).toBe(clients.length);
  });

  test("a user without sockets: 202 with none", async () => {
    const lonely = await startOxbow();
    const answer = await push(lonely.url, { context: 1, user: 4, event: "x:y", payload: {} });
    expect(answer).toMatchObject({ status: 202, json: { sockets: 0 } });
    await lonely.stop();
  });

  test("pushes to one user never reach the other", async () => {
    const before = clients[0]?.received.length ?? 0;
    for (let index = 0; index < 10; index += 1) await pushTo(oxbow.url, 4, "acceptance:any", { index });
    expect(await receivedDuring(async () => Promise.resolve())).toEqual([]);
    expect(clients[0]?.received.length).toBe(before + 1);
  });

  test("on the wire the event is one plain packet with one argument", async () => {
    const socket = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
    await pushTo(oxbow.url, 3, "acceptance:any", { a: 1 });
    const frame = await socket.frame((text) => text.startsWith("42"));
    expect(eventOf(frame)).toEqual(["acceptance:any", { a: 1 }]);
    expect(frame).toBe('42["acceptance:any",{"a":1}]');
    socket.socket.close();
    await socket.closed();
  });
});

describe("refusals", () => {
  const whole = { context: 1, user: 3, event: "acceptance:any", payload: {} };
  test.each([
    { ...whole, context: undefined },
    { ...whole, context: "1" },
    { ...whole, context: 1.5 },
    { ...whole, context: -1 },
    { ...whole, user: undefined },
    { ...whole, user: "3" },
    { ...whole, user: null },
    { ...whole, user: 99_999_999_999 },
    { ...whole, event: undefined },
    { ...whole, event: "" },
    { ...whole, event: 1 },
    { ...whole, event: ["x"] },
    { ...whole, event: "x".repeat(5_000) },
    { ...whole, payload: undefined },
    { ...whole, source: 1 },
    { ...whole, id: {} },
  ])("%j: 400, nothing sent", async (body) => {
    expect(await receivedDuring(async () => expect((await push(oxbow.url, body)).status).toBe(400))).toEqual([]);
  });

  test.each([
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "error",
    "newListener",
    "removeListener",
    "__proto__",
  ])("the reserved event name %s does no harm: 400, or passed on like any other", async (event) => {
    expect([202, 400]).toContain((await push(oxbow.url, { ...whole, event })).status);
    expect(clients.map((client) => client.isConnected())).toEqual(clients.map(() => true));
  });

  test.each(["", "{", "[]", "null", '"x"', '{"payload":'.repeat(5_000)])(
    "the malformed body %.20j: 400",
    async (body) => {
      expect((await push(oxbow.url, body)).status).toBe(400);
    },
  );

  test.each([
    { ...whole, user: 99 },
    { ...whole, context: 2 },
  ])("an unknown user (%j): 404", async (body) => {
    expect((await push(oxbow.url, body)).status).toBe(404);
  });

  test.each(["", `Basic ${Buffer.from("rest:Rest").toString("base64")}`])(
    "the credentials %j: 401",
    async (authorization) => {
      const answer = await push(oxbow.url, whole, { Authorization: authorization });
      expect(answer.status).toBe(401);
    },
  );

  test.each(["GET", "PUT", "DELETE"])("%s: 405, naming what is allowed", async (method) => {
    const headers = { Authorization: restAuthorization, "Content-Type": "application/json" };
    const body = method === "PUT" ? { body: "{}" } : {};
    const answer = await ask(`${oxbow.url}/preliminary/oxbow/v1/push`, { method, headers, ...body });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toContain("POST");
  });

  test("a body beyond the limit: 413; an encoded one: 415", async () => {
    expect((await push(oxbow.url, { ...whole, payload: { text: "x".repeat(70_000) } })).status).toBe(413);
    expect((await push(oxbow.url, whole, { "Content-Encoding": "gzip" })).status).toBe(415);
  });
});
