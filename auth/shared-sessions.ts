/**
 * The port to what the nodes of a cluster share about sessions: two maps. Any call may fail, hang, or succeed without
 * telling; the store brings deadlines. Implemented by the shared maps of the cluster adapter, joined in server/.
 */

/** Plain values by name. */
export type SharedFields = Readonly<Record<string, string | number | boolean>>;

export interface SharedEntriesWatcher {
  /** At most once; never of entries whose time is over. */
  readonly changed?: (change: {
    readonly kind: "added" | "updated" | "removed";
    readonly key: string;
    readonly value?: SharedFields;
  }) => void;
  /** `members`: one has come or gone, and something may have gone with it. */
  readonly connection?: (event: "up" | "down" | "members") => void;
}

export interface SharedEntries {
  get(key: string): Promise<SharedFields | undefined>;
  getAll(keys: readonly string[]): Promise<ReadonlyMap<string, SharedFields>>;
  set(key: string, value: SharedFields, ttlMs: number): Promise<void>;
  /** Sets only what is not there; false: it was. */
  add(key: string, value: SharedFields, ttlMs: number): Promise<boolean>;
  /** With an expected value only that one. */
  remove(key: string, expected?: SharedFields): Promise<boolean>;
  where(field: string, value: string | number): Promise<ReadonlyMap<string, SharedFields>>;
  count(): Promise<number>;
  /** Returns the function that ends it. */
  watch(watcher: SharedEntriesWatcher): () => void;
}

export interface SharedSessions {
  /** One entry per session; searched by `sharedSessionFields`. */
  readonly records: SharedEntries;
  /** One entry per session that was ended, until nobody can take it for alive any more. */
  readonly ends: SharedEntries;
}

/** What records are searched by. */
export const sharedSessionFields = ["context", "user", "auth"] as const;

/** Nobody can tell about a session just now. Passing: it says nothing about the session. */
export class SessionsUnreachableError extends Error {
  readonly code = "OXB-0140";
  constructor(why: string, options?: ErrorOptions) {
    super(`the shared sessions cannot be asked: ${why}`, options);
    this.name = "SessionsUnreachableError";
  }
}
