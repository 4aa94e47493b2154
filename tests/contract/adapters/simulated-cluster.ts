/** A few nodes over memory links in virtual time, for tests that choose one fault and look at what follows. */
import { MemoryHub } from "../../../adapters/memory-link.ts";
import type { MemoryFaults } from "../../../adapters/memory-link.ts";
import type { HazelcastAdapterOptions } from "../../../adapters/options.ts";
import type { Recorded } from "../../simulation/happenings.ts";
import { SimulatedNode } from "../../simulation/simulated-node.ts";
import { seeded, VirtualTime } from "../../simulation/virtual-time.ts";

/** Each call takes a millisecond there and one back, and nothing else happens to it. */
export const steady: MemoryFaults = {
  latencyMs: () => 1,
  losesWrite: () => false,
  losesAnswer: () => false,
  doublesWrite: () => false,
};

export class SimulatedCluster {
  readonly time = new VirtualTime();
  readonly hub = new MemoryHub(this.time, 64);
  readonly history: Recorded[] = [];
  readonly #random = seeded(1);
  readonly #options: HazelcastAdapterOptions;
  #joins = 0;
  #emits = 0;

  /** By default no request ends by its time. */
  constructor(options: HazelcastAdapterOptions = { requestsTimeout: 600_000 }) {
    this.#options = options;
  }

  start(name: string): SimulatedNode {
    const node = new SimulatedNode(this.hub, this.time, this.#random, {
      name,
      options: this.#options,
      record: (entry) => this.history.push({ ...entry, atMs: this.time.now() }),
      nextJoin: () => this.#joins++,
    });
    node.link.faults = steady;
    return node;
  }

  /** Nodes `a`, `b`, `c` with a socket each, `a1`, `b1`, `c1`, that know each other. */
  static async three(): Promise<{ cluster: SimulatedCluster; a: SimulatedNode; b: SimulatedNode; c: SimulatedNode }> {
    const cluster = new SimulatedCluster();
    const [a, b, c] = [cluster.start("a"), cluster.start("b"), cluster.start("c")];
    for (const node of [a, b, c]) node.connect(`${node.name}1`);
    await cluster.pass(3_000);
    return { cluster, a, b, c };
  }

  async pass(ms: number): Promise<void> {
    // what the test has just called is due at this instant, before time passes
    await new Promise((resolve) => setImmediate(resolve));
    return this.time.runUntil(this.time.now() + ms);
  }

  /** Emits to the room. @returns the number that arrivals are found by. */
  emit(from: SimulatedNode, room: string): number {
    from.emit(this.#emits, room);
    return this.#emits++;
  }

  /** What the socket got, in order of arrival. */
  arrivals(socket: string): number[] {
    return this.history.flatMap((entry) => (entry.kind === "arrive" && entry.socket === socket ? [entry.emit] : []));
  }

  /** Messages reported lost at the node. */
  lostAt(node: SimulatedNode): number {
    return this.history.reduce(
      (sum, entry) => sum + (entry.kind === "gap" && entry.node === node.name ? entry.lost : 0),
      0,
    );
  }
}

/** Whether a promise has settled, asked after time has passed. */
export function watch(answer: unknown): { readonly settled: boolean } {
  const promise = answer instanceof Promise ? answer : undefined;
  const state = { settled: promise === undefined };
  const settle = (): void => {
    state.settled = true;
  };
  promise?.then(settle, settle);
  return state;
}
