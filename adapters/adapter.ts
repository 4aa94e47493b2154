/**
 * The Socket.IO adapter of one namespace. Local effects first, synchronously and whatever the cluster does; then the
 * same thing as a message to the nodes that have matching sockets.
 * Not here: streams, nodes and rooms of others (`mesh.ts`, `cluster.ts`), answers to others (`remote-requests.ts`).
 */
import { Adapter } from "socket.io-adapter";
import type { BroadcastOptions, Room, SocketId } from "socket.io-adapter";
import { findAckId } from "./ack-template.ts";
import type { AckWish } from "./broadcast-message.ts";
import { decodeBroadcast, encodeBroadcast } from "./broadcast-message.ts";
import type { ByteReader } from "./bytes.ts";
import { ByteWriter } from "./bytes.ts";
import type { Cluster } from "./cluster.ts";
import { ClusterQueries } from "./cluster-queries.ts";
import { beginMessage, endMessage, Kind, readSelection, writeNamespace, writeSelection } from "./frames.ts";
import { isPatched, LocalDelivery } from "./local-delivery.ts";
import type { NamespaceEndpoint } from "./namespaces.ts";
import type { Peer } from "./peer.ts";
import { RemoteRequests } from "./remote-requests.ts";
import { everyoneHash, namespaceSeed, roomHash } from "./room-hash.ts";
import type { EncodedFrames, Flags, Namespace, Packet } from "./socket-io.ts";
import { readValue } from "./value-reader.ts";
import { writeValue } from "./value-writer.ts";

/** Options of a server-side event, beyond what `io.serverSideEmit` offers. */
export interface ServerSideEmitOptions {
  /** How long to wait for acknowledgements, in ms. */
  readonly timeout?: number;
  /** Ids of the servers to send to; all others by default. */
  readonly servers?: readonly string[];
  /**
   * Only servers with a socket in one of these rooms; servers without are not bothered. On the same ordered path as
   * broadcasts to these rooms. Now and then a server without such a socket gets it too (a hash collision).
   */
  readonly rooms?: ReadonlySet<string>;
}

const NO_RECOVERY =
  "connectionStateRecovery is switched on, but the Hazelcast adapter does not offer it: clients will not recover their sessions";

type ServerSideAck = (error: Error | null, responses: unknown[]) => void;

export class HazelcastAdapter extends Adapter implements NamespaceEndpoint {
  declare readonly nsp: Namespace;
  /** The cluster as this server sees it: state, events, servers, counters. The same for all namespaces of a server. */
  readonly cluster: Cluster;
  readonly #seed: number;
  readonly #delivery: LocalDelivery;
  readonly #remote: RemoteRequests;
  readonly #queries: ClusterQueries;
  readonly #writer = new ByteWriter();
  #open = false;
  #closed = false;

