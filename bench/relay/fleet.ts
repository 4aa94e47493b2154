/** Several nodes, each a process of its own, that share a relay; and the calls into them. */
import { fileURLToPath } from "node:url";
import { waitFor, within } from "../../tests/support/wait-for.ts";
import { forkWithCommands, type ChildWithCommands } from "../support/commands.ts";
import type { Backends } from "./backends.ts";
import type { NodeCommands } from "./node.ts";
import type { Place } from "./peers.ts";

export type Node = ChildWithCommands<NodeCommands>;

const modulePath = fileURLToPath(new URL("node-main.ts", import.meta.url));

let fleets = 0;

export class Fleet {
  readonly nodes: Node[] = [];
  readonly #place: Place;

  constructor(relay: Place["relay"], { members, redisPort }: Backends) {
    const { clusterName, addresses: memberAddresses } = members;
    this.#place = { relay, name: `f${++fleets}`, clusterName, memberAddresses, redisPort };
  }

  /** Starts nodes until there are that many, and waits until each counts all. */
  async grow(count: number): Promise<void> {
    const added = Array.from({ length: count - this.nodes.length }, startNode);
    this.nodes.push(...added);
    await Promise.all(added.map((node) => node.call("open", this.#place)));
    await this.counted(count, this.nodes, 30_000);
  }

  /** Waits until these nodes count so many. @returns after how many milliseconds that was */
  async counted(count: number, nodes: readonly Node[], withinMs: number): Promise<number> {
    const started = performance.now();
    const agree = async (): Promise<boolean> => {
      const counts = await Promise.all(nodes.map((node) => node.call("serverCount")));
      return counts.every((seen) => seen === count);
    };
    await waitFor(`${nodes.length} nodes of ${this.#place.relay} count ${count}`, agree, withinMs);
    return performance.now() - started;
  }

  /** Each node says goodbye, so that nothing of this fleet is left for the next one; then the processes end. */
  async stop(): Promise<void> {
    const goodbyes = this.nodes.map((node) => within("a node closes", node.call("close"), 5_000));
    await Promise.allSettled(goodbyes); // a node that was killed cannot; what matters is that none runs on
    await Promise.all(this.nodes.map((node) => node.end()));
  }
}

const startNode = (): Node => forkWithCommands<NodeCommands>(modulePath, "a node");
