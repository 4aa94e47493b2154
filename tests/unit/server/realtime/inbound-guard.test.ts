import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Encoder, PacketType } from "socket.io-parser";
import { createInboundGuard, GuardedDecoder, inspectPacket } from "../../../../server/realtime/inbound-guard.ts";
import type { InboundGuard, InboundLimits } from "../../../../server/realtime/inbound-guard.ts";

const binary = { code: 1003, reason: "binary" };
const syntax = { code: 1002, reason: "syntax" };
const depth = { code: 1008, reason: "depth" };

/** As many arrays, each in the one before. */
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

test.each([
  { name: "a CONNECT", packet: "0" },
  { name: "a CONNECT with data", packet: '0{"token":"x"}' },
  { name: "a CONNECT to another namespace", packet: "0/admin," },
  { name: "a CONNECT to another namespace with a query", packet: "0/admin?token=x," },
  { name: "a CONNECT to another namespace without a comma", packet: "0/admin" },
  { name: "a DISCONNECT", packet: "1" },
  { name: "a DISCONNECT of another namespace", packet: "1/admin," },
  { name: "an event", packet: '2["ping"]' },
  { name: "an event with an ack id", packet: '212["ping",{"a":[1]}]' },
  { name: "an event of another namespace", packet: '2/admin,7["ping"]' },
  { name: "an event whose name is a number", packet: "2[1]" },
  { name: "an ack", packet: '30["ok"]' },
  { name: "an ack without arguments", packet: "312[]" },
  { name: "the largest ack id", packet: `2${Number.MAX_SAFE_INTEGER}["ping"]` },
  { name: "an event with keys of prototypes", packet: '2["e",{"__proto__":{"a":1},"constructor":null}]' },
  { name: "brackets inside of a text", packet: `2["${"[".repeat(100)}"]` },
  { name: "brackets behind an escaped quote inside of a text", packet: `2["\\"${"[".repeat(100)}"]` },
  { name: "a text that ends with a backslash", packet: '2["\\\\",["a"]]' },
  { name: "32 levels", packet: `2["e",${nested(31)}]` },
  { name: "many values on one level", packet: `2["e"${",[]".repeat(5_000)}]` },
])("$name is well formed", ({ packet }) => {
  expect(inspectPacket(packet)).toBeUndefined();
});

test.each([
  { name: "a binary frame", packet: Buffer.from("2"), violation: binary },
  { name: "an ArrayBuffer", packet: new ArrayBuffer(1), violation: binary },
  { name: "nothing at all", packet: undefined, violation: binary },
  { name: "a binary event", packet: '51-["e",{"_placeholder":true,"num":0}]', violation: binary },
  { name: "a binary event with a huge count", packet: '599999999999-["e"]', violation: binary },
  { name: "a binary ack", packet: '61-1[{"_placeholder":true,"num":-1}]', violation: binary },
  { name: "an empty packet", packet: "", violation: syntax },
  { name: "a packet that only servers send", packet: '4{"message":"no"}', violation: syntax },
  { name: "a type that does not exist", packet: '7["e"]', violation: syntax },
  { name: "a type that is no digit", packet: 'x["e"]', violation: syntax },
  { name: "a blank as type", packet: " {}", violation: syntax },
  { name: "a letter beyond ASCII as type", packet: "２[1]", violation: syntax },
  { name: "broken JSON", packet: '2["e"', violation: syntax },
  { name: "JSON with something behind it", packet: '2["e"]x', violation: syntax },
  { name: "an event that is no array", packet: '2{"0":"e"}', violation: syntax },
  { name: "an event without arguments", packet: "2[]", violation: syntax },
  { name: "an event without a payload", packet: "2", violation: syntax },
  { name: "an event without a payload in a namespace", packet: "2/admin", violation: syntax },
  { name: "an event whose name is an object", packet: "2[{}]", violation: syntax },
  { name: "an event whose name is null", packet: "2[null]", violation: syntax },
  { name: "an event whose name is reserved", packet: '2["disconnecting"]', violation: syntax },
  { name: "an ack that is no array", packet: "31{}", violation: syntax },
  { name: "an ack without a payload", packet: "31", violation: syntax },
  { name: "a CONNECT whose data is a text", packet: '0"token"', violation: syntax },
  { name: "a CONNECT whose data is a list", packet: "0[]", violation: syntax },
  { name: "a CONNECT whose data is null", packet: "0null", violation: syntax },
  { name: "a DISCONNECT with data", packet: "1{}", violation: syntax },
  { name: "an ack id beyond the safe integers", packet: `2${Number.MAX_SAFE_INTEGER + 1}["e"]`, violation: syntax },
  { name: "an ack id of 400 digits", packet: `2${"9".repeat(400)}["e"]`, violation: syntax },
  { name: "an ack id that is a blank", packet: '2 ["e"]', violation: syntax },
  { name: "a negative ack id", packet: '2-1["e"]', violation: syntax },
  { name: "33 levels", packet: `2["e",${nested(32)}]`, violation: depth },
  { name: "33 levels of objects", packet: `0${'{"a":'.repeat(33)}1${"}".repeat(33)}`, violation: depth },
  { name: "levels that never end", packet: `2["e",${"[".repeat(16_000)}`, violation: depth },
  { name: "levels behind a namespace", packet: `2/admin,${nested(40)}`, violation: depth },
  { name: "levels behind a quote in the namespace", packet: `2/a",["e",${nested(40)}]`, violation: depth },
  { name: "levels behind brackets in the namespace", packet: `2/]]]]]]]]]],["e",${nested(40)}]`, violation: depth },
])("$name is answered by $violation.code, $violation.reason", ({ packet, violation }) => {
  expect(inspectPacket(packet)).toEqual(violation);
});

