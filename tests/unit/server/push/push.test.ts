import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createPushes, seenBy } from "../../../../server/push/push.ts";
import type { DropReason, Push, Pushes } from "../../../../server/push/push.ts";
import { createOpenSockets } from "../../../../server/realtime/open-sockets.ts";
import type { OpenSocket } from "../../../../server/realtime/open-sockets.ts";
import { within } from "../../../support/wait-for.ts";
import { recordedSocket } from "../recorded-socket.ts";

interface Counted {
  offered: number;
  written: number[];
  dropped: DropReason[];
  nobody: number;
}

interface Rig {
  readonly pushes: Pushes;
  readonly counted: Counted;
  readonly pass: (ms: number) => void;
  readonly openSockets: ReturnType<typeof createOpenSockets>;
}

function rig(sockets: readonly OpenSocket[], maxQueueBytes = 1_000): Rig {
  let nowMs = 10_000;
  const counted: Counted = { offered: 0, written: [], dropped: [], nobody: 0 };
  const openSockets = createOpenSockets(() => 100);
  for (const socket of sockets) openSockets.add(socket);
  const pushes = createPushes({
    openSockets,
    maxQueueBytes,
    nowMs: () => nowMs,
    counts: {
      offered: () => counted.offered++,
      written: (latencyMs) => counted.written.push(latencyMs),
      dropped: (reason) => counted.dropped.push(reason),
      nobody: () => counted.nobody++,
    },
  });
  return { pushes, counted, openSockets, pass: (ms) => void (nowMs += ms) };
}

const push = (changes: Partial<Push> = {}): Push => ({
  contextId: 1,
  userId: 3,
  event: "ox:mail:new",
  payload: { folder: "default0/INBOX", id: "4" },
  acceptedAtMs: 10_000,
  ...changes,
});

const packet = '2["ox:mail:new",{"folder":"default0/INBOX","id":"4"}]';

test("a push is one Socket.IO event with one argument, written to every socket of its user in the same tick", () => {
  const sockets = [recordedSocket({ connection: "1" }), recordedSocket({ connection: "2", session: "b", protocol: 3 })];
  const { pushes, counted } = rig(sockets);
  expect(pushes.deliver(push()).sockets).toEqual(sockets);
  expect(sockets.map(({ packets }) => packets)).toEqual([[packet], [packet]]);
  expect(counted).toEqual({ offered: 2, written: [0, 0], dropped: [], nobody: 0 });
});

test.each([
  { name: "another user", facts: { userId: 4 } },
  { name: "the same number in another context", facts: { contextId: 2 } },
])("a push does not reach $name", ({ facts }) => {
  const stranger = recordedSocket(facts);
  const { pushes, counted } = rig([stranger]);
  expect(pushes.deliver(push()).sockets).toEqual([]);
  expect(stranger.packets).toEqual([]);
  expect(counted).toMatchObject({ offered: 0, nobody: 1 });
});

test("the connection that caused a push is left out, and nobody else", () => {
  const [source, other] = [recordedSocket({ connection: "1" }), recordedSocket({ connection: "2" })];
  const { pushes, counted } = rig([source, other]);
  expect(pushes.deliver(push({ source: "1" })).sockets).toEqual([other]);
  expect(source.packets).toEqual([]);
  expect(counted.offered).toBe(1);
});

test("a source that is not here leaves nobody out", () => {
  const { pushes } = rig([recordedSocket()]);
  expect(pushes.deliver(push({ source: "elsewhere" })).sockets).toHaveLength(1);
});

test("what a transport has not taken yet is pending, and its latency runs from when the push was taken in", () => {
  const ends: ((written: boolean) => void)[] = [];
  const write = (_packets: readonly string[], done: (written: boolean) => void): void => void ends.push(done);
  const { pushes, counted, pass } = rig([
    recordedSocket({ connection: "1", write }),
    recordedSocket({ connection: "2", write }),
  ]);
  expect(pushes.deliver(push({ acceptedAtMs: 9_990 })).sockets).toHaveLength(2);
  expect(pushes.pending).toBe(2);
  pass(25);
  ends[0]?.(true);
  expect(pushes.pending).toBe(1);
  ends[1]?.(false);
  expect(pushes.pending).toBe(0);
  expect(counted).toEqual({ offered: 2, written: [35], dropped: ["closed"], nobody: 0 });
});

