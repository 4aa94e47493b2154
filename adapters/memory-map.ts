/** The in-memory twin of a map of the members, and of a shared map on it. Ways and faults are those of the memory link. */
import type { SharedMap, SharedMapChange, SharedMapWatcher, SharedValue } from "./shared-map.ts";

interface Entry {
  readonly value: SharedValue;
  readonly endsAtMs: number;
}

/** What the members hold. Entries whose time is over are gone without a word. */
export class HeldMap {
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(change: SharedMapChange) => void>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get(key: string): SharedValue | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.endsAtMs > this.#nowMs() ? entry.value : undefined;
  }

  all(): [string, SharedValue][] {
    for (const [key, { endsAtMs }] of this.#entries) if (endsAtMs <= this.#nowMs()) this.#entries.delete(key);
    return [...this.#entries].map(([key, { value }]) => [key, value]);
  }

  set(key: string, value: SharedValue, ttlMs: number): void {
    const kind = this.get(key) === undefined ? "added" : "updated";
    this.#entries.set(key, { value: { ...value }, endsAtMs: this.#nowMs() + ttlMs });
    this.#tell({ kind, key, value });
  }

  remove(key: string): boolean {
    const wasThere = this.get(key) !== undefined;
    this.#entries.delete(key);
    if (wasThere) this.#tell({ kind: "removed", key });
    return wasThere;
  }

  /** All members are gone and back empty. Nobody is told. */
  wipe(): void {
    this.#entries.clear();
  }

  listen(listener: (change: SharedMapChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(change: SharedMapChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

/** How a link reaches the members. */
export interface MemoryWay {
  readonly held: () => HeldMap;
  readonly call: <T>(execute: () => T) => Promise<T>;
  /** Runs what the members tell, unless the way is cut or stands still: then it is lost. */
  readonly tell: (task: () => void) => void;
  readonly isUp: () => boolean;
}

export class MemoryMap implements SharedMap {
  readonly #way: MemoryWay;
  readonly #watchers = new Set<SharedMapWatcher>();

  constructor(way: MemoryWay) {
    this.#way = way;
  }

  get(key: string): Promise<SharedValue | undefined> {
    return this.#way.call(() => this.#way.held().get(key));
  }

  getAll(keys: readonly string[]): Promise<ReadonlyMap<string, SharedValue>> {
    const wanted = new Set(keys);
    return this.#filtered(([key]) => wanted.has(key));
  }

  set(key: string, value: SharedValue, ttlMs: number): Promise<void> {
    return this.#way.call(() => this.#way.held().set(key, value, ttlMs));
  }

  add(key: string, value: SharedValue, ttlMs: number): Promise<boolean> {
    return this.#way.call(() => {
      const isNew = this.#way.held().get(key) === undefined;
      if (isNew) this.#way.held().set(key, value, ttlMs);
      return isNew;
    });
  }

  remove(key: string, expected?: SharedValue): Promise<boolean> {
    return this.#way.call(() => {
      const held = this.#way.held();
      // as members do, by the bytes: the order of the fields counts
      const fits = expected === undefined || JSON.stringify(held.get(key)) === JSON.stringify(expected);
      return fits && held.remove(key);
    });
  }

  where(field: string, value: string | number | boolean): Promise<ReadonlyMap<string, SharedValue>> {
    return this.#filtered(([, shared]) => shared[field] === value);
  }

  count(): Promise<number> {
    return this.#way.call(() => this.#way.held().all().length);
  }

  watch(watcher: SharedMapWatcher): () => void {
    const unlisten = this.#way.held().listen((change) => {
      this.#way.tell(() => {
        if (this.#watchers.has(watcher)) watcher.changed?.(change);
      });
    });
    this.#watchers.add(watcher);
    if (this.#way.isUp()) watcher.connection?.("up");
    return () => {
      unlisten();
      this.#watchers.delete(watcher);
    };
  }

  /** @internal Told by the link. */
  connection(event: "up" | "down" | "members"): void {
    for (const watcher of this.#watchers) watcher.connection?.(event);
  }

  #filtered(fits: (entry: [string, SharedValue]) => boolean): Promise<ReadonlyMap<string, SharedValue>> {
    return this.#way.call(() => new Map(this.#way.held().all().filter(fits)));
  }
}
