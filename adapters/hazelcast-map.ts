/**
 * A shared map in a Hazelcast `IMap`. Values are JSON there, so that members can search them by their fields.
 * Not here: when there is a client; `hazelcast-link.ts` tells.
 */
import type { EntryEvent, IMap, MapListener } from "./hazelcast-client.ts";
import { Aggregators, HazelcastJsonValue, Predicates } from "./hazelcast-client.ts";
import type { MakeProxy } from "./hazelcast-proxy.ts";
import { ProxyKeeper } from "./hazelcast-proxy.ts";
import type { SharedMap, SharedMapChange, SharedMapWatcher, SharedValue } from "./shared-map.ts";
import { readSharedValue } from "./shared-map.ts";

type Proxy = IMap<string, unknown>;

const SECOND_MS = 1_000;
const RETRY_MS = 1_000;

export class HazelcastMap implements SharedMap {
  readonly #keeper: ProxyKeeper<Proxy>;
  readonly #indexed: Set<string>;
  readonly #watchers = new Set<SharedMapWatcher>();
  /** Whose entry listener is registered: once for each client, which then sees to it at every new connection itself. */
  #listened: Proxy | undefined;
  /** Takes it off again; known once it is registered. */
  #unlisten = (): void => undefined;
  #preparing = false;
  #prepareAgain = false;
  #retry: NodeJS.Timeout | undefined;
  #isUp = false;
  #isClosed = false;

  constructor(make: MakeProxy<Proxy>, indexed: readonly string[]) {
    this.#keeper = new ProxyKeeper(make);
    this.#indexed = new Set(indexed);
  }

  /** @internal Searched by these fields, too. */
  index(fields: readonly string[]): void {
    const before = this.#indexed.size;
    for (const field of fields) this.#indexed.add(field);
    if (this.#isUp && this.#indexed.size > before) this.#prepare();
  }

  async get(key: string): Promise<SharedValue | undefined> {
    return decoded(await (await this.#keeper.get()).get(key));
  }

  async getAll(keys: readonly string[]): Promise<ReadonlyMap<string, SharedValue>> {
    return keys.length === 0 ? new Map() : decodedAll(await (await this.#keeper.get()).getAll([...keys]));
  }

  async set(key: string, value: SharedValue, ttlMs: number): Promise<void> {
    await (await this.#keeper.get()).set(key, value, wholeSeconds(ttlMs));
  }

  async add(key: string, value: SharedValue, ttlMs: number): Promise<boolean> {
    return (await (await this.#keeper.get()).putIfAbsent(key, value, wholeSeconds(ttlMs))) === null;
  }

  async remove(key: string, expected?: SharedValue): Promise<boolean> {
    const map = await this.#keeper.get();
    if (expected === undefined) return (await map.remove(key)) !== null;
    return (await map.remove(key, expected)) === true;
  }

  async where(field: string, value: string | number | boolean): Promise<ReadonlyMap<string, SharedValue>> {
    return decodedAll(await (await this.#keeper.get()).entrySetWithPredicate(Predicates.equal(field, value)));
  }

  /** By an aggregation: `size()` counts what has expired and was not cleaned up yet. */
  async count(): Promise<number> {
    return (await (await this.#keeper.get()).aggregate(Aggregators.count())).toNumber();
  }

  watch(watcher: SharedMapWatcher): () => void {
    this.#watchers.add(watcher);
    if (this.#isUp) {
      this.#prepare();
      watcher.connection?.("up");
    }
    return () => void this.#watchers.delete(watcher);
  }

  /** @internal Told by the link. */
  connection(event: "up" | "down" | "members"): void {
    if (event !== "members") this.#isUp = event === "up";
    // members that came back empty know of no index
    if (event === "up") this.#prepare();
    for (const watcher of this.#watchers) watcher.connection?.(event);
  }

  /** @internal */
  close(): void {
    this.#isClosed = true;
    this.#isUp = false;
    this.#watchers.clear();
    clearTimeout(this.#retry);
    this.#unlisten(); // a client that was given goes on without us
  }

  /** Until it has worked: without the listener nothing would ever be told. Adding an index that is there changes nothing. */
  #prepare(): void {
    clearTimeout(this.#retry);
    this.#prepareAgain = this.#preparing; // what is under way may not know of the newest watcher
    if (this.#preparing) return;
    this.#preparing = true;
    this.#prepareProxy().then(
      () => this.#prepared(this.#prepareAgain ? 0 : undefined),
      () => this.#prepared(RETRY_MS),
    );
  }

  #prepared(againAfterMs: number | undefined): void {
    this.#preparing = false;
    if (againAfterMs === undefined || !this.#isUp) return;
    this.#retry = setTimeout(() => this.#prepare(), againAfterMs).unref();
  }

  async #prepareProxy(): Promise<void> {
    const map = await this.#keeper.get();
    if (this.#listened !== map && [...this.#watchers].some(({ changed }) => changed !== undefined)) {
      this.#listened = map;
      const id = await map.addEntryListener(this.#listener(map), undefined, true).catch((fault: unknown) => {
        this.#listened = undefined;
        throw fault;
      });
      // one that fails has lost its connections, and the listener with them
      this.#unlisten = () => void map.removeEntryListener(id).catch(() => undefined);
      if (this.#isClosed) this.#unlisten();
    }
    for (const field of this.#indexed) await map.addIndex({ type: "HASH", attributes: [field] });
  }

  #listener(map: Proxy): MapListener<string, unknown> {
    const told =
      (kind: SharedMapChange["kind"]) =>
      ({ key, value }: EntryEvent<string, unknown>): void => {
        if (this.#listened !== map) return;
        const shared = kind === "removed" ? undefined : decoded(value);
        const change = { kind, key, ...(shared === undefined ? {} : { value: shared }) };
        for (const watcher of this.#watchers) watcher.changed?.(change);
      };
    return { added: told("added"), updated: told("updated"), merged: told("updated"), removed: told("removed") };
  }
}

/** Less than a second would be none at all, which stands for ever. */
const wholeSeconds = (ttlMs: number): number => Math.max(1, Math.ceil(ttlMs / SECOND_MS)) * SECOND_MS;

/** A client that was given may leave JSON as it is. */
function decoded(value: unknown): SharedValue | undefined {
  if (!(value instanceof HazelcastJsonValue)) return readSharedValue(value);
  try {
    return readSharedValue(JSON.parse(value.toString()));
  } catch {
    return undefined; // not ours
  }
}

function decodedAll(entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, SharedValue> {
  const values = new Map<string, SharedValue>();
  for (const [key, value] of entries) {
    const shared = decoded(value);
    if (shared !== undefined) values.set(key, shared);
  }
  return values;
}
