import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { engineErrors, readHandshakeQuery } from "../../../../server/realtime/handshake-query.ts";
import type { ReadQuery, TransportName } from "../../../../server/realtime/handshake-query.ts";

const both: readonly TransportName[] = ["websocket", "polling"];
const path = "/socket.io/appsuite/?";

const upgrade = (query: string, method = "GET"): ReadQuery =>
  readHandshakeQuery({ url: path + query, method, upgrade: true }, both);
const poll = (query: string, method = "GET", transports = both): ReadQuery =>
  readHandshakeQuery({ url: path + query, method, upgrade: false }, transports);

test("the request of an App Suite browser is read as it is", () => {
  expect(upgrade("session=abc&connection=17000000000001234567890&EIO=3&transport=websocket")).toEqual({
    ok: true,
    query: {
      transport: "websocket",
      protocol: 3,
      session: "abc",
      connection: "17000000000001234567890",
      sid: undefined,
    },
  });
});

test.each([
  { query: "EIO=4", protocol: 4 },
  { query: "EIO=%34", protocol: 4 },
  { query: "EIO=3", protocol: 3 },
  { query: "EIO=5", protocol: 3 },
  { query: "EIO=", protocol: 3 },
  { query: "EIO=04", protocol: 3 },
  { query: "x=1", protocol: 3 },
])("$query means Engine.IO $protocol", ({ query, protocol }) => {
  expect(upgrade(`${query}&transport=websocket`)).toMatchObject({ ok: true, query: { protocol } });
});

test.each([
  { query: "session=a+b%20c", read: { session: "a b c" } },
  { query: "%73ession=abc", read: { session: "abc" } },
  { query: "session=a=b", read: { session: "a=b" } },
  { query: "session", read: { session: "" } },
  { query: "connection=", read: { connection: undefined } },
  { query: `connection=${"c".repeat(256)}`, read: { connection: "c".repeat(256) } },
  { query: "sid=", read: { sid: "" } },
  { query: "Session=abc", read: { session: undefined } },
  { query: "unknown=%zz&unknown=%ff&t=abc&b64=1", read: { session: undefined } },
  { query: "%zz=1&&=&", read: { session: undefined } },
])("$query is read as $read", ({ query, read }) => {
  expect(upgrade(`${query}&transport=websocket`)).toMatchObject({ ok: true, query: read });
});

test("a URL without a query names no transport", () => {
  const read = readHandshakeQuery({ url: "/socket.io/", method: "GET", upgrade: true }, both);
  expect(read).toEqual({ ok: false, error: engineErrors.unknownTransport });
});

test.each([
  { name: "an absent transport", query: "EIO=4" },
  { name: "an empty transport", query: "transport=" },
  { name: "a transport of another case", query: "transport=WebSocket" },
  { name: "a transport nobody knows", query: "transport=carrier-pigeon" },
  { name: "the name of a built-in property", query: "transport=__proto__" },
  { name: "the name of a method", query: "transport=constructor" },
  { name: "WebTransport", query: "transport=webtransport" },
])("$name is answered by the error of an unknown transport", ({ query }) => {
  expect(upgrade(query)).toEqual({ ok: false, error: engineErrors.unknownTransport });
  expect(poll(query)).toEqual({ ok: false, error: engineErrors.unknownTransport });
});

test("polling is unknown where it is switched off, whatever else is wrong", () => {
  expect(poll("transport=polling&sid=x", "DELETE", ["websocket"])).toEqual({
    ok: false,
    error: engineErrors.unknownTransport,
  });
});

test.each([
  { name: "a repeated session", query: "session=a&session=a" },
  { name: "a repeated EIO", query: "EIO=4&EIO=4" },
  { name: "a repeated transport", query: "transport=websocket" },
  { name: "a repetition under another spelling", query: "session=a&%73ession=b" },
  { name: "a broken escape in the session", query: "session=%zz" },
  { name: "bytes in the session that are no UTF-8", query: "session=%ff" },
  { name: "a broken escape in the connection", query: "connection=%" },
  { name: "a control character in the connection", query: "connection=a%00b" },
  { name: "a line break in the connection", query: "connection=a%0ab" },
  { name: "a letter beyond ASCII in the connection", query: "connection=%C3%BC" },
  { name: "a connection of 257 characters", query: `connection=${"c".repeat(257)}` },
  { name: "JSONP", query: "j=0" },
])("$name makes a bad request", ({ query }) => {
  expect(upgrade(`transport=websocket&${query}`)).toEqual({ ok: false, error: engineErrors.badRequest });
});

test.each([
  { name: "an upgrade for polling", asked: () => upgrade("transport=polling") },
  { name: "a plain request for websocket", asked: () => poll("transport=websocket") },
])("$name makes a bad request", ({ asked }) => {
  expect(asked()).toEqual({ ok: false, error: engineErrors.badRequest });
});

test.each([
  { name: "an upgrade by POST", asked: () => upgrade("transport=websocket", "POST") },
  { name: "a first polling request by POST", asked: () => poll("transport=polling", "POST") },
])("$name is a bad handshake method", ({ asked }) => {
  expect(asked()).toEqual({ ok: false, error: engineErrors.badMethod });
});

test.each([
  { method: "PUT", query: "transport=polling", allow: "GET" },
  { method: "OPTIONS", query: "transport=polling", allow: "GET" },
  { method: "DELETE", query: "transport=polling&sid=x", allow: "GET, POST" },
  { method: "HEAD", query: "transport=polling&sid=x", allow: "GET, POST" },
])("$method of $query is told what is allowed: $allow", ({ method, query, allow }) => {
  expect(poll(query, method)).toEqual({ ok: false, allow });
});

test.each(["GET", "POST"])("%s of a running polling session is read", (method) => {
  expect(poll("transport=polling&EIO=4&sid=abc&session=s", method)).toMatchObject({
    ok: true,
    query: { transport: "polling", sid: "abc" },
  });
});

test("no query throws, and what is let in has a printable connection id of bounded length", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "session",
      "connection",
      "EIO",
      "transport",
      "sid",
      "j",
      "=",
      "&",
      "%",
      "+",
      "?",
      "%00",
      "websocket",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(part), fc.boolean(), (parts, isUpgrade) => {
      const url = `/socket.io/?transport=websocket&${parts.join("")}`;
      const read = readHandshakeQuery({ url, method: "GET", upgrade: isUpgrade }, both);
      if (read.ok) expect(read.query.connection ?? "x").toMatch(/^[\x20-\x7e]{1,256}$/);
    }),
  );
});
