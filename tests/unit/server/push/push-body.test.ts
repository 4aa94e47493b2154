import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { pushBody } from "../../../../server/push/push-body.ts";

const least = { context: 1, user: 3, event: "ox:calendar:updates", payload: { folders: ["cal://0/31"] } };

const problems = (body: unknown): string[] =>
  pushBody.safeParse(body).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

/** An object within an object, so many levels in all. */
const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });

test.each([
  { name: "what a push must hold", body: least },
  { name: "a source and an id", body: { ...least, source: "17000000001", id: "mail-7" } },
  { name: "an empty payload", body: { ...least, payload: {} } },
  { name: "the largest ids", body: { ...least, context: 2_147_483_647, user: 2_147_483_647 } },
  {
    name: "the longest names",
    body: { ...least, event: "e".repeat(256), source: "s".repeat(256), id: "i".repeat(256) },
  },
  { name: "a payload of 32 levels", body: { ...least, payload: nested(32) } },
  { name: "an event that is called like a method", body: { ...least, event: "constructor" } },
])("$name is taken as it is", ({ body }) => {
  expect(pushBody.parse(body)).toEqual(body);
});

test("fields that nobody knows are left out", () => {
  expect(pushBody.parse({ ...least, room: "everybody", adapter: {} })).toEqual(least);
});

test("a payload keeps its keys, whatever they are called", () => {
  const payload: unknown = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toJSON":2}');
  expect(JSON.stringify(pushBody.parse({ ...least, payload }).payload)).toBe(JSON.stringify(payload));
});

test.each([
  { name: "nothing", body: undefined, field: "" },
  { name: "null", body: null, field: "" },
  { name: "a list", body: [least], field: "" },
  { name: "a text", body: "push", field: "" },
  { name: "no context", body: { ...least, context: undefined }, field: "context" },
  { name: "a context of 0", body: { ...least, context: 0 }, field: "context" },
  { name: "a context as text", body: { ...least, context: "1" }, field: "context" },
  { name: "a user that is no integer", body: { ...least, user: 3.5 }, field: "user" },
  { name: "a negative user", body: { ...least, user: -3 }, field: "user" },
  { name: "a user beyond 32 bits", body: { ...least, user: 2_147_483_648 }, field: "user" },
  { name: "no event", body: { ...least, event: undefined }, field: "event" },
  { name: "an empty event", body: { ...least, event: "" }, field: "event" },
  { name: "an event of 257 characters", body: { ...least, event: "e".repeat(257) }, field: "event" },
  { name: "an event that is a number", body: { ...least, event: 1 }, field: "event" },
  { name: "no payload", body: { ...least, payload: undefined }, field: "payload" },
  { name: "a payload of null", body: { ...least, payload: null }, field: "payload" },
  { name: "a payload that is a list", body: { ...least, payload: [{}] }, field: "payload" },
  { name: "a payload that is a text", body: { ...least, payload: "{}" }, field: "payload" },
  { name: "a payload of 33 levels", body: { ...least, payload: nested(33) }, field: "payload" },
  { name: "a payload of endless levels", body: { ...least, payload: { deep: nested(5_000) } }, field: "payload" },
  {
    name: "lists in lists",
    body: { ...least, payload: { deep: JSON.parse("[".repeat(9_999) + "]".repeat(9_999)) as unknown } },
    field: "payload",
  },
  { name: "an empty source", body: { ...least, source: "" }, field: "source" },
  { name: "a source of null", body: { ...least, source: null }, field: "source" },
  { name: "an id that is a number", body: { ...least, id: 7 }, field: "id" },
  { name: "an id of 257 characters", body: { ...least, id: "i".repeat(257) }, field: "id" },
])("$name is refused, and the field '$field' is named", ({ body, field }) => {
  expect(problems(body)).toEqual([expect.stringMatching(new RegExp(`^${field}: `))]);
});

test.each([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
  "session:invalid",
])("no producer may send the event %s", (event) => {
  expect(problems({ ...least, event })).toEqual(["event: is reserved"]);
});

test("all fields that are wrong are named, and none of their values", () => {
  const found = problems({ context: "c0ntext", user: "us3r", event: 1, payload: "pay10ad", source: {}, id: {} });
  expect(found.map((one) => one.split(":")[0])).toEqual(["context", "user", "event", "payload", "source", "id"]);
  expect(found.join()).not.toMatch(/c0ntext|us3r|pay10ad/);
});

test("no body throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.anything().map((payload) => ({ ...least, payload })),
      ),
      (body) => {
        pushBody.safeParse(body);
      },
    ),
  );
});
