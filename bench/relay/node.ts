/**
 * One node of a fleet: a Socket.IO server without a listener, its relay and fake sockets. It does what the process that
 * started it asks for (`fleet.ts`), one command at a time or several at once.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Server } from "socket.io";
import { addFakeSocket } from "./fake-socket.ts";
import { openAdapter } from "./open-adapter.ts";
import type { Place } from "./peers.ts";
import { Receipts } from "./receipts.ts";
import { EVENT, nowMicros, payloadOf, roomName, sleepUntil, stampedPayload } from "./traffic.ts";

let io = new Server();
const receipts = new Receipts();

/** Everything a node can be asked for. Arguments and results cross a process border: plain data only. */
export const commands = {
  async open(place: Place): Promise<void> {
    const adapter = await openAdapter(place);
    io = adapter === undefined ? new Server() : new Server({ adapter });
  },

  /** One socket in each of the rooms, or `each` sockets in every one of them. */
  async addSockets({
    owner,
    rooms,
    each = 1,
  }: {
    owner: string;
    rooms: readonly string[];
    each?: number;
  }): Promise<void> {
    const joined: Promise<void>[] = [];
    for (const room of rooms) {
      for (let i = 0; i < each; i++) {
        // as long as a real id: the sharded Redis adapter tells sockets from rooms by that
        const id = `${owner}${room}${i}`.slice(-20).padStart(20, "-");
        joined.push(addFakeSocket(io.sockets, id, receipts.take).join(room));
      }
    }
    await Promise.all(joined);
  },

  expect: receipts.expect,
  arrived: receipts.arrived,

  cpuMicros(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },

  /** Emits as fast as it can, giving the loop a turn after each burst. @returns when it began, in microseconds */
  async burst(load: { messages: number; burst: number; rooms: readonly string[]; bytes: number }): Promise<number> {
    const payload = payloadOf(load.bytes);
    const started = nowMicros();
    for (let sent = 0; sent < load.messages;) {
      for (const end = Math.min(sent + load.burst, load.messages); sent < end; sent++) {
        io.to(load.rooms[sent % load.rooms.length] ?? "").emit(EVENT, payload);
      }
      await nextTurn();
    }
    return started;
  },

  /** Emits at a steady rate; each message carries the time at which it was emitted. */
  async paced(load: { messages: number; perSecond: number; rooms: readonly string[]; bytes: number }): Promise<void> {
    const started = nowMicros();
    for (let sent = 0; sent < load.messages; sent++) {
      await sleepUntil(started + (sent * 1e6) / load.perSecond);
      io.to(load.rooms[sent % load.rooms.length] ?? "").emit(EVENT, stampedPayload(load.bytes));
    }
  },

  /**
   * Emits to a socket of this node and, where there are any, to other nodes. A message counts from the moment at which
   * it was due, so that whatever holds up the loop is in the figure. @returns that, and the bare calls, in ms
   */
  async localEmits({
    messages,
    perSecond,
  }: {
    messages: number;
    perSecond: number;
  }): Promise<{ dueMs: number[]; callMs: number[] }> {
    const dueMs: number[] = [];
    const callMs: number[] = [];
    let due = 0;
    let called = 0;
    addFakeSocket(io.sockets, "local---------socket", () => {
      const now = nowMicros();
      dueMs.push((now - due) / 1e3);
      callMs.push((now - called) / 1e3);
    });
    const started = nowMicros();
    for (let sent = 0; sent < messages; sent++) {
      due = started + (sent * 1e6) / perSecond;
      await sleepUntil(due);
      called = nowMicros();
      io.to([roomName(sent % 1_000), "local---------socket"]).emit(EVENT, payloadOf(200));
    }
    return { dueMs, callMs };
  },

  /** Joins new rooms one after the other. @returns ms until each promise was kept */
  async joins(count: number): Promise<number[]> {
    const socket = addFakeSocket(io.sockets, "joining-------socket", receipts.take);
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const started = nowMicros();
      await socket.join(`joined-${i}`);
      times.push((nowMicros() - started) / 1e3);
    }
    return times;
  },

  async fetchSockets(room: string): Promise<{ ms: number; found: number }> {
    const started = nowMicros();
    const { length: found } = await io.in(room).fetchSockets();
    return { ms: (nowMicros() - started) / 1e3, found };
  },

  serverCount: (): Promise<number> => io.sockets.adapter.serverCount(),

  /** What the table of interest holds, by the adapter's own gauges, and what this process uses after a collection. */
  async memory(): Promise<{ rooms: number; tableBytes: number; usedBytes: number }> {
    const { HazelcastAdapter } = await import("socket.io-hazelcast-adapter");
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const { adapter } = io.sockets;
    const stats = adapter instanceof HazelcastAdapter ? adapter.cluster.stats() : undefined;
    return {
      rooms: stats?.remoteRooms ?? 0,
      tableBytes: stats?.interestBytes ?? 0,
      usedBytes: heapUsed + arrayBuffers,
    };
  },

  /** Says goodbye to the others; the process is ended by whoever started it. Only the relay: the sockets are fake. */
  close: async (): Promise<void> => io.sockets.adapter.close(),
};

export type NodeCommands = typeof commands;
