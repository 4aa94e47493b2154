/**
 * The port to state that all servers share by key, for applications: `cluster.map(name)`. Implemented by
 * `hazelcast-map.ts` and `memory-map.ts`, which pass one contract suite.
 * As with every call to the cluster: it may fail, hang, or succeed without telling. Whoever calls brings deadlines.
 */

/** Plain values by name; kept as JSON, so that members can search them. */
export type SharedValue = Readonly<Record<string, string | number | boolean>>;

export interface SharedMapChange {
  readonly kind: "added" | "updated" | "removed";
  readonly key: string;
  /** Absent where something was removed. */
  readonly value?: SharedValue;
}

export interface SharedMapWatcher {
  /**
   * Somebody changed an entry, this server included. At most once: what happens while a connection is lost is never
   * told, and neither is an entry whose time is over. After `up` and `members` compare what matters.
   */
  readonly changed?: (change: SharedMapChange) => void;
  /** The members are reached (again), none is reached, or one has come or gone. Told at once when they are reached already. */
  readonly connection?: (event: "up" | "down" | "members") => void;
}

export interface SharedMap {
  get(key: string): Promise<SharedValue | undefined>;
  /** What is not there is left out. */
  getAll(keys: readonly string[]): Promise<ReadonlyMap<string, SharedValue>>;
  /** @param ttlMs how long the entry stays from now on: members count whole seconds, so up to one less or more */
  set(key: string, value: SharedValue, ttlMs: number): Promise<void>;
  /** Sets only what is not there, as one step. False: it was there and is as before. */
  add(key: string, value: SharedValue, ttlMs: number): Promise<boolean>;
  /** False: it was not there, or not with the expected value. */
  remove(key: string, expected?: SharedValue): Promise<boolean>;
  /** Entries with this value in this field; quick for the fields that were named with the map. */
  where(field: string, value: string | number | boolean): Promise<ReadonlyMap<string, SharedValue>>;
  /** Entries whose time is not over. */
  count(): Promise<number>;
  /** Returns the function that ends it. What a watcher throws reaches the process as uncaught. */
  watch(watcher: SharedMapWatcher): () => void;
}

/** @returns a copy of a value if it is one of ours, else undefined: anybody may write into a map */
export function readSharedValue(value: unknown): SharedValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entries = Object.entries(value).filter((entry): entry is [string, string | number | boolean] =>
    ["string", "number", "boolean"].includes(typeof entry[1]),
  );
  return Object.fromEntries(entries);
}
