/** A node of the simulation: the real adapter on a namespace and sockets that only write down what reaches them. */
import type { AdapterFactory } from "../../adapters/create-adapter.ts";
import { createAdapterOn } from "../../adapters/create-adapter.ts";
import type { HazelcastAdapter } from "../../adapters/adapter.ts";
import type { HazelcastAdapterOptions } from "../../adapters/options.ts";
import type { MemoryHub, MemoryLink } from "../../adapters/memory-link.ts";
import type { EncodedFrames, LocalSocket, Namespace, Packet, PacketDecoder } from "../../adapters/socket-io.ts";
import type { Happening } from "./happenings.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { ProcessClock } from "./virtual-time.ts";

interface SimulatedSocket extends LocalSocket {
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

export class SimulatedNode {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly link: MemoryLink;
  readonly adapter: HazelcastAdapter;
  readonly sockets = new Map<string, SimulatedSocket>();
  crashed = false;
  readonly #record: (entry: Happening) => void;
  readonly #nextJoin: () => number;

  constructor(
    name: string,
    hub: MemoryHub,
    time: VirtualTime,
    random: () => number,
    record: (entry: Happening) => void,
    nextJoin: () => number,
    options: HazelcastAdapterOptions,
  ) {
    this.name = name;
    this.#record = record;
    this.#nextJoin = nextJoin;
    this.clock = new ProcessClock(time);
    this.link = hub.link(this.clock);
    const environment = { clock: this.clock, random, newId: () => idOf(name) };
    const create: AdapterFactory = createAdapterOn(() => this.link, options, environment);
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
    this.adapter.cluster.on("gap", ({ node, lost }) => record({ kind: "gap", node: name, from: nameOf(node), lost }));
    this.adapter.cluster.on("state", (state, reason) => this.note(`is ${state} ${reason}`));
    this.adapter.cluster.on("server", ({ id, change }) => this.note(`${nameOf(id)} ${change}`));
    this.adapter.cluster.on("warning", (warning) => this.warnings.push(warning));
    this.adapter.init();
  }

  readonly warnings: string[] = [];

  get runs(): boolean {
    return this.clock.runs;
  }

  /** Names of the others that it knows, while it is not sure to know all. */
  get onlyKnows(): string[] | undefined {
    const { cluster } = this.adapter;
    return cluster.state === "ready" ? undefined : cluster.servers().map(({ id }) => nameOf(id));
  }

  note(text: string): void {
    this.#record({ kind: "note", node: this.name, text });
  }

  /** A client connects; its socket is in a room of its own name from then on. */
  connect(id: string): void {
    const { adapter, sockets } = this;
    const socket: SimulatedSocket = {
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
        this.#record({ kind: "leave", socket: id, room });
        void adapter.del(id, room);
      },
      disconnect: () => this.disconnect(id),
    };
    sockets.set(id, socket);
    void this.#join(id, [id]);
  }

  disconnect(id: string): void {
    for (const room of this.adapter.socketRooms(id) ?? []) this.#record({ kind: "leave", socket: id, room });
    this.adapter.delAll(id);
    this.sockets.delete(id);
  }

  crash(): void {
    this.crashed = true;
    this.clock.end();
    this.link.cut();
    this.#record({ kind: "crash", node: this.name });
  }

  #join(id: string, rooms: string[]): Promise<void> {
    const join = this.#nextJoin();
    for (const room of rooms) this.#record({ kind: "join", socket: id, node: this.name, room, join });
    const { cluster } = this.adapter;
    let strict = cluster.state === "ready";
    const watch = (state: string): void => {
      if (state !== "ready") strict = false;
    };
    cluster.on("state", watch);
    return Promise.resolve(this.adapter.addAll(id, new Set(rooms))).then(() => {
      cluster.off("state", watch);
      for (const room of rooms) this.#record({ kind: "joined", socket: id, room, join, strict });
    });
  }

  #arrived(socket: string, frames: EncodedFrames): void {
    const [, emit] = JSON.parse(String(frames[0])) as [string, number];
    this.#record({ kind: "arrive", socket, node: this.name, emit });
  }
}

export const idOf = (name: string): string => Buffer.from(name.padEnd(8)).toString("hex");
const nameOf = (id: string): string => Buffer.from(id, "hex").toString().trimEnd();
