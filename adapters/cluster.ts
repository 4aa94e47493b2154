/**
 * One server's membership in the cluster: one link, one inbox, one lease, whatever the number of namespaces. Here is its
 * life cycle, its state, and what the application may see of it.
 * Not here: the streams to other nodes (`mesh.ts`) and the heartbeat (`heartbeat.ts`).
 */
import { EventEmitter } from "node:events";
import type { ByteReader } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import type { ClusterEvents, ClusterState, ClusterStats, ServerChange, ServerInfo } from "./cluster-view.ts";
import { describeServers, gaugesOf } from "./cluster-view.ts";
import { RequestTimeoutError } from "./errors.ts";
import type { Role } from "./frames.ts";
import { Kind } from "./frames.ts";
import { Heartbeat } from "./heartbeat.ts";
import { sayGoodbye, within } from "./farewell.ts";
import { Inbox } from "./inbox.ts";
import { ASSUMED_CAPACITY, itemBytes, UNCONFIGURED_CAPACITY } from "./item-size.ts";
import type { Link, Ring } from "./link.ts";
import { Mesh } from "./mesh.ts";
import type { NamespaceEndpoint } from "./namespaces.ts";
import { Namespaces } from "./namespaces.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Peer } from "./peer.ts";
import { Requests } from "./requests.ts";
import type { SharedMap } from "./shared-map.ts";
import { newCounters } from "./stats.ts";

export interface ClusterDeps {
  readonly id: string;
  readonly role: Role;
  readonly parser: number;
  readonly link: Link;
  readonly clock: Clock;
  readonly random: () => number;
  readonly options: ResolvedOptions;
}

/** How long a join waits for a cluster that does not answer. */
const DEGRADED_JOIN_MS = 1_000;
const OPEN_RETRY_MS = 500;

export class Cluster extends EventEmitter<ClusterEvents> {
  /** This server's id in the cluster, 16 hexadecimal digits. */
  readonly id: string;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly mesh: Mesh;
  /** @internal */
  readonly requests: Requests;
  /** @internal */
  readonly counters = newCounters();
  /** @internal */
  readonly options: ResolvedOptions;
  /** @internal */
  readonly parser: number;
  readonly #deps: ClusterDeps;
  readonly #inbox: Inbox;
  readonly #heartbeat: Heartbeat;
  readonly #rings = new Map<string, Ring>();
  readonly #namespaces: Namespaces;
  #state: ClusterState = "connecting";
  #started = false;
  #opening = false;
  #linkUp = false;
  #reportedNext = 0;
  #closing: Promise<void> | undefined;

