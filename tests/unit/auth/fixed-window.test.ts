import { expect, test } from "@jest/globals";
import { createFixedWindow } from "../../../auth/fixed-window.ts";

test("so many times within a window, then not before its end", () => {
  let nowMs = 0;
  const window = createFixedWindow({ windowMs: 1_000 }, () => nowMs);
  expect([window.take("a", 2).ok, window.take("a", 2).ok]).toEqual([true, true]);
  nowMs = 400;
  expect(window.take("a", 2)).toEqual({ ok: false, retryAfterMs: 600 });
  expect(window.take("b", 2).ok).toBe(true);
  nowMs = 1_000;
  expect(window.take("a", 2).ok).toBe(true);
});

test("what is given back did not count", () => {
  const window = createFixedWindow({ windowMs: 1_000 }, () => 0);
  const taken = window.take("a", 1);
  if (taken.ok) taken.giveBack();
  expect([window.take("a", 1).ok, window.take("a", 1).ok]).toEqual([true, false]);
});

test("of more keys than the bound the one that began first is forgotten", () => {
  const window = createFixedWindow({ windowMs: 1_000, maxKeys: 2 }, () => 0);
  for (const key of ["a", "b", "c"]) window.take(key, 1);
  expect(window.take("c", 1).ok).toBe(false);
  expect(window.take("b", 1).ok).toBe(false);
  expect(window.take("a", 1).ok).toBe(true);
});

test("keys that differ only far behind their beginning share a window", () => {
  const window = createFixedWindow({ windowMs: 1_000 }, () => 0);
  window.take(`${"x".repeat(10_000)}1`, 1);
  expect(window.take(`${"x".repeat(10_000)}2`, 1).ok).toBe(false);
});
