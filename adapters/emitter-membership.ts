/** What an emitter does in the cluster: messages to all servers, in the order of the calls, and their answers. */
import { encodeBroadcast } from "./broadcast-message.ts";
import { ByteWriter } from "./bytes.ts";
import { ClusterQueries } from "./cluster-queries.ts";
import { Cluster } from "./cluster.ts";
import type { Environment } from "./environment.ts";
import { NotConnectedError, RequestTimeoutError } from "./errors.ts";
import { within } from "./farewell.ts";
import { beginMessage, endMessage, Kind, writeNamespace, writeSelection } from "./frames.ts";
import type { Link } from "./link.ts";
import type { PostOptions } from "./mesh.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Peer } from "./peer.ts";
import { namespaceSeed } from "./room-hash.ts";
import type { Flags } from "./socket-io.ts";
import type { SocketDetails } from "./socket-table.ts";
import { readValue } from "./value-reader.ts";
import { writeValue } from "./value-writer.ts";

export interface Target {
  readonly namespace: string;
  readonly rooms: Set<string>;
  readonly except: Set<string>;
  readonly flags: Flags;
}

/** No parser has this fingerprint: nobody sends encoded frames here. */
const NO_PARSER = 0;

export class EmitterMembership {
  readonly #cluster: Cluster;
  readonly #writer = new ByteWriter();
  #ready: Promise<void> | undefined;

  constructor(link: Link, options: ResolvedOptions, environment: Environment) {
    const { clock, random } = environment;
    const id = environment.newId();
    this.#cluster = new Cluster({ id, role: "emitter", parser: NO_PARSER, link, clock, random, options });
  }

  broadcast({ namespace, rooms, except, flags }: Target, args: unknown[]): Promise<void> {
    const message = encodeBroadcast(this.#writer, { namespace, rooms, except, flags, ack: undefined }, { args });
    return this.#send(Buffer.from(message), { isVolatile: flags.volatile === true });
  }

  async broadcastWithAck({ namespace, rooms, except, flags }: Target, args: unknown[]): Promise<unknown[]> {
    // what cannot be encoded throws before anything is waited for
    writeValue(new ByteWriter(), args);
    await this.#whenReady();
    const { requests, options, mesh } = this.#cluster;
    const timeoutMs = flags.timeout ?? options.requestsTimeout;
    return new Promise((resolve, reject) => {
      const answers: unknown[] = [];
      const servers = this.#servers();
      const request = requests.open(servers, timeoutMs, {
        part: (_peer, body) => {
          for (let left = body.varint(); left > 0; left--) answers.push(readValue(body));
        },
        done: (silent) => {
          const error = this.#cluster.silence(silent, answers);
          if (error) reject(error);
          else resolve(answers);
        },
      });
      const ack = { request, timeoutMs, place: undefined };
      const message = encodeBroadcast(this.#writer, { namespace, rooms, except, flags, ack }, { args });
      for (const server of servers) mesh.post(server, message);
    });
  }

  join(target: Target, rooms: readonly string[]): Promise<void> {
    return this.#command(Kind.join, target, (writer) => writer.names(rooms));
  }

  leave(target: Target, rooms: readonly string[]): Promise<void> {
    return this.#command(Kind.leave, target, (writer) => writer.names(rooms));
  }

  disconnect(target: Target, close: boolean): Promise<void> {
    return this.#command(Kind.disconnect, target, (writer) => writer.u8(close ? 1 : 0));
  }

  serverSideEmit(namespace: string, args: unknown[]): Promise<void> {
    beginMessage(this.#writer, Kind.serverEmit);
    writeNamespace(this.#writer, namespace);
    this.#writer.varint(0);
    writeValue(this.#writer, args);
    return this.#send(Buffer.from(endMessage(this.#writer)));
  }

  async fetchSockets({ namespace, rooms, except, flags }: Target): Promise<SocketDetails[]> {
    await this.#whenReady();
    const queries = new ClusterQueries(this.#cluster, namespace, namespaceSeed(namespace));
    return queries.details({ rooms, except }, flags.timeout);
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  #command(kind: number, { namespace, rooms, except }: Target, write: (writer: ByteWriter) => void): Promise<void> {
    beginMessage(this.#writer, kind);
    writeNamespace(this.#writer, namespace);
    this.#writer.varint(0);
    writeSelection(this.#writer, rooms, except);
    write(this.#writer);
    return this.#send(Buffer.from(endMessage(this.#writer)));
  }

  /** All callers wait for one promise, so they go on in the order in which they came. */
  async #send(message: Buffer, options: PostOptions = {}): Promise<void> {
    await this.#whenReady();
    const servers = this.#servers();
    const numbers = servers.map((server) => this.#cluster.mesh.post(server, message, options));
    const written = servers.map((server, index) => whenWritten(server, numbers[index] ?? 0));
    const silent = new Set(servers.map(({ id }) => id));
    servers.forEach(({ id }, index) => void written[index]?.then(() => silent.delete(id)));
    await within(this.#cluster.clock, this.#cluster.options.requestsTimeout, Promise.all(written));
    if (silent.size > 0) throw new RequestTimeoutError([...silent], []);
  }

  #servers(): Peer[] {
    return [...this.#cluster.mesh.peers.values()].filter(({ alive, role }) => alive && role === "server");
  }

  #whenReady(): Promise<void> {
    this.#ready ??= this.#connect().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #connect(): Promise<void> {
    const cluster = this.#cluster;
    cluster.start();
    if (cluster.state === "closed") throw new NotConnectedError("the emitter is closed");
    let onState = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      onState = () => {
        if (cluster.state !== "connecting") resolve();
      };
      cluster.on("state", onState);
      onState();
    });
    await within(cluster.clock, cluster.options.requestsTimeout, ready);
    cluster.off("state", onState);
    if (cluster.state === "connecting") throw new NotConnectedError("Hazelcast could not be reached in time");
  }
}

const whenWritten = ({ outbox }: Peer, number: number): Promise<void> =>
  new Promise((resolve) => {
    outbox.whenWritten(number, resolve);
  });
