/** Several nodes, each a process of its own, that share a relay; and the calls into them. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { waitFor, within } from "../../tests/support/wait-for.ts";
import type { Backends } from "./backends.ts";
import type { NodeCommands } from "./node.ts";
import type { Place } from "./peers.ts";

type Argument<Name extends keyof NodeCommands> = Parameters<NodeCommands[Name]>[0];
type Result<Name extends keyof NodeCommands> = Awaited<ReturnType<NodeCommands[Name]>>;

export interface Node {
  call<Name extends keyof NodeCommands>(
    name: Name,
    ...argument: undefined extends Argument<Name> ? [] : [Argument<Name>]
  ): Promise<Result<Name>>;
  /** SIGKILL. */
  kill(): void;
  /** Lets it end by itself, so that it can write a profile; kills it when it does not. */
  end(): Promise<void>;
}

const modulePath = fileURLToPath(new URL("node-main.ts", import.meta.url));
const loaderUrl = new URL("../../tests/support/typescript.mjs", import.meta.url).href;
/** Longer than any single measurement. */
const answerWithinMs = 90_000;

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

function startNode(): Node {
  const child = fork(modulePath, [], {
    execArgv: [...(process.env["BENCH_NODE_OPTIONS"]?.split(" ") ?? []), "--expose-gc", "--import", loaderUrl],
    serialization: "advanced",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const kill = (): void => void child.kill("SIGKILL");
  const calls = createCalls(child);
  return {
    call: (name, ...[argument]) => within(`a node answers to ${name}`, calls(name, argument), answerWithinMs),
    kill,
    end: async () => {
      if (child.connected) child.disconnect();
      await within("a node ends", ended, 10_000).catch(kill);
    },
  };
}

/** Pairs questions and answers. Both ends are of one build, so the shape of an answer is known from its question. */
function createCalls(child: ChildProcess) {
  let last = 0;
  const open = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  child.on("message", (answer: { call: number; result: never; error?: string }) => {
    const waiting = open.get(answer.call);
    open.delete(answer.call);
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(answer.error));
  });
  child.once("exit", () => {
    for (const { reject } of open.values()) reject(new Error("the node has ended"));
    open.clear();
  });
  return <T>(name: string, argument: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const call = ++last;
      open.set(call, { resolve, reject });
      if (child.connected) child.send({ call, name, argument });
      else reject(new Error("the node has ended"));
    });
}