  constructor(nsp: Namespace, cluster: Cluster) {
    super(nsp);
    this.cluster = cluster;
    this.#seed = namespaceSeed(nsp.name);
    this.#delivery = new LocalDelivery(this, nsp);
    this.#queries = new ClusterQueries(cluster, nsp.name, this.#seed);
    this.#remote = new RemoteRequests({
      adapter: this,
      namespace: nsp,
      delivery: this.#delivery,
      clock: cluster.clock,
      counters: cluster.counters,
      partBytes: () => cluster.itemBytes,
      post: (peer, message) => void cluster.mesh.post(peer, message),
    });
    this.on("create-room", (room: Room) => this.#announcer.addRoom(roomHash(this.#seed, room)));
    this.on("delete-room", (room: Room) => this.#announcer.removeRoom(roomHash(this.#seed, room)));
  }

  get name(): string {
    return this.nsp.name;
  }

  /** Joins the cluster. Idempotent; nothing has to wait for it. */
  override init(): void {
    if (this.#open || this.#closed) return;
    this.#open = true;
    // a second `io.adapter()` in the same tick replaces this adapter without closing it: then it never was
    if (this.nsp.server.opts?.connectionStateRecovery) this.cluster.warn(NO_RECOVERY);
    this.cluster.clock.soon(() => {
      if (!this.#closed && this.nsp.adapter === this) this.cluster.openNamespace(this);
    });
  }

  /** Leaves the cluster; resolves when what was sent is out, at the latest after `closeTimeout`. Safe twice. */
  override close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const room of this.rooms.keys()) this.#announcer.removeRoom(roomHash(this.#seed, room));
      if (this.sids.size > 0) this.#announcer.removeRoom(everyoneHash(this.#seed));
      this.removeAllListeners("create-room");
      this.removeAllListeners("delete-room");
    }
    return this.cluster.closeNamespace(this);
  }

  /** Servers that have this namespace, this one included. */
  override serverCount(): Promise<number> {
    return Promise.resolve(1 + this.cluster.serversOf(this.name).length);
  }

  /** Resolves when every live node sends here what it emits to these rooms. */
  override addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void {
    const wasEmpty = this.sids.size === 0;
    void super.addAll(id, rooms);
    if (wasEmpty && !this.#closed) this.#announcer.addRoom(everyoneHash(this.#seed));
    return this.#announcer.confirmation();
  }

  override delAll(id: SocketId): void {
    const before = this.sids.size;
    super.delAll(id);
    if (before > 0 && this.sids.size === 0 && !this.#closed) this.#announcer.removeRoom(everyoneHash(this.#seed));
  }

  override broadcast(packet: Packet, opts: BroadcastOptions): void {
    packet.nsp = this.nsp.name;
    // throws to the caller what cannot be encoded, before anything is sent
    const frames = this.nsp.server.encoder.encode(packet);
    const flags = opts.flags ?? {};
    if (isPatched()) super.broadcast(packet, opts);
    else this.#delivery.own(frames, packet, opts.rooms, opts.except, flags);
    if (flags.local === true) return;
    const targets = this.cluster.mesh.targets(this.#seed, opts.rooms);
    if (targets.length > 0) this.#relay(targets, packet, frames, opts);
  }

  override broadcastWithAck(
    packet: Packet,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (...args: unknown[]) => void,
  ): void {
    super.broadcastWithAck(packet, opts, clientCountCallback, ack);
    const servers = this.cluster.serversOf(this.name);
    const targets = opts.flags?.local === true ? [] : this.cluster.mesh.targets(this.#seed, opts.rooms);
    // the operator wants one count from each server; those that are not asked have no matching socket
    for (const server of servers) if (!targets.includes(server)) clientCountCallback(0);
    if (targets.length === 0) return;
    const timeoutMs = opts.flags?.timeout ?? this.cluster.options.requestsTimeout;
    const acks = new Map<Peer, number>();
    const request = this.cluster.requests.open(
      targets.filter((target) => servers.includes(target)),
      timeoutMs,
      {
        part: (peer, body) => {
          const count = body.varint();
          acks.set(peer, (acks.get(peer) ?? 0) + count);
          for (let left = count; left > 0; left--) ack(readValue(body));
        },
        // counted when it is complete, so that a node that dies owes nothing
        finished: (peer) => clientCountCallback(acks.get(peer) ?? 0),
        done: () => undefined,
      },
    );
    const frames = this.nsp.server.encoder.encode(packet);
    const place = packet.id === undefined ? undefined : findAckId(frames, this.name, packet.id);
    this.#relay(targets, packet, frames, opts, { request, timeoutMs, place });
  }

  override async fetchSockets(opts: BroadcastOptions): Promise<unknown[]> {
    // the base class answers at once, with the sockets of this moment
    const local = super.fetchSockets(opts) as Promise<unknown[]>;
    const remote = opts.flags?.local === true ? [] : this.#queries.details(opts, opts.flags?.timeout);
    const [ours, theirs] = await Promise.all([local, remote]);
    return [...ours, ...theirs];
  }

  /** Ids of the matching sockets of all servers. */
  override async sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    const local = super.sockets(rooms);
    const remote = await this.#queries.ids({ rooms });
    const ids = await local;
    for (const id of remote) ids.add(id);
    return ids;
  }

  /** Number of matching sockets of all servers; without options all of the namespace. Moves no descriptions. */
  async countSockets(opts: Partial<BroadcastOptions> = {}): Promise<number> {
    const full: BroadcastOptions = { rooms: new Set(), ...opts };
    const local = super.fetchSockets(full) as Promise<unknown[]>;
    const remote = full.flags?.local === true ? 0 : this.#queries.count(full, full.flags?.timeout);
    return (await local).length + (await remote);
  }

  /** All rooms of the namespace on all servers, those of single sockets included. */
  async allRooms(): Promise<Set<Room>> {
    return new Set([...this.rooms.keys(), ...(await this.#queries.rooms())]);
  }

  override addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    super.addSockets(opts, rooms);
    for (const target of this.#remoteTargets(opts)) {
      const message = this.#selectionMessage(Kind.join, opts, (writer) => writer.names(rooms));
      const number = this.cluster.mesh.post(target, message, { ackWanted: true });
      this.cluster.mesh.routing.expect(target, this.#seed, rooms, number);
    }
  }

  override delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    super.delSockets(opts, rooms);
    this.#command(Kind.leave, opts, (writer) => writer.names(rooms));
  }

  override disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    super.disconnectSockets(opts, close);
    this.#command(Kind.disconnect, opts, (writer) => writer.u8(close ? 1 : 0));
  }

  override serverSideEmit(packet: unknown[], options: ServerSideEmitOptions = {}): void {
    const last = packet.at(-1);
    const args = typeof last === "function" ? packet.slice(0, -1) : packet;
    const { mesh } = this.cluster;
    const wanted = (peer: Peer): boolean => options.servers?.includes(peer.id) ?? true;
    const reached = options.rooms ? mesh.targets(this.#seed, options.rooms) : [...mesh.peers.values()];
    const targets = reached.filter((peer) => peer.mayServe(this.name) && wanted(peer));
    // encoded first: what cannot be sent throws to the caller and leaves no request behind
    writeValue(new ByteWriter(), args);
    const request = typeof last === "function" ? this.#collectResponses(targets, last as ServerSideAck, options) : 0;
    beginMessage(this.#writer, Kind.serverEmit);
    writeNamespace(this.#writer, this.name);
    this.#writer.varint(request);
    writeValue(this.#writer, args);
    const message = endMessage(this.#writer);
    for (const target of targets) mesh.post(target, message);
  }

  /** @internal A message of another node for this namespace. */
  receive(kind: number, request: number, body: ByteReader, from: Peer): void {
    switch (kind) {
      case Kind.broadcast: {
        const broadcast = decodeBroadcast(body, request);
        if (request === 0) this.#delivery.relayed(broadcast);
        else this.#remote.broadcastWithAck(broadcast, request, from);
        return;
      }
      case Kind.join:
        return super.addSockets(readSelection(body), body.names());
      case Kind.leave:
        return super.delSockets(readSelection(body), body.names());
      case Kind.disconnect:
        return super.disconnectSockets(readSelection(body), body.u8() === 1);
      case Kind.serverEmit:
        return this.#remote.serverEmit(body, request, from);
      default:
        return this.#remote.query(body, request, from);
    }
  }

  get #announcer(): Cluster["mesh"]["announcer"] {
    return this.cluster.mesh.announcer;
  }

  #remoteTargets(opts: BroadcastOptions): Peer[] {
    return opts.flags?.local === true ? [] : this.cluster.mesh.targets(this.#seed, opts.rooms);
  }

  #relay(targets: Peer[], packet: Packet, frames: EncodedFrames, opts: BroadcastOptions, ack?: AckWish): void {
    const flags: Flags = opts.flags ?? {};
    const { parser, mesh } = this.cluster;
    const options = { isVolatile: flags.volatile === true };
    const broadcast = { namespace: this.name, rooms: opts.rooms, except: opts.except, flags, ack };
    // arguments also for acks in a form without digits to replace
    const understands = (peer: Peer): boolean =>
      (peer.parser === undefined || peer.parser === parser) && (ack === undefined || ack.place !== undefined);
    const alike = targets.filter(understands);
    if (alike.length > 0) {
      const message = encodeBroadcast(this.#writer, broadcast, { frames });
      for (const target of alike) mesh.post(target, message, options);
    }
    if (alike.length === targets.length) return;
    const message = encodeBroadcast(
      this.#writer,
      { ...broadcast, ack: ack && { ...ack, place: undefined } },
      { args: packet.data },
    );
    for (const target of targets) if (!understands(target)) mesh.post(target, message, options);
  }

  #command(kind: number, opts: BroadcastOptions, write: (writer: ByteWriter) => void): void {
    const targets = this.#remoteTargets(opts);
    if (targets.length === 0) return;
    const message = this.#selectionMessage(kind, opts, write);
    for (const target of targets) this.cluster.mesh.post(target, message);
  }

  #selectionMessage(kind: number, opts: BroadcastOptions, write: (writer: ByteWriter) => void): Buffer {
    beginMessage(this.#writer, kind);
    writeNamespace(this.#writer, this.name);
    this.#writer.varint(0);
    writeSelection(this.#writer, opts.rooms, opts.except);
    write(this.#writer);
    return endMessage(this.#writer);
  }

  #collectResponses(targets: readonly Peer[], ack: ServerSideAck, options: ServerSideEmitOptions): number {
    const responses: unknown[] = [];
    return this.cluster.requests.open(
      targets.filter((target) => target.alive),
      options.timeout ?? this.cluster.options.requestsTimeout,
      {
        part: (_peer, body) => void responses.push(readValue(body)),
        done: (silent) => ack(this.cluster.silence(silent, responses), responses),
      },
    );
  }
}
