/**
 * Sends to the sockets of a cluster from a process that serves none: a cron job, a worker, a function. It is never
 * counted as a server. It does not keep the table of rooms (it may live for a second only), so what it sends goes to every
 * server, and as arguments, since it has no encoder: servers without the room throw it away after its head.
 */
import type { Target } from "./emitter-membership.ts";
import { EmitterMembership } from "./emitter-membership.ts";
import { processEnvironment } from "./environment.ts";
import { OptionError } from "./errors.ts";
import type { ClientConfig, HazelcastClient } from "./hazelcast-client.ts";
import { HazelcastLink } from "./hazelcast-link.ts";
import type { Link } from "./link.ts";
import type { HazelcastAdapterOptions } from "./options.ts";
import { resolveOptions } from "./options.ts";
import type { SocketDetails } from "./socket-table.ts";

const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/** A selection of sockets; each call makes a new one. All promises reject after `requestsTimeout` at the latest. */
export class EmitterOperator {
  readonly #membership: EmitterMembership;
  readonly #target: Target;

  constructor(membership: EmitterMembership, target: Target) {
    this.#membership = membership;
    this.#target = target;
  }

  to(room: string | readonly string[]): EmitterOperator {
    return this.#with({ rooms: new Set([...this.#target.rooms, ...listOf(room)]) });
  }

  in(room: string | readonly string[]): EmitterOperator {
    return this.to(room);
  }

  except(room: string | readonly string[]): EmitterOperator {
    return this.#with({ except: new Set([...this.#target.except, ...listOf(room)]) });
  }

  /** May be dropped for a client that is not ready, and first when the outbox is full. */
  get volatile(): EmitterOperator {
    return this.#with({ flags: { ...this.#target.flags, volatile: true } });
  }

  compress(compress: boolean): EmitterOperator {
    return this.#with({ flags: { ...this.#target.flags, compress } });
  }

  /** How long `emitWithAck` and `fetchSockets` wait for answers, in ms. */
  timeout(timeout: number): EmitterOperator {
    return this.#with({ flags: { ...this.#target.flags, timeout } });
  }

  /** Resolves when the event is in the inbox of every live server; in the order of the calls. */
  emit(event: string, ...args: unknown[]): Promise<void> {
    return this.#membership.broadcast(this.#target, packetData(event, args));
  }

  /** Resolves with one answer per client. @throws RequestTimeoutError with those that came, when some did not. */
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown[]> {
    return this.#membership.broadcastWithAck(this.#target, packetData(event, args));
  }

  socketsJoin(room: string | readonly string[]): Promise<void> {
    return this.#membership.join(this.#target, listOf(room));
  }

  socketsLeave(room: string | readonly string[]): Promise<void> {
    return this.#membership.leave(this.#target, listOf(room));
  }

  disconnectSockets(close = false): Promise<void> {
    return this.#membership.disconnect(this.#target, close);
  }

  /** Descriptions of the matching sockets. */
  fetchSockets(): Promise<SocketDetails[]> {
    return this.#membership.fetchSockets(this.#target);
  }

  /** Runs the listeners of all servers of the namespace. Acknowledgements are not supported. */
  serverSideEmit(event: string, ...args: unknown[]): Promise<void> {
    if (typeof args.at(-1) === "function") throw new OptionError("acknowledgements are not supported here");
    return this.#membership.serverSideEmit(this.#target.namespace, [event, ...args]);
  }

  #with(change: Partial<Target>): EmitterOperator {
    return new EmitterOperator(this.#membership, { ...this.#target, ...change });
  }
}

/** The operator of a namespace's all sockets, and the owner of the connection. */
export class Emitter extends EmitterOperator {
  readonly #shared: EmitterMembership;

  /**
   * @param clientOrConfig as in `createAdapter`; nothing is connected before the first call of a method.
   * @param options those of the servers' adapters, at least the same `prefix`.
   * @param namespace default "/".
   */
  constructor(
    clientOrConfig?: HazelcastClient | ClientConfig,
    options?: HazelcastAdapterOptions,
    namespace = "/",
    openLink: () => Link = () => new HazelcastLink(clientOrConfig),
  ) {
    const membership = new EmitterMembership(openLink(), resolveOptions(options), processEnvironment);
    super(membership, everybody(namespace));
    this.#shared = membership;
  }

  /** Another namespace over the same connection. */
  of(namespace: string): EmitterOperator {
    return new EmitterOperator(this.#shared, everybody(namespace.startsWith("/") ? namespace : `/${namespace}`));
  }

  /** Sends what waits, says goodbye and frees everything. A client that was given stays open. */
  close(): Promise<void> {
    return this.#shared.close();
  }
}

const everybody = (namespace: string): Target => ({ namespace, rooms: new Set(), except: new Set(), flags: {} });

const listOf = (room: string | readonly string[]): readonly string[] => (typeof room === "string" ? [room] : room);

function packetData(event: string, args: readonly unknown[]): unknown[] {
  if (RESERVED_EVENTS.has(event)) throw new OptionError(`"${event}" is a reserved event name`);
  return [event, ...args];
}
