import { expect, test } from "@jest/globals";
import { createOutbox } from "../../../auth/outbox.ts";
import { waitFor } from "../../support/wait-for.ts";

test("a bounded number of keys is written at once, each key once at a time, and all arrive", async () => {
  const running = new Set<string>();
  let most = 0;
  const written: string[] = [];
  const outbox = createOutbox(async (key) => {
    expect(running.has(key)).toBe(false);
    running.add(key);
    most = Math.max(most, running.size);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(key);
    written.push(key);
    return true;
  });
  const keys = Array.from({ length: 500 }, (_, n) => `key ${n}`);
  await Promise.all([...keys, "key 7"].map((key) => outbox.push(key)));
  expect(new Set(written)).toEqual(new Set(keys));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(64);
});

test("a change that comes during the write of its key is written after it", async () => {
  let value = 1;
  const written: number[] = [];
  let go = (): void => undefined;
  const outbox = createOutbox(async () => {
    const now = value;
    await new Promise<void>((resolve) => (go = resolve));
    written.push(now);
    return true;
  });
  const first = outbox.push("key");
  value = 2;
  const second = outbox.push("key");
  go();
  await first;
  go();
  await second;
  expect(written).toEqual([1, 2]);
});

test("what fails is kept and written at the next retry, and only then", async () => {
  let works = false;
  let attempts = 0;
  const outbox = createOutbox(() => {
    attempts += 1;
    return Promise.resolve(works);
  });
  await outbox.push("key");
  outbox.retry();
  await waitFor("a second attempt", () => attempts === 2);
  works = true;
  outbox.retry();
  await waitFor("a third attempt", () => attempts === 3);
  await new Promise((resolve) => setImmediate(resolve));
  outbox.retry();
  await new Promise((resolve) => setImmediate(resolve));
  expect(attempts).toBe(3);
});

test("what is deferred is not tried before the next retry, however often", async () => {
  let attempts = 0;
  const outbox = createOutbox(() => {
    attempts += 1;
    return Promise.resolve(true);
  });
  for (let count = 0; count < 100; count += 1) outbox.defer("key");
  await new Promise((resolve) => setImmediate(resolve));
  expect(attempts).toBe(0);
  outbox.retry();
  await waitFor("an attempt", () => attempts > 0);
  outbox.retry();
  await new Promise((resolve) => setImmediate(resolve));
  expect(attempts).toBe(1);
});

test("a change that is deferred during the write of its key is written after it", async () => {
  let attempts = 0;
  let go = (): void => undefined;
  const outbox = createOutbox(async () => {
    attempts += 1;
    await new Promise<void>((resolve) => (go = resolve));
    return true;
  });
  const first = outbox.push("key");
  outbox.defer("key");
  go();
  await first;
  await waitFor("a second attempt", () => attempts === 2);
  go();
});
