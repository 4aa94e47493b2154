/** Stores on the in-memory twin of the members; time goes by on command. */
import { systemClock, type Clock } from "../../adapters/clock.ts";
import { MemoryHub, type MemoryLink } from "../../adapters/memory-link.ts";
import { openStoreNode, type NodeOptions, type SharedCluster, type StoreNode } from "./shared-stores.ts";

export interface MemoryCluster extends SharedCluster {
  readonly hub: MemoryHub;
  /** A node with its own link, for faults of this one alone. */
  linkedNode(options?: NodeOptions): Promise<StoreNode & { readonly link: MemoryLink }>;
}

export function openMemoryCluster(): MemoryCluster {
  let aheadMs = 0;
  const nowMs = (): number => systemClock.now() + aheadMs;
  const clock: Clock = { ...systemClock, now: nowMs };
  const hub = new MemoryHub(clock);
  const links: MemoryLink[] = [];
  const linkedNode: MemoryCluster["linkedNode"] = async (options) => {
    const link = hub.link();
    links.push(link);
    const ignore = (): void => undefined;
    await new Promise<void>((up) => link.start({ up, down: ignore, members: ignore, warning: ignore }));
    const node = await openStoreNode(link, { nowMs, nowEpochMs: () => 1_700_000_000_000 + nowMs() }, options);
    return { ...node, link };
  };
  return {
    hub,
    linkedNode,
    node: linkedNode,
    pass: (ms) => {
      aheadMs += ms;
      return Promise.resolve();
    },
    cut: () => links.forEach((link) => link.cut()),
    heal: () => links.forEach((link) => link.heal()),
    reset: () => {
      hub.wipe();
      return Promise.resolve();
    },
  };
}
