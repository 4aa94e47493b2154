/** Nodes of a cluster as far as sessions go: stores on shared maps, each with a link and clocks of its own. */
import { createSeal, createSharedSessionStore, sharedSessionFields } from "../../auth/index.ts";
import type { SessionEnd, SessionStore, SessionStoreLimits } from "../../auth/index.ts";
import type { Link } from "../../adapters/link.ts";
import { onCleanUp } from "./clean-up.ts";
import { waitFor } from "./wait-for.ts";

export const exampleSealKey = "example-key-of-more-than-32-characters";

/** Lives are long against a busy machine; tests that are about the end of a life say so. */
export const longLives: SessionStoreLimits = {
  maxSessions: 100_000,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 600_000,
  longLifeMs: 6_000_000,
};

export interface NodeOptions {
  readonly limits?: () => SessionStoreLimits;
  readonly sealKeys?: () => readonly string[];
  readonly offlineMs?: number;
  readonly settleMs?: number;
  /** Default 10. */
  readonly sweepPeriodMs?: number;
  /** How far this node's wall clock is ahead. */
  readonly aheadMs?: number;
}

export interface StoreNode {
  readonly store: SessionStore;
  /** Ends told here, in order. */
  readonly ends: readonly (readonly [id: string, end: SessionEnd])[];
  /** Of the background. */
  readonly faults: readonly unknown[];
}

export interface SharedCluster {
  /** Another node on the same members, connected. */
  node(options?: NodeOptions): Promise<StoreNode>;
  /** Lets time go by for all. */
  pass(ms: number): Promise<void>;
  /** No node reaches a member, until `heal`. */
  cut(): void;
  heal(): void;
  /** All members are gone and come back empty. */
  reset(): Promise<void>;
}

export interface NodeClock {
  readonly nowMs: () => number;
  readonly nowEpochMs: () => number;
}

export const realClock: NodeClock = { nowMs: () => performance.now(), nowEpochMs: () => Date.now() };

/** @param link started and connected */
export async function openStoreNode(
  link: Pick<Link, "map">,
  { nowMs, nowEpochMs }: NodeClock,
  options: NodeOptions = {},
): Promise<StoreNode> {
  const ends: [string, SessionEnd][] = [];
  const faults: unknown[] = [];
  const store = createSharedSessionStore({
    shared: { records: link.map("sessions", sharedSessionFields), ends: link.map("session-ends", []) },
    seal: createSeal(options.sealKeys ?? (() => [exampleSealKey])),
    nowMs,
    nowEpochMs: () => nowEpochMs() + (options.aheadMs ?? 0),
    limits: options.limits ?? (() => longLives),
    offlineMs: () => options.offlineMs ?? 600_000,
    settleMs: options.settleMs ?? 0,
    sweepPeriodMs: options.sweepPeriodMs ?? 10,
    onFault: (fault) => faults.push(fault),
  });
  store.onRemoved(({ id }, end) => ends.push([id, end]));
  store.start();
  onCleanUp(() => store.stop());
  await listens(link);
  return { store, ends, faults };
}

/** The listener of ends is registered in the background: waits until changes are heard, by a map of the same link. */
async function listens(link: Pick<Link, "map">): Promise<void> {
  const probe = link.map("session-ends", []);
  let heard = false;
  const stop = probe.watch({ changed: () => (heard = true) });
  await waitFor("changes are heard", async () => {
    await probe.set("probe", { end: "removed" }, 1_000);
    return heard;
  });
  stop();
}

/** Waits until a node has told the end of a session. */
export async function toldEnd(node: StoreNode, id: string, withinMs = 2_000): Promise<SessionEnd> {
  return waitFor("the end is told", () => node.ends.find(([ended]) => ended === id)?.[1], withinMs);
}
