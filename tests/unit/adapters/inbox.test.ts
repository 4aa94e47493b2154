import { expect, test } from "@jest/globals";
import type { Clock } from "../../../adapters/clock.ts";
import { Inbox } from "../../../adapters/inbox.ts";
import type { ReadBatch, Ring } from "../../../adapters/link.ts";
import { waitFor } from "../../support/wait-for.ts";

const parked = (): Promise<ReadBatch> => new Promise(() => undefined);

/** A ring whose reads are answered by the test, and an inbox that reads it from its first item on. */
async function openInbox() {
  const state: { tail: number; read: (from: number) => Promise<ReadBatch> } = { tail: -1, read: parked };
  const reads: number[] = [];
  const received: string[] = [];
  let resets = 0;
  const never = (): Promise<never> => new Promise(() => undefined);
  const ring: Ring = {
    capacity: () => Promise.resolve(100),
    head: () => Promise.resolve(0),
    tail: () => Promise.resolve(state.tail),
    add: never,
    destroy: never,
    read: (from) => {
      reads.push(from);
      return state.read(from);
    },
  };
  const clock: Clock = {
    now: () => performance.now(),
    soon: (task) => queueMicrotask(task),
    after: (_ms, task) => {
      const timer = setImmediate(task); // pauses do not matter here, only their order
      return () => clearImmediate(timer);
    },
  };
  const onItem = (item: Buffer): void => void received.push(item.toString());
  const inbox = new Inbox({ ring, clock, onItem, onReset: () => (resets += 1) });
  await inbox.open();
  return { inbox, state, reads, received, resets: () => resets };
}

const unreadable = (): Promise<ReadBatch> => Promise.reject(new Error("a member does not know how to read this"));

test("what can never be read is skipped, so that what follows is received and the writers have room again", async () => {
  const { inbox, state, reads, received, resets } = await openInbox();
  state.read = (from) => (from <= 40 ? unreadable() : parked());
  state.tail = 40;
  await inbox.check(); // the parked read is given up, all that follow fail
  await waitFor("it starts anew behind what cannot be read", () => resets() === 1);
  expect(inbox.position).toEqual({ epoch: 2, number: 41 });
  const failed = reads.filter((from) => from === 0).length;
  expect(failed).toBeGreaterThan(100);
  state.read = (from) => (from === 41 ? Promise.resolve({ items: [Buffer.from("next")], next: 42 }) : parked());
  state.tail = 41;
  await inbox.check();
  await waitFor("the next one is received", () => received.includes("next"));
  inbox.stop();
});

test("reads that fail for a while skip nothing", async () => {
  const { inbox, state, received, resets } = await openInbox();
  let failures = 0;
  state.read = (from) => {
    if (from === 1) return parked();
    failures++;
    return failures <= 90 ? unreadable() : Promise.resolve({ items: [Buffer.from("late")], next: 1 });
  };
  state.tail = 0;
  await inbox.check();
  await waitFor("it is received", () => received.includes("late"));
  expect(resets()).toBe(0);
  inbox.stop();
});
