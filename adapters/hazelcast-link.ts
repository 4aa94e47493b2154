/**
 * The only user of the Hazelcast client. Above it there is just `Link`.
 * Why so much care: a client whose first connection never comes holds the process, one that has given up never returns,
 * calls may throw instead of rejecting, errors all have the name "Error", and proxies are network calls that may hang.
 * Not here: what is sent, deadlines of writes, repeats. After a change run the cluster tier: the memory link cannot
 * show these faults.
 */
import type {
  ClientConfig,
  HazelcastClient,
  MembershipListener,
  ReadResultSet,
  Ringbuffer,
} from "./hazelcast-client.ts";
import { Client, ReconnectMode } from "./hazelcast-client.ts";
import { ownClientConfig, warningsAbout } from "./hazelcast-config.ts";
import { HazelcastMap } from "./hazelcast-map.ts";
import type { MakeProxy } from "./hazelcast-proxy.ts";
import { ProxyKeeper } from "./hazelcast-proxy.ts";
import type { Leases, Link, LinkObserver, ReadBatch, Ring } from "./link.ts";
import type { SharedMap } from "./shared-map.ts";

/** The client emits these, though its typings do not say so. */
interface LifecycleEvents {
  on(event: "lifecycleEvent", listener: (state: string) => void): unknown;
  removeListener(event: "lifecycleEvent", listener: (state: string) => void): unknown;
}

const RECONNECT_PAUSE_MS = 500;
const NOT_CONNECTED = "not connected to Hazelcast";

export const isHazelcastClient = (value: HazelcastClient | ClientConfig | undefined): value is HazelcastClient =>
  value !== undefined && "getLifecycleService" in value && typeof value.getLifecycleService === "function";

/** A link over a client that was given, or over one made from a configuration and made anew whenever it has given up. */
export class HazelcastLink implements Link {
  readonly #given: HazelcastClient | undefined;
  readonly #config: ClientConfig;
  /** By name: each has one listener at the members, however many ask for it. */
  readonly #maps = new Map<string, HazelcastMap>();
  #client: HazelcastClient | undefined;
  #observer: LinkObserver | undefined;
  #closed = false;
  #lastWarning = "";
  #connecting: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Takes our listeners off the present client. */
  #detach = (): void => undefined;

