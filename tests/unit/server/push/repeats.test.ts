import { expect, test } from "@jest/globals";
import { createRepeats } from "../../../../server/push/repeats.ts";
import type { LocalRepeats } from "../../../../server/push/repeats.ts";

function rig(maxKeys?: number): {
  readonly repeats: LocalRepeats;
  readonly pass: (ms: number) => void;
  window: (ms: number) => void;
} {
  let nowMs = 50;
  let windowMs = 1_000;
  const repeats = createRepeats(
    () => windowMs,
    () => nowMs,
    maxKeys,
  );
  return { repeats, pass: (ms) => void (nowMs += ms), window: (ms) => void (windowMs = ms) };
}

test("a key is new once and a repeat as long as the window is open", () => {
  const { repeats, pass } = rig();
  expect(repeats.isRepeat("a")).toBe(false);
  expect(repeats.isRepeat("a")).toBe(true);
  pass(999);
  expect(repeats.isRepeat("a")).toBe(true);
  pass(1);
  expect(repeats.isRepeat("a")).toBe(false);
});

test("a repeat does not keep the window open", () => {
  const { repeats, pass } = rig();
  repeats.isRepeat("a");
  for (let i = 0; i < 9; i++) {
    pass(100);
    expect(repeats.isRepeat("a")).toBe(true);
  }
  pass(100);
  expect(repeats.isRepeat("a")).toBe(false);
});

test.each(["b", "", "__proto__", "constructor", "A"])("'%s' is no repeat of another key", (key) => {
  const { repeats } = rig();
  repeats.isRepeat("a");
  expect(repeats.isRepeat(key)).toBe(false);
  expect(repeats.isRepeat(key)).toBe(true);
});

test("a window that is changed counts for keys of before", () => {
  const { repeats, pass, window } = rig();
  repeats.isRepeat("a");
  window(5_000);
  pass(4_000);
  expect(repeats.isRepeat("a")).toBe(true);
  window(100);
  expect(repeats.isRepeat("a")).toBe(false);
});

test("a window of nothing knows no repeats", () => {
  const { repeats, window } = rig();
  window(0);
  expect([repeats.isRepeat("a"), repeats.isRepeat("a")]).toEqual([false, false]);
});

test("beyond the number of keys the oldest is forgotten first", () => {
  const { repeats } = rig(3);
  for (const key of ["a", "b", "c", "d"]) expect(repeats.isRepeat(key)).toBe(false);
  expect(repeats.isRepeat("d")).toBe(true);
  expect(repeats.isRepeat("a")).toBe(false);
});

test("a repeat makes nothing else forgotten", () => {
  const { repeats } = rig(2);
  for (const key of ["a", "b"]) repeats.isRepeat(key);
  for (let i = 0; i < 5; i++) expect(repeats.isRepeat("b")).toBe(true);
  expect(repeats.isRepeat("a")).toBe(true);
});
