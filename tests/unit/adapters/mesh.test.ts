/** What must leave a node before what: announcements, messages and confirmations. */
import { expect, test } from "@jest/globals";
import { ByteReader, ByteWriter } from "../../../adapters/bytes.ts";
import type { ItemHeader } from "../../../adapters/frames.ts";
import { beginMessage, eachMessage, endMessage, HEADER_BYTES, Kind } from "../../../adapters/frames.ts";
import { readHeader, writeHeader } from "../../../adapters/frames.ts";
import type { Ring } from "../../../adapters/link.ts";
import type { MeshDeps } from "../../../adapters/mesh.ts";
import { Mesh } from "../../../adapters/mesh.ts";
import { newCounters } from "../../../adapters/stats.ts";

const OTHER = "00000000000000bb";

/** A mesh that knows one other server, whose ring is written down. */
async function bench({ capacity = 100, deliver = () => undefined }: Partial<{ capacity: number } & MeshDeps>) {
  const items: Buffer[] = [];
  let tasks: (() => void)[] = [];
  const never = (): Promise<never> => new Promise(() => undefined);
  const ring: Ring = {
    ...{ capacity: never, head: never, tail: never, read: never, destroy: never },
    add: (added) => Promise.resolve(items.push(...added.map((item) => Buffer.from(item))) - 1),
  };
  const counters = newCounters();
  const gaps: number[] = [];
  const mesh = new Mesh({
    self: "00000000000000aa",
    role: "server",
    parser: 1,
    clock: { now: () => 0, after: () => () => undefined, soon: (task) => void tasks.push(task) },
    random: () => 0.5,
    counters,
    outboxBytes: 1_000_000,
    deadAfterMs: 1_500,
    ring: () => ring,
    limits: () => ({ capacity, itemBytes: 4_096, senders: 1 }),
    inboxPosition: () => ({ epoch: 1, number: 0 }),
    patienceMs: () => undefined,
    deliver,
    appeared: () => undefined,
    heard: () => undefined,
    gone: () => undefined,
    gap: (_peer, lost) => gaps.push(lost),
    handlerFailed: (error) => {
      throw error;
    },
  });
  const settle = async (): Promise<void> => {
    const due = tasks;
    tasks = [];
    for (const task of due) task();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  const peer = mesh.discover(OTHER, "server", 1);
  await settle();
  return { mesh, peer, items, settle, counters, gaps };
}

function message(kind: number): Buffer {
  const writer = new ByteWriter();
  beginMessage(writer, kind);
  return Buffer.from(endMessage(writer));
}

function kindsOf(items: readonly Buffer[]): number[] {
  const kinds: number[] = [];
  for (const item of items) eachMessage(new ByteReader(item, HEADER_BYTES), (kind) => void kinds.push(kind));
  return kinds;
}

const nothing = { epoch: 0, number: 0 };
const first: ItemHeader = {
  ...{ ackWanted: false, role: "server", sender: OTHER, epoch: 1, first: 1, span: 1 },
  ...{ applied: nothing, inbox: nothing },
};

function itemOf(header: ItemHeader, ...messages: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  writeHeader(head, header);
  return Buffer.concat([head, ...messages]);
}

test("a room is announced before anything that is sent after it was joined", async () => {
  const { mesh, peer, items, settle } = await bench({});
  const before = items.length;
  mesh.announcer.addRoom(7);
  mesh.post(peer, message(Kind.serverEmit));
  await settle();
  expect(kindsOf(items.slice(before))).toEqual([Kind.interest, Kind.serverEmit]);
});

test("what a message made this node announce is out before the word that it was applied", async () => {
  const { mesh, peer, items, settle } = await bench({ capacity: 1, deliver: () => mesh.announcer.addRoom(9) });
  // the window of the other's ring is used up, so this waits until it has read
  mesh.post(peer, message(Kind.serverEmit));
  await settle();
  const before = items.length;
  mesh.receive(itemOf({ ...first, inbox: { epoch: 1, number: 1 } }, message(Kind.join)));
  await settle();
  const [next, ...later] = items.slice(before);
  expect(next && readHeader(next).applied).toEqual({ epoch: 1, number: 1 });
  expect(kindsOf(next ? [next] : [])).toEqual([Kind.serverEmit, Kind.interest]);
  expect(later).toEqual([]);
});
