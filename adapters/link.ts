/**
 * The port to the cluster: rings and leases, and the maps that applications share; nothing else. Implemented by `hazelcast-link.ts` and `memory-link.ts`.
 * Every call may fail, hang, or succeed without telling; whoever calls brings deadlines and repeats.
 */

import type { SharedMap } from "./shared-map.ts";

export interface ReadBatch {
  readonly items: readonly Buffer[];
  /** Where to read on. */
  readonly next: number;
}

/** A ring of items with sequence numbers. Anybody may add; its owner reads. */
export interface Ring {
  capacity(): Promise<number>;
  /** Sequence of the oldest item. */
  head(): Promise<number>;
  /** Sequence of the newest item, -1 when there never was one. */
  tail(): Promise<number>;
  /** Adds in order, overwriting the oldest. The bytes may be reused as soon as the call has returned. @returns the last sequence. */
  add(items: readonly Buffer[]): Promise<number>;
  /** Waits until there is at least one item at `from` or after it. A start outside the ring is moved into it. */
  read(from: number, most: number): Promise<ReadBatch>;
  destroy(): Promise<void>;
}

/** Small values by node id, visible to all. */
export interface Leases {
  /** `ttlMs` only cleans up; it says nothing about who is alive. */
  set(id: string, value: Buffer, ttlMs: number): Promise<void>;
  /** Those of these nodes that have one: a question to one member, for one partition. */
  of(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** All there are: work for every partition of every member. */
  all(): Promise<ReadonlyMap<string, Buffer>>;
  remove(id: string): Promise<void>;
}

/** Told by the link about itself. Calls never overlap and never come before `start` has returned. */
export interface LinkObserver {
  /** Connected; also after each outage. */
  up(): void;
  /** No member reachable. */
  down(reason: string): void;
  /** How many members the cluster has now. One may have left: what it had not replicated is gone. */
  members(count: number): void;
  /** Something an operator should know, once. */
  warning(message: string): void;
}

export interface Link {
  /** Begins to connect and keeps at it until `close`. Never throws. */
  start(observer: LinkObserver): void;
  ring(name: string): Ring;
  leases(name: string): Leases;
  /** @param indexed fields that entries are searched by */
  map(name: string, indexed: readonly string[]): SharedMap;
  /** Frees everything that `start` began. A client that was given stays open. */
  close(): Promise<void>;
}