test("no text throws, and what was let through is what the decoder takes", () => {
  const part = fc.oneof(
    fc.constantFrom("0", "1", "2", "3", "5", "/", ",", "-", "[", "]", "{", "}", '"', "\\", ":", " "),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join("")),
      (text) => {
        const decoder = new GuardedDecoder();
        const decoded: unknown[] = [];
        decoder.on("decoded", (packet) => decoded.push(packet));
        decoder.add(text);
        expect(decoded).toHaveLength(inspectPacket(text) === undefined ? 1 : 0);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("nothing that is no text throws", () => {
  fc.assert(
    fc.property(fc.anything({ withTypedArray: true }), (data) => {
      new GuardedDecoder().add(data);
      expect(inspectPacket(typeof data === "string" ? undefined : data)).toEqual(binary);
    }),
  );
});

test("every event that the encoder writes without binary is well formed", () => {
  const namespace = fc.constantFrom("/", "/admin");
  const name = fc.string().filter((text) => inspectPacket(`2${JSON.stringify([text])}`) === undefined);
  fc.assert(
    fc.property(namespace, name, fc.jsonValue({ maxDepth: 5 }), fc.option(fc.nat()), (nsp, event, argument, id) => {
      const packet = { type: PacketType.EVENT, nsp, data: [event, argument], ...(id === null ? {} : { id }) };
      expect(new Encoder().encode(packet).map(inspectPacket)).toEqual([undefined]);
    }),
  );
});

const limits: InboundLimits = { maxEvents: 3, maxForeignConnects: 2, maxPacketsPerWindow: 4 };

/** With Engine.IO 3 a client is joined from the start. */
function guardWithClock(protocol: 3 | 4 = 3): { readonly guard: InboundGuard; readonly pass: (ms: number) => void } {
  let nowMs = 500;
  return { guard: createInboundGuard(protocol, limits, () => nowMs), pass: (ms) => void (nowMs += ms) };
}

test.each([
  { name: "events", packet: '2["e"]', free: 3, reason: "too-many-events" },
  { name: "acks that nobody awaits", packet: "31[]", free: 3, reason: "too-many-events" },
  { name: "CONNECTs to a foreign namespace", packet: "0/admin,", free: 2, reason: "foreign-namespaces" },
  { name: "CONNECTs to a foreign namespace that is a query", packet: "0/?a=1,", free: 2, reason: "foreign-namespaces" },
])("after $free $name the connection ends by 1008", ({ packet, free, reason }) => {
  const { guard } = guardWithClock();
  for (let i = 0; i < free; i++) expect(guard.packet(packet)).toBeUndefined();
  expect(guard.packet(packet)).toEqual({ code: 1008, reason });
});

test("events and acks count together", () => {
  const { guard } = guardWithClock();
  for (const packet of ['2["e"]', "31[]", '2/admin,["e"]']) expect(guard.packet(packet)).toBeUndefined();
  expect(guard.packet("31[]")).toEqual({ code: 1008, reason: "too-many-events" });
});

test("a client may leave as often as it likes", () => {
  const { guard } = guardWithClock();
  for (let i = 0; i < 20; i++) expect(guard.packet("1")).toBeUndefined();
});

test.each(["0", "0{}", "0/,", "0/,{}"])("with Engine.IO 4 %s joins, once", (packet) => {
  const { guard } = guardWithClock(4);
  expect(guard.packet('2["e"]')).toEqual({ code: 1002, reason: "out-of-order" });
  expect(guard.packet(packet)).toBeUndefined();
  expect(guard.packet('2["e"]')).toBeUndefined();
  expect(guard.packet(packet)).toEqual({ code: 1002, reason: "out-of-order" });
});

test("a CONNECT to a foreign namespace joins nothing", () => {
  const { guard } = guardWithClock(4);
  expect(guard.packet("0/admin,")).toBeUndefined();
  expect(guard.packet('2["e"]')).toEqual({ code: 1002, reason: "out-of-order" });
});

test.each([
  { protocol: 3, fine: "ping", wrong: ["pong", "open", "upgrade", "noop", "error"] },
  { protocol: 4, fine: "pong", wrong: ["ping", "open", "upgrade", "noop", "error"] },
] as const)(
  "Engine.IO $protocol clients send $fine and messages, nothing of the server's",
  ({ protocol, fine, wrong }) => {
    for (const type of [fine, "message", "close"]) expect(guardWithClock(protocol).guard.frame(type)).toBeUndefined();
    for (const type of wrong)
      expect(guardWithClock(protocol).guard.frame(type)).toEqual({ code: 1002, reason: "syntax" });
  },
);

test("a malformed packet is named as such and counts as nothing else", () => {
  const { guard } = guardWithClock();
  for (let i = 0; i < 20; i++) expect(guard.packet('2["e"')).toEqual(syntax);
  expect(guard.packet('2["e"]')).toBeUndefined();
});

test("frames beyond the limit of one window end the connection, in the next they count from nothing", () => {
  const { guard, pass } = guardWithClock();
  for (let i = 0; i < 4; i++) expect(guard.ping()).toBeUndefined();
  expect(guard.ping()).toEqual({ code: 1008, reason: "too-many-packets" });
  pass(9_999);
  expect(guard.ping()).toEqual({ code: 1008, reason: "too-many-packets" });
  pass(1);
  for (let i = 0; i < 4; i++) expect(guard.ping()).toBeUndefined();
  expect(guard.ping()).toEqual({ code: 1008, reason: "too-many-packets" });
});

test("each connection has counts of its own", () => {
  const { guard: one } = guardWithClock();
  const { guard: other } = guardWithClock();
  for (let i = 0; i < 9; i++) one.packet('2["e"]');
  expect(other.packet('2["e"]')).toBeUndefined();
});
