/**
 * One server's membership in the cluster: one link, one inbox, one lease, whatever the number of namespaces. Here is its
 * life cycle, its state, and what the application may see of it.
 * Not here: the streams to other nodes (`mesh.ts`) and the heartbeat (`heartbeat.ts`).
 */
import { EventEmitter } from "node:events";
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import type { ClusterEvents, ClusterState, ClusterStats, ServerInfo } from "./cluster-view.ts";
import { RequestTimeoutError } from "./errors.ts";
import type { Role } from "./frames.ts";
import { beginMessage, endMessage, Kind, LAST_PART, NO_NAMESPACE, readNamespace } from "./frames.ts";
import { Heartbeat } from "./heartbeat.ts";
import { sayGoodbye, within } from "./farewell.ts";
import { Inbox } from "./inbox.ts";
import { ASSUMED_CAPACITY, itemBytes, UNCONFIGURED_CAPACITY } from "./item-size.ts";
import type { Link, Ring } from "./link.ts";
import { Mesh } from "./mesh.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Peer } from "./peer.ts";
import { Requests } from "./requests.ts";
import { newCounters } from "./stats.ts";

/** A namespace as the cluster sees it. */
export interface NamespaceEndpoint {
  readonly name: string;
  receive(kind: number, request: number, body: ByteReader, from: Peer): void;
}

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
const FIRST_APPLICATION_KIND = Kind.broadcast;
const LAST_APPLICATION_KIND = Kind.query;

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
  readonly #namespaces = new Map<string, NamespaceEndpoint>();
  readonly #writer = new ByteWriter();
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
      onReset: () => {
        this.counters.inboxResets++;
      },
    });
    this.mesh = this.#newMesh();
    this.#heartbeat = new Heartbeat({
      ...deps,
      self: deps.id,
      leases: deps.link.leases(`${deps.options.prefix}-nodes`),
      deadAfterMs: deps.options.nodeTimeout,
      mesh: this.mesh,
      inbox: this.#inbox,
      changed: () => this.#judgeState("the members do not answer"),
      died: (peer) => this.#declareDead(peer),
      revived: (peer) => this.#revive(peer),
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
    const self = { id: this.id, self: true, alive: true, namespaces: [...this.#namespaces.keys()], pending: 0 };
    const others = [...this.mesh.peers.values()].filter((peer) => peer.role === "server");
    return [
      ...(this.#deps.role === "server" ? [self] : []),
      ...others.map(({ id, alive, namespaces, outbox }) => {
        return { id, self: false, alive, namespaces: [...namespaces], pending: outbox.pending };
      }),
    ];
  }

  stats(): ClusterStats {
    const peers = [...this.mesh.peers.values()];
    return {
      ...this.counters,
      state: this.#state,
      servers: this.servers().filter(({ alive }) => alive).length,
      outboxBytes: this.mesh.budget.usedBytes,
      outboxMessages: peers.reduce((sum, { outbox }) => sum + outbox.pending, 0),
      remoteRooms: this.mesh.routing.interest.rooms,
      interestBytes: this.mesh.routing.interest.bytes,
      requests: this.requests.size,
    };
  }

  /** @internal Begins to connect. Never throws, waits for nothing. */
  start(): void {
    if (this.#started || this.#closing) return;
    this.#started = true;
    this.#deps.link.start({
      up: () => this.#linkIsUp(),
      down: (reason) => this.#linkIsDown(reason),
      members: (count) => this.#membersChanged(count),
      warning: (message) => this.warn(message),
    });
  }

  /** Leaves: says goodbye to every node, sends what waits, frees everything. One promise, at most `closeTimeout` and a little. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** @internal */
  openNamespace(endpoint: NamespaceEndpoint): void {
    this.#namespaces.set(endpoint.name, endpoint);
    this.mesh.announcer.openNamespace(endpoint.name);
    this.start();
  }

  /** @internal The last one takes the whole membership with it. */
  closeNamespace(endpoint: NamespaceEndpoint): Promise<void> {
    // the name may have been opened anew while the old one closes
    if (this.#namespaces.get(endpoint.name) === endpoint) {
      this.#namespaces.delete(endpoint.name);
      this.mesh.announcer.closeNamespace(endpoint.name);
    }
    if (this.#namespaces.size > 0) return Promise.resolve();
    return this.#started ? this.close() : Promise.resolve();
  }

  /** @internal The other live servers that have a namespace, as far as one knows. */
  serversOf(namespace: string): Peer[] {
    return [...this.mesh.peers.values()].filter((peer) => peer.alive && peer.mayServe(namespace));
  }

  /** @internal The error for servers that gave no answer; null when there are none or partial results will do. */
  silence(silent: readonly Peer[], responses: unknown[]): RequestTimeoutError | null {
    if (silent.length === 0 || this.options.partialResults) return null;
    return new RequestTimeoutError(
      silent.map(({ id }) => id),
      responses,
    );
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
      ring: (node) => this.#ring(node),
      limits: () => ({ capacity: this.#capacity, itemBytes: this.itemBytes }),
      inboxPosition: () => this.#inbox.position,
      patienceMs: () => (this.#state === "ready" ? undefined : DEGRADED_JOIN_MS),
      deliver: (kind, body, from) => this.#deliver(kind, body, from),
      appeared: ({ id: node, role: itsRole }) => {
        if (itsRole === "server") this.emit("server", { id: node, change: "appeared" });
      },
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
        if (this.#inbox.capacity === UNCONFIGURED_CAPACITY) {
          this.warn(`the rings "${this.options.prefix}-in-*" seem not to be configured on the members; items are kept small`);
        }
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

  #linkIsDown(reason: string): void {
    this.#linkUp = false;
    this.#judgeState(reason);
  }

  #membersChanged(count: number): void {
    this.#heartbeat.membersChanged(count);
    this.#judgeState(`only ${count} members are left`);
  }

  #judgeState(reason: string): void {
    if (this.#state === "closed") return;
    if (this.#linkUp && this.#heartbeat.healthy) this.#setState("ready", "");
    else if (this.#state === "ready") {
      this.#setState("degraded", reason);
      this.mesh.announcer.letGoAfter(DEGRADED_JOIN_MS);
    }
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
    if (kind === Kind.answer) return this.requests.answer(from, body);
    if (kind < FIRST_APPLICATION_KIND || kind > LAST_APPLICATION_KIND) {
      this.counters.unknownKinds++;
      return;
    }
    const name = readNamespace(body);
    const request = body.varint();
    const endpoint = this.#namespaces.get(name);
    if (endpoint) return endpoint.receive(kind, request, body, from);
    if (request === 0) return;
    beginMessage(this.#writer, Kind.answer);
    this.#writer.varint(request);
    this.#writer.u8(LAST_PART | NO_NAMESPACE);
    this.mesh.post(from, endMessage(this.#writer));
  }

  #declareDead(peer: Peer): void {
    this.counters.deaths++;
    peer.outbox.releaseConfirmations();
    this.requests.forget(peer);
    if (peer.role === "server") this.emit("server", { id: peer.id, change: "dead" });
  }

  #revive(peer: Peer): void {
    if (peer.role === "server") this.emit("server", { id: peer.id, change: "alive" });
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
    if (peer.role === "server") this.emit("server", { id: peer.id, change: "gone" });
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
