/** The parent's side of a node that is a process of its own: commands, the common history, and a hard death. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ClusterStats, ClusterState } from "../../../adapters/cluster-view.ts";
import type { ClientConfig } from "../../../adapters/hazelcast-client.ts";
import type { HazelcastAdapterOptions } from "../../../adapters/options.ts";
import type { Recorded } from "../../simulation/happenings.ts";
import { waitFor } from "../../support/wait-for.ts";

export interface NodeConfig {
  readonly name: string;
  readonly index: number;
  readonly client: ClientConfig;
  readonly options: HazelcastAdapterOptions;
}

export type Command =
  | { readonly do: "connect"; readonly socket: string }
  | { readonly do: "join" | "leave"; readonly socket: string; readonly room: string }
  /** Emits `count` packets to a room in one tick. */
  | { readonly do: "emit"; readonly first: number; readonly count: number; readonly room: string }
  | { readonly do: "fetch" | "servers" | "status" | "close" };

export type ToParent =
  { readonly happened: Recorded } | { readonly ref: number; readonly result?: unknown; readonly error?: string };

export interface NodeStatus {
  readonly state: ClusterState;
  readonly stats: ClusterStats;
  /** Live nodes whose rooms are known. */
  readonly known: number;
}

const main = fileURLToPath(new URL("node-main.ts", import.meta.url));
const typescript = fileURLToPath(new URL("../../support/typescript.mjs", import.meta.url));

export class NodeProcess {
  readonly name: string;
  readonly history: Recorded[] = [];
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastRef = 0;
  #output = "";

  constructor(config: NodeConfig) {
    this.name = config.name;
    this.#child = fork(main, [JSON.stringify(config)], {
      execArgv: ["--import", typescript],
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (text) => (this.#output += String(text)));
    }
    this.#child.on("message", (message: ToParent) => this.#take(message));
    this.#child.once("exit", () => {
      for (const { reject } of this.#calls.values()) reject(new Error(`${this.name} has ended: ${this.#output}`));
      this.#calls.clear();
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  call(command: Command): Promise<unknown> {
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      this.#calls.set(ref, { resolve, reject });
      if (this.#child.connected) this.#child.send({ ref, command });
      else reject(new Error(`${this.name} has ended: ${this.#output}`));
    });
  }

  async status(): Promise<NodeStatus> {
    return (await this.call({ do: "status" })) as NodeStatus;
  }

  async servers(): Promise<number> {
    return (await this.call({ do: "servers" })) as number;
  }

  /** Emits that have arrived at a socket, in order. */
  arrived(socket: string): number[] {
    return this.history.flatMap((entry) => (entry.kind === "arrive" && entry.socket === socket ? [entry.emit] : []));
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill("SIGKILL");
    await waitFor(`${this.name} ends`, () => !this.isRunning);
  }

  #take(message: ToParent): void {
    if ("happened" in message) {
      this.history.push(message.happened);
      return;
    }
    const call = this.#calls.get(message.ref);
    this.#calls.delete(message.ref);
    if (message.error === undefined) call?.resolve(message.result);
    else call?.reject(new Error(message.error));
  }
}

/** Starts nodes `n0`, `n1`, ... and waits until all know each other. The caller kills them. */
export async function startNodeProcesses(
  count: number,
  client: (index: number) => ClientConfig,
  options: HazelcastAdapterOptions = {},
): Promise<NodeProcess[]> {
  const nodes = Array.from(
    { length: count },
    (_, index) => new NodeProcess({ name: `n${index}`, index, client: client(index), options }),
  );
  await allKnown(nodes, count);
  return nodes;
}

/** Waits until each of the nodes is ready and knows all `count`, itself included. */
export async function allKnown(nodes: readonly NodeProcess[], count: number, withinMs = 30_000): Promise<void> {
  await waitFor(
    `${count} nodes know each other`,
    async () => {
      const all = await Promise.all(nodes.map((node) => node.status()));
      return all.every(({ state, known }) => state === "ready" && known === count - 1);
    },
    withinMs,
  );
}