  constructor(deps: ClusterDeps) {
    super();
    this.#deps = deps;
    this.id = deps.id;
    this.clock = deps.clock;
    this.options = deps.options;
    this.parser = deps.parser;
    this.requests = new Requests(deps.clock);
    this.#inbox = new Inbox({
      ring: this.#ring(deps.id),
      clock: deps.clock,
      onItem: (item) => this.#receive(item),
      onReset: () => void (this.counters.inboxResets += 1),
    });
    this.mesh = this.#newMesh();
    this.#namespaces = new Namespaces(this.mesh);
    this.#heartbeat = new Heartbeat({
      ...deps,
      self: deps.id,
      leases: deps.link.leases(`${deps.options.prefix}-nodes`),
      deadAfterMs: deps.options.nodeTimeout,
      mesh: this.mesh,
      inbox: this.#inbox,
      changed: () => this.#judgeState("the members do not answer"),
      died: (peer) => this.#declareDead(peer),
      revived: (peer) => this.#tell(peer, "alive"),
      buried: (peer) => this.#bury(peer),
    });
  }

  get state(): ClusterState {
    return this.#state;
  }

  /** Bytes that packing makes an item at most, by the memory that the inbox may take. */
  get itemBytes(): number {
    return itemBytes(this.options.inboxBytes, this.#capacity);
  }

  /** All known servers with their state, this one first. */
  servers(): ServerInfo[] {
    const self = this.#deps.role === "server" ? [{ id: this.id, namespaces: this.#namespaces.names }] : [];
    return describeServers(self, this.mesh.peers.values());
  }

  stats(): ClusterStats {
    return {
      ...this.counters,
      ...gaugesOf(this.mesh, this.#heartbeat.members),
      state: this.#state,
      servers: this.servers().filter(({ alive }) => alive).length,
      requests: this.requests.size,
    };
  }

  /** What all servers share under this name. @param indexed fields that entries are searched by with `where` */
  map(name: string, indexed: readonly string[] = []): SharedMap {
    return this.#deps.link.map(`${this.#deps.options.prefix}-${name}`, indexed);
  }

  /** @internal Begins to connect. Never throws, waits for nothing. */
  start(): void {
    if (this.#started || this.#closing) return;
    this.#started = true;
    this.#deps.link.start({
      up: () => this.#linkIsUp(),
      down: (reason) => {
        this.#linkUp = false;
        if (this.#state === "ready") this.#judgeState(reason);
        else if (this.#state !== "closed") this.emit("state", this.#state, reason); // an attempt to connect failed
      },
      members: (count) => {
        this.#heartbeat.membersChanged(count);
        this.#judgeState(`the Hazelcast cluster has shrunk to ${count}`);
      },
      warning: (message) => this.warn(message),
    });
  }

  /** Leaves: says goodbye to every node, sends what waits, frees everything. One promise, at most `closeTimeout` and a little. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** @internal */
  openNamespace(endpoint: NamespaceEndpoint): void {
    this.#namespaces.open(endpoint);
    this.start();
  }

  /** @internal The last one takes the whole membership with it. */
  closeNamespace(endpoint: NamespaceEndpoint): Promise<void> {
    this.#namespaces.close(endpoint);
    if (this.#namespaces.size > 0) return Promise.resolve();
    return this.#started ? this.close() : Promise.resolve();
  }

  /** @internal The other live servers that have a namespace, as far as one knows. */
  serversOf(namespace: string): Peer[] {
    return [...this.mesh.peers.values()].filter((peer) => peer.alive && peer.mayServe(namespace));
  }

  /** @internal The error for servers that gave no answer; null when there are none or partial results will do. */
  silence(silent: readonly Peer[], responses: unknown[]): RequestTimeoutError | null {
    const ids = this.options.partialResults ? [] : silent.map(({ id }) => id);
    return ids.length === 0 ? null : new RequestTimeoutError(ids, responses);
  }

  /** @internal */
  warn(message: string): void {
    if (!this.emit("warning", message)) process.emitWarning(message, { type: "HazelcastAdapterWarning" });
  }

  /** Of every ring: they share one configuration. */
  get #capacity(): number {
    return this.#inbox.capacity || ASSUMED_CAPACITY;
  }

  #newMesh(): Mesh {
    const { id, role, parser, clock, random, options } = this.#deps;
    return new Mesh({
      self: id,
      role,
      parser,
      clock,
      random,
      counters: this.counters,
      outboxBytes: options.outboxBytes,
      deadAfterMs: options.nodeTimeout,
      ring: (node) => this.#ring(node),
      limits: () => ({ capacity: this.#capacity, itemBytes: this.itemBytes, senders: this.mesh.peers.size || 1 }),
      inboxPosition: () => this.#inbox.position,
      patienceMs: () => (this.#state === "ready" ? undefined : DEGRADED_JOIN_MS),
      deliver: (kind, body, from) => this.#deliver(kind, body, from),
      appeared: (peer) => this.#tell(peer, "appeared"),
      heard: (peer) => this.#heartbeat.heard(peer),
      gone: (peer) => this.#gone(peer),
      gap: ({ id: node }, lost) => this.emit("gap", { node, lost }),
      handlerFailed: (error) => this.#handlerFailed(error),
    });
  }

  #ring(node: string): Ring {
    let ring = this.#rings.get(node);
    if (!ring) {
      ring = this.#deps.link.ring(`${this.#deps.options.prefix}-in-${node}`);
      this.#rings.set(node, ring);
    }
    return ring;
  }

  #linkIsUp(): void {
    this.#linkUp = true;
    if (this.#inbox.position.epoch === 0) this.#open();
    else this.#heartbeat.afterOutage();
  }

  /** Opens the inbox first: whoever learns of this node may write to it at once. */
  #open(): void {
    if (this.#opening || this.#closing) return;
    this.#opening = true;
    this.#inbox.open().then(
      () => {
        this.#opening = false;
        if (this.#closing) return this.#inbox.stop();
        if (this.#inbox.capacity === UNCONFIGURED_CAPACITY)
          this.warn(`the rings "${this.options.prefix}-in-*" seem not to be configured on the members: small items`);
        this.#heartbeat.start();
      },
      () => {
        this.#opening = false;
        this.clock.after(OPEN_RETRY_MS, () => {
          if (this.#linkUp) this.#open();
        });
      },
    );
  }

  #judgeState(reason: string): void {
    if (this.#state === "closed") return;
    if (this.#linkUp && this.#heartbeat.healthy) return this.#setState("ready", "");
    if (this.#state !== "ready") return;
    this.#setState("degraded", reason);
    this.mesh.announcer.letGoAfter(DEGRADED_JOIN_MS);
  }

  #setState(state: ClusterState, reason: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.emit("state", state, reason);
  }

  #receive(item: Buffer): void {
    this.mesh.receive(item);
    const { number } = this.#inbox.position;
    // senders that hear nothing else must know that there is room again
    if (number - this.#reportedNext < this.#inbox.capacity / 4 && number >= this.#reportedNext) return;
    this.#reportedNext = number;
    this.mesh.reportProgress();
  }

  #deliver(kind: number, body: ByteReader, from: Peer): void {
    if (kind === Kind.answer) this.requests.answer(from, body);
    else if (!this.#namespaces.deliver(kind, body, from)) this.counters.unknownKinds++;
  }

  #declareDead(peer: Peer): void {
    this.counters.deaths++;
    peer.outbox.releaseConfirmations();
    this.requests.forget(peer);
    this.#tell(peer, "dead");
  }

  /** Dead for so long that it does not just stand still: its inbox is of no use any more. */
  #bury(peer: Peer): void {
    this.mesh.remove(peer);
    const clean = [this.#ring(peer.id).destroy(), this.#heartbeat.removeLease(peer.id)];
    this.#rings.delete(peer.id);
    // whoever else survives does the same; what fails here is left to them or to the lease's time to live
    void Promise.allSettled(clean);
  }

  #gone(peer: Peer): void {
    this.#heartbeat.forget(peer);
    this.requests.forget(peer);
    this.#tell(peer, "gone");
  }

  #tell({ id, role }: Peer, change: ServerChange): void {
    if (role === "server") this.emit("server", { id, change });
  }

  #handlerFailed(error: unknown): void {
    this.counters.handlerErrors++;
    this.warn(`a listener or a message failed: ${error instanceof Error ? error.message : String(error)}`);
  }

  async #close(): Promise<void> {
    const wasOpen = this.#linkUp && this.#inbox.position.epoch > 0;
    this.#setState("closed", "");
    if (wasOpen) await within(this.clock, this.options.closeTimeout, sayGoodbye(this.mesh));
    this.#heartbeat.stop();
    this.#inbox.stop();
    this.requests.close();
    this.mesh.close();
    if (wasOpen) {
      const clean = [this.#heartbeat.removeLease(this.id), this.#ring(this.id).destroy()];
      await within(this.clock, this.options.closeTimeout, Promise.allSettled(clean));
    }
    await this.#deps.link.close();
  }
}
