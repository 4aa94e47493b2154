/** A node whose history is kept: the real adapter on a namespace and sockets that only write down what reaches them. */
import type { BroadcastOptions } from "socket.io-adapter";
import type { AdapterFactory } from "../../adapters/create-adapter.ts";
import { createAdapterOn } from "../../adapters/create-adapter.ts";
import type { Environment } from "../../adapters/environment.ts";
import type { Link } from "../../adapters/link.ts";
import type { HazelcastAdapter } from "../../adapters/adapter.ts";
import type { HazelcastAdapterOptions } from "../../adapters/options.ts";
import type { EncodedFrames, LocalSocket, Namespace, Packet, PacketDecoder } from "../../adapters/socket-io.ts";
import type { Happening } from "./happenings.ts";

interface RecordingSocket extends LocalSocket {
  join(rooms: string[]): Promise<void> | void;
  leave(room: string): void;
  disconnect(): void;
}

/** JSON is enough: what the parser does to bytes is the business of other tests. */
class JsonDecoder implements PacketDecoder {
  #listener: (packet: Packet) => void = () => undefined;
  on(_event: "decoded", listener: (packet: Packet) => void): void {
    this.#listener = listener;
  }
  add(frame: unknown): void {
    this.#listener({ type: 2, data: JSON.parse(String(frame)) as unknown[] });
  }
}

export interface RecordingNodeDeps {
  /** At most 8 letters; its id in the cluster is made of it. */
  readonly name: string;
  readonly environment: Pick<Environment, "clock" | "random">;
  readonly options: HazelcastAdapterOptions;
  openLink(): Link;
  record(entry: Happening): void;
  /** Ascending numbers. */
  nextJoin(): number;
}

export class RecordingNode {
  readonly name: string;
  readonly adapter: HazelcastAdapter;
  readonly sockets = new Map<string, RecordingSocket>();
  readonly warnings: string[] = [];
  readonly #deps: RecordingNodeDeps;

  constructor(deps: RecordingNodeDeps) {
    this.#deps = deps;
    this.name = deps.name;
    const { name } = deps;
    const environment = { ...deps.environment, newId: () => idOf(name) };
    const create: AdapterFactory = createAdapterOn(() => deps.openLink(), deps.options, environment);
    const namespace = {
      name: "/",
      server: {
        encoder: { encode: (packet: Packet): EncodedFrames => [JSON.stringify(packet.data)] },
        _parser: { Decoder: JsonDecoder },
        opts: {},
      },
      sockets: this.sockets,
      adapter: undefined as unknown,
      _ids: 0,
      _onServerSideEmit: (args: unknown[]): void => {
        const answer = args.at(-1);
        if (typeof answer === "function") (answer as (value: string) => void)(name);
      },
    };
    this.adapter = create(namespace satisfies Namespace);
    namespace.adapter = this.adapter;
    this.adapter.cluster.setMaxListeners(0);
    this.adapter.cluster.on("gap", ({ node, lost }) =>
      deps.record({ kind: "gap", node: name, from: nameOf(node), lost }),
    );
    this.adapter.cluster.on("state", (state, reason) => this.note(`is ${state} ${reason}`));
    this.adapter.cluster.on("server", ({ id, change }) => this.note(`${nameOf(id)} ${change}`));
    this.adapter.cluster.on("warning", (warning) => this.warnings.push(warning));
    this.adapter.init();
  }

  /** Names of the others that it knows, while it is not sure to know all. */
  get onlyKnows(): string[] | undefined {
    const { cluster } = this.adapter;
    return cluster.state === "ready" ? undefined : cluster.servers().map(({ id }) => nameOf(id));
  }

  emit(id: number, room: string, except?: string): void {
    this.#deps.record({ kind: "emit", id, node: this.name, room, except, onlyTo: this.onlyKnows });
    this.adapter.broadcast({ type: 2, data: ["e", id] }, select(room, except));
  }

  note(text: string): void {
    this.#deps.record({ kind: "note", node: this.name, text });
  }

  /** A client connects; its socket is in a room of its own name from then on. */
  connect(id: string): void {
    const { adapter, sockets } = this;
    const socket: RecordingSocket = {
      id,
      acks: new Map(),
      handshake: {},
      data: {},
      get rooms() {
        return adapter.socketRooms(id) ?? new Set<string>();
      },
      client: { writeToEngine: (frames) => this.#arrived(id, frames) },
      join: (rooms) => this.#join(id, rooms),
      leave: (room) => {
        this.#deps.record({ kind: "leave", socket: id, room });
        void adapter.del(id, room);
      },
      disconnect: () => this.disconnect(id),
    };
    sockets.set(id, socket);
    void this.#join(id, [id]);
  }

  disconnect(id: string): void {
    for (const room of this.adapter.socketRooms(id) ?? []) this.#deps.record({ kind: "leave", socket: id, room });
    this.adapter.delAll(id);
    this.sockets.delete(id);
  }

  #join(id: string, rooms: string[]): Promise<void> {
    const join = this.#deps.nextJoin();
    for (const room of rooms) this.#deps.record({ kind: "join", socket: id, node: this.name, room, join });
    const { cluster } = this.adapter;
    let strict = cluster.state === "ready";
    const watch = (state: string): void => {
      if (state !== "ready") strict = false;
    };
    cluster.on("state", watch);
    return Promise.resolve(this.adapter.addAll(id, new Set(rooms))).then(() => {
      cluster.off("state", watch);
      for (const room of rooms) this.#deps.record({ kind: "joined", socket: id, room, join, strict });
    });
  }

  #arrived(socket: string, frames: EncodedFrames): void {
    const [, emit] = JSON.parse(String(frames[0])) as [string, number];
    this.#deps.record({ kind: "arrive", socket, node: this.name, emit });
  }
}

export const idOf = (name: string): string => Buffer.from(name.padEnd(8)).toString("hex");
const nameOf = (id: string): string => Buffer.from(id, "hex").toString().trimEnd();

export const select = (room: string, except?: string): BroadcastOptions => ({
  rooms: new Set([room]),
  except: new Set(except === undefined ? [] : [except]),
  flags: {},
});