test("a socket with too much waiting is closed as slow instead, and the others get theirs", () => {
  const bytes = Buffer.byteLength(packet);
  const full = recordedSocket({ connection: "1", queuedBytes: () => 1_001 - bytes });
  const nearlyFull = recordedSocket({ connection: "2", queuedBytes: () => 1_000 - bytes });
  const { pushes, counted, openSockets } = rig([full, nearlyFull]);
  expect(pushes.deliver(push()).sockets).toEqual([nearlyFull]);
  expect(full.ends).toEqual(["slow"]);
  expect(full.packets).toEqual([]);
  expect(openSockets.ofUser(1, 3)).toEqual([nearlyFull]);
  expect(counted).toEqual({ offered: 2, written: [0], dropped: ["slow"], nobody: 0 });
});

test("the size of a push counts in bytes, not in characters", () => {
  const payload = { teaser: "ü".repeat(600) };
  const socket = recordedSocket();
  expect(rig([socket]).pushes.deliver(push({ payload })).sockets).toEqual([]);
  expect(socket.ends).toEqual(["slow"]);
});

test.each([
  { name: "an empty object", payload: {} },
  { name: "keys of prototypes", payload: JSON.parse('{"__proto__":{"a":1},"toJSON":"x"}') as Push["payload"] },
  { name: "what looks like a placeholder of binary", payload: { _placeholder: true, num: 0 } },
  { name: "half of a surrogate pair", payload: { subject: "\ud83d" } },
])("a payload of $name arrives as it came", ({ payload }) => {
  const socket = recordedSocket();
  rig([socket]).pushes.deliver(push({ payload }));
  expect(socket.packets).toEqual([`2${JSON.stringify(["ox:mail:new", payload])}`]);
});

test("whatever happens to sockets, offered is written plus dropped plus pending", () => {
  const fate = fc.constantFrom("taken", "lost", "waits", "full");
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 20 }), fc.nat({ max: 5 }), (fates, times) => {
      const sockets = fates.map((one, i) =>
        recordedSocket({
          connection: `${i}`,
          queuedBytes: () => (one === "full" ? 1_000 : 0),
          write: (_packets, done) => {
            if (one !== "waits") done(one === "taken");
          },
        }),
      );
      const { pushes, counted } = rig(sockets);
      for (let i = 0; i < times; i++) pushes.deliver(push());
      expect(counted.offered).toBe(counted.written.length + counted.dropped.length + pushes.pending);
    }),
  );
});

const nothing = (): void => undefined;
/** A socket that confirms, or says that it ended, when it is told to. */
function confirming(confirm: (done: (seen: boolean) => void) => void): OpenSocket {
  return recordedSocket({
    confirm: (done) => {
      confirm(done);
      return nothing;
    },
  });
}

test("a push that went nowhere is seen by nobody, at once", async () => {
  expect(await within("the count", seenBy([], 60_000))).toBe(0);
});

test("once all browsers have confirmed the number is known, without waiting for the deadline", async () => {
  const later: ((seen: boolean) => void)[] = [];
  const sockets = [confirming((done) => done(true)), confirming((done) => later.push(done))];
  const seen = seenBy(sockets, 60_000);
  later[0]?.(true);
  expect(await within("the count", seen)).toBe(2);
});

test("a socket that ended is not waited for, and not counted", async () => {
  const sockets = [confirming((done) => done(true)), confirming((done) => void setImmediate(done, false))];
  expect(await within("the count", seenBy(sockets, 60_000))).toBe(1);
});

test("at the deadline those count that have confirmed by then, and nobody waits any more", async () => {
  let stopped = 0;
  const silent = recordedSocket({
    confirm: () => () => {
      stopped++;
    },
  });
  expect(await within("the count", seenBy([confirming((done) => done(true)), silent], 30))).toBe(1);
  expect(stopped).toBe(1);
});

test("sockets that cannot confirm are not waited for", async () => {
  const sockets = [recordedSocket({ transport: "polling" }), confirming((done) => done(true))];
  expect(await within("the count", seenBy(sockets, 60_000))).toBe(1);
});
