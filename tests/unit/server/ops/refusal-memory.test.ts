import { expect, test } from "@jest/globals";
import { sessionFingerprint } from "../../../../auth/index.ts";
import { createRefusalMemory } from "../../../../server/ops/refusal-memory.ts";

const anton = { contextId: 1, userId: 3 };

function open() {
  const clock = { nowMs: 0 };
  return { clock, memory: createRefusalMemory(() => ++clock.nowMs) };
}

test("the last five refusals of a user are remembered, newest first, and nobody else's", () => {
  const { memory } = open();
  for (let count = 1; count <= 7; count++) memory.note("ip-check", anton);
  memory.note("websockets-disabled", { contextId: 2, userId: 3 });
  expect(memory.of(anton, []).map(({ atMs }) => atMs)).toEqual([7, 6, 5, 4, 3]);
  expect(memory.of({ contextId: 1, userId: 4 }, [])).toEqual([]);
});

test("what was refused before its session was looked at is found by the user's sessions", () => {
  const { memory } = open();
  const session = "0123456789abcdef0123456789abcdef";
  memory.note("origin", { sessionId: session });
  expect(memory.of(anton, [])).toEqual([]);
  expect(memory.of(anton, [sessionFingerprint(session)])).toEqual([{ reason: "origin", atMs: 1 }]);
});

test("whoever was refused longest ago makes room, and sessions of strangers push out no user", () => {
  const { memory } = open();
  memory.note("ip-check", anton);
  for (let count = 0; count < 2_000; count++) memory.note("origin", { sessionId: `session${count}` });
  expect(memory.of(anton, [])).toHaveLength(1);
  expect(memory.of(anton, [sessionFingerprint("session0")])).toHaveLength(1);
  for (let userId = 10; userId < 1_010; userId++) memory.note("ip-check", { contextId: 1, userId });
  expect(memory.of(anton, [])).toEqual([]);
});
