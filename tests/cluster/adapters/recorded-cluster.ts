/** Nodes in this process over real members, with one common history and steady traffic. */
import { randomUUID } from "node:crypto";
import type { ClientConfig } from "../../../adapters/hazelcast-client.ts";
import { HazelcastLink } from "../../../adapters/hazelcast-link.ts";
import { processEnvironment } from "../../../adapters/environment.ts";
import type { Happening, Recorded } from "../../simulation/happenings.ts";
import { RecordingNode } from "../../simulation/recording-node.ts";
import { waitFor } from "../../support/wait-for.ts";

export class RecordedCluster {
  readonly history: Recorded[] = [];
  readonly nodes: RecordingNode[] = [];
  #joins = 0;
  #emits = 0;
  #traffic: NodeJS.Timeout | undefined;

  /** @param clients one configuration per node. */
  constructor(clients: readonly ClientConfig[]) {
    // Node ids repeat here, which they never do outside of tests: an earlier cluster's ring that was destroyed while its
    // member stood still would come back with its old items.
    const prefix = `oxbow-${randomUUID().slice(0, 8)}`;
    clients.forEach((client, index) => {
      this.nodes.push(
        new RecordingNode({
          name: `n${index}`,
          environment: processEnvironment,
          options: { requestsTimeout: 2_000, prefix },
          openLink: () => new HazelcastLink(client),
          record: (entry) => this.#record(entry),
          nextJoin: () => this.#joins++,
        }),
      );
    });
  }

  node(index: number): RecordingNode {
    const node = this.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
  }

  /** Every node has one socket `s<index>` in the room `all`, and all of them know it. */
  async ready(): Promise<void> {
    await this.settled();
    await Promise.all(
      this.nodes.map(async (node, index) => {
        node.connect(`s${index}`);
        await node.sockets.get(`s${index}`)?.join(["all"]);
      }),
    );
  }

  /** Waits until all nodes are ready, know each other's rooms, and nothing waits to be sent. */
  async settled(withinMs = 60_000): Promise<void> {
    await waitFor(
      "the nodes know each other",
      () =>
        this.nodes.every(({ adapter }) => {
          const { state, mesh } = adapter.cluster;
          const peers = [...mesh.peers.values()];
          const known = peers.filter((peer) => peer.alive && peer.synced && peer.outbox.pending === 0);
          return state === "ready" && known.length === this.nodes.length - 1;
        }),
      withinMs,
    );
  }

  /** Each node emits to the room every `periodMs`. @returns the slowest local delivery so far, in ms. */
  startTraffic(periodMs = 20): () => number {
    let slowestMs = 0;
    this.#traffic = setInterval(() => {
      for (const node of this.nodes) slowestMs = Math.max(slowestMs, this.emit(node));
    }, periodMs);
    return () => slowestMs;
  }

  stopTraffic(): void {
    clearInterval(this.#traffic);
  }

  /** @returns how long the call took; local sockets have the packet by then. */
  emit(node: RecordingNode, room = "all"): number {
    const startedMs = performance.now();
    node.emit(this.#emits++, room);
    return performance.now() - startedMs;
  }

  get emits(): number {
    return this.#emits;
  }

  arrived(socket: string): number[] {
    return this.history.flatMap((entry) => (entry.kind === "arrive" && entry.socket === socket ? [entry.emit] : []));
  }

  /** Waits until the newest packets of all nodes have arrived at all sockets. */
  async quiet(withinMs = 60_000): Promise<void> {
    const last = this.nodes.map((node) => {
      this.emit(node);
      return this.#emits - 1;
    });
    const done = (): boolean =>
      this.nodes.every((_, index) => {
        const arrived = new Set(this.arrived(`s${index}`));
        return last.every((emit) => arrived.has(emit));
      });
    await waitFor("the last packets arrive everywhere", done, withinMs).catch((cause: unknown) => {
      throw new Error(`the last packets did not arrive everywhere: ${this.#whatIsKnown()}`, { cause });
    });
  }

  /** For the message of a wait that failed: what each node lacks, and what it knows of itself and of the others. */
  #whatIsKnown(): string {
    return this.nodes
      .map(({ name, adapter: { cluster } }, index) => {
        const missing = this.#emits - new Set(this.arrived(`s${index}`)).size;
        return `${name} lacks ${missing}: ${JSON.stringify({ stats: cluster.stats(), servers: cluster.servers() })}`;
      })
      .join("; ");
  }

  async close(): Promise<void> {
    this.stopTraffic();
    await Promise.all(this.nodes.map(({ adapter }) => adapter.close()));
  }

  #record(entry: Happening): void {
    this.history.push({ ...entry, atMs: performance.now() });
  }
}