  constructor(source: HazelcastClient | ClientConfig | undefined) {
    this.#given = isHazelcastClient(source) ? source : undefined;
    this.#config = ownClientConfig(isHazelcastClient(source) ? {} : (source ?? {}), ReconnectMode.ASYNC, (message) => {
      this.#lastWarning = message;
    });
  }

  start(observer: LinkObserver): void {
    this.#observer = observer;
    if (this.#given) {
      for (const warning of warningsAbout(this.#given.getConfig(), ReconnectMode.ASYNC)) observer.warning(warning);
      this.#attach(this.#given);
    } else {
      this.#connect();
    }
  }

  ring(name: string): Ring {
    return new HazelcastRing(() => this.#proxyMaker((client) => client.getRingbuffer<Buffer>(name)));
  }

  leases(name: string): Leases {
    const map = new ProxyKeeper(() => this.#proxyMaker((client) => client.getMap<Buffer, Buffer>(name)));
    // all in one partition: many are read by one question to one member
    const key = (id: string): Buffer => Object.assign(Buffer.from(id), { partitionKey: name });
    const byId = (entries: [Buffer, Buffer][]): ReadonlyMap<string, Buffer> =>
      new Map(entries.map(([id, value]) => [id.toString(), value]));
    return {
      set: async (id, value, ttlMs) => (await map.get()).set(key(id), value, ttlMs),
      of: async (ids) => byId(await (await map.get()).getAll(ids.map(key))),
      all: async () => byId(await (await map.get()).entrySet()),
      remove: async (id) => (await map.get()).delete(key(id)),
    };
  }

  map(name: string, indexed: readonly string[]): SharedMap {
    const known = this.#maps.get(name);
    known?.index(indexed);
    if (known !== undefined) return known;
    const map = new HazelcastMap(() => this.#proxyMaker((client) => client.getMap<string, unknown>(name)), indexed);
    this.#maps.set(name, map);
    if (this.#client?.getLifecycleService().isRunning() === true) map.connection("up");
    return map;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#detach();
    for (const map of this.#maps.values()) map.close();
    await this.#connecting;
    const client = this.#client;
    this.#client = undefined;
    if (!this.#given) await client?.shutdown();
  }

  /** One attempt, of a finite time; without an end the client would hold the process for ever. */
  #connect(): void {
    this.#connecting = Client.newHazelcastClient(this.#config).then(
      (client) => {
        this.#client = client;
        if (!this.#closed) this.#attach(client);
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#down(this.#lastWarning || messageOf(error));
        this.#retry = setTimeout(() => this.#connect(), RECONNECT_PAUSE_MS);
      },
    );
  }

  #attach(client: HazelcastClient): void {
    this.#client = client;
    const lifecycle = client.getLifecycleService() as unknown as LifecycleEvents;
    const onState = (state: string): void => this.#stateChanged(client, state);
    const tellMembers = (): void => this.#observer?.members(client.getCluster().getMembers().length);
    const changed = (): void => {
      tellMembers();
      for (const map of this.#maps.values()) map.connection("members");
    };
    const membership: MembershipListener = { memberAdded: changed, memberRemoved: changed };
    lifecycle.on("lifecycleEvent", onState);
    const listenerId = client.getCluster().addMembershipListener(membership);
    this.#detach = () => {
      lifecycle.removeListener("lifecycleEvent", onState);
      client.getCluster().removeMembershipListener(listenerId);
      this.#detach = (): void => undefined;
    };
    tellMembers();
    if (client.getLifecycleService().isRunning()) this.#up();
  }

  #stateChanged(client: HazelcastClient, state: string): void {
    if (client !== this.#client) return;
    if (state === "CONNECTED") this.#up();
    if (state === "DISCONNECTED") this.#down(this.#lastWarning || "the last connection was lost");
    if (state !== "SHUTDOWN") return;
    this.#detach();
    this.#client = undefined;
    this.#down("the client was shut down");
    if (this.#closed) return;
    if (this.#given) this.#observer?.warning("the Hazelcast client was shut down; the adapter needs a new one");
    // not in the event: the client is still busy with its own end
    else this.#retry = setTimeout(() => this.#connect(), RECONNECT_PAUSE_MS);
  }

  #up(): void {
    this.#observer?.up();
    for (const map of this.#maps.values()) map.connection("up");
  }

  #down(reason: string): void {
    this.#observer?.down(reason);
    for (const map of this.#maps.values()) map.connection("down");
  }

  #proxyMaker<T>(make: (client: HazelcastClient) => Promise<T>): ReturnType<MakeProxy<T>> {
    const client = this.#client;
    if (!client) throw new Error(NOT_CONNECTED);
    return { client, proxy: make(client) };
  }
}

class HazelcastRing implements Ring {
  readonly #keeper: ProxyKeeper<Ringbuffer<Buffer>>;

  constructor(make: MakeProxy<Ringbuffer<Buffer>>) {
    this.#keeper = new ProxyKeeper(make);
  }

  async capacity(): Promise<number> {
    return (await (await this.#keeper.get()).capacity()).toNumber();
  }

  async head(): Promise<number> {
    return (await (await this.#keeper.get()).headSequence()).toNumber();
  }

  async tail(): Promise<number> {
    return (await (await this.#keeper.get()).tailSequence()).toNumber();
  }

  async add(items: readonly Buffer[]): Promise<number> {
    // no await before the client has copied the bytes: the caller may reuse them
    const ring = this.#keeper.ready;
    if (!ring) {
      const copies = items.map((item) => Buffer.from(item));
      return this.#addTo(await this.#keeper.get(), copies);
    }
    return this.#addTo(ring, items);
  }

  async read(from: number, most: number): Promise<ReadBatch> {
    const result = await (await this.#keeper.get()).readMany(from, 1, most);
    const items: Buffer[] = [];
    for (let i = 0; i < result.getReadCount(); i++) {
      const item = itemAt(result, i);
      if (Buffer.isBuffer(item)) items.push(item);
    }
    return { items, next: result.getNextSequenceToReadFrom().toNumber() };
  }

  async destroy(): Promise<void> {
    await (await this.#keeper.get()).destroy();
  }

  async #addTo(ring: Ringbuffer<Buffer>, items: readonly Buffer[]): Promise<number> {
    const [only] = items;
    const sequence = items.length === 1 && only ? ring.add(only) : ring.addAll([...items]);
    return (await sequence).toNumber();
  }
}

/** Undefined for what somebody else wrote into our ring and nobody can read; the numbers of the streams do not miss it. */
function itemAt(result: ReadResultSet<unknown>, index: number): unknown {
  try {
    return result.get(index);
  } catch {
    return undefined; // of a class that this client does not know
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
