/**
 * Real processes over real members under faults that a seed chooses, and the history that all of them wrote. The same rules
 * as in the simulation judge it. Unlike there a seed does not bring the same run again: it is the same plan only.
 */
import type { ClientConfig } from "../../../adapters/hazelcast-client.ts";
import type { Recorded } from "../../simulation/happenings.ts";
import { violations } from "../../simulation/history.ts";
import { seeded } from "../../simulation/virtual-time.ts";
import type { Members } from "../../support/hazelcast-members.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";
import { allKnown, NodeProcess } from "./node-process.ts";

export interface Plan {
  readonly seed: number;
  readonly seconds: number;
  readonly members: Members;
  /** In front of one member; the second node reaches the cluster only through it. */
  readonly proxy: TcpProxy;
  say(line: string): void;
}

export interface Outcome {
  readonly problems: readonly string[];
  readonly emits: number;
  readonly arrivals: number;
  readonly lost: number;
}

const NODES = 4;
const ROOMS = ["red", "green", "blue"];
const FAULT_EVERY_MS = 5_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class RandomFaults {
  readonly #plan: Plan;
  readonly #random: () => number;
  readonly #nodes: NodeProcess[] = [];
  readonly #ended: Recorded[] = [];
  readonly #frozen = new Set<NodeProcess>();
  readonly #sockets = new Map<string, NodeProcess>();
  readonly #healing: Promise<unknown>[] = [];
  #started = 0;
  #emits = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#random = seeded(plan.seed);
  }

  async run(): Promise<Outcome> {
    for (let i = 0; i < NODES; i++) await this.#start();
    await allKnown(this.#nodes, NODES, 60_000);
    const endMs = performance.now() + this.#plan.seconds * 1_000;
    let faultMs = performance.now() + 1_000;
    while (performance.now() < endMs) {
      await this.#act();
      if (performance.now() > faultMs) {
        faultMs += FAULT_EVERY_MS;
        await this.#fault();
      }
      await pause(this.#random() * 20);
    }
    await Promise.all(this.#healing);
    await allKnown(this.#nodes, this.#nodes.length, 90_000);
    await this.#drained();
    return this.#judge();
  }

  async stop(): Promise<void> {
    for (const node of this.#frozen) node.thaw();
    await Promise.all(this.#nodes.map((node) => node.kill()));
  }

  async #start(): Promise<void> {
    const { members, proxy } = this.#plan;
    const index = this.#started++;
    const direct: ClientConfig = {
      clusterName: members.clusterName,
      network: { clusterMembers: [...members.addresses] },
    };
    const behind = { ...direct, network: { clusterMembers: [proxy.address], smartRouting: false } };
    const client = index === 1 ? behind : direct;
    const node = new NodeProcess({ name: `n${index}`, index, client, options: { requestsTimeout: 2_000 } });
    this.#nodes.push(node);
    for (let i = 0; i < 2; i++) {
      const socket = `s${index}-${i}`;
      this.#sockets.set(socket, node);
      await node.call({ do: "connect", socket });
    }
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#random() * from.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  /** Nodes that a command reaches now. */
  get #awake(): NodeProcess[] {
    return this.#nodes.filter((node) => !this.#frozen.has(node));
  }

  async #act(): Promise<void> {
    const dice = this.#random();
    const node = this.#pick(this.#awake);
    if (dice < 0.8) {
      const count = 1 + Math.floor(this.#random() * 3);
      await node.call({ do: "emit", first: this.#emits, count, room: this.#pick(ROOMS) });
      this.#emits += count;
      return;
    }
    const [socket] = this.#pick([...this.#sockets].filter(([, owner]) => this.#awake.includes(owner)));
    const room = this.#pick(ROOMS);
    // not awaited: a join may wait for the cluster, the traffic does not
    const done = this.#sockets.get(socket)?.call({ do: dice < 0.93 ? "join" : "leave", socket, room });
    done?.catch(() => undefined); // its node may be killed meanwhile
  }

  async #fault(): Promise<void> {
    const ms = 1_000 + this.#random() * 7_000;
    const kind = this.#pick(["member killed", "member frozen", "node frozen", "node killed", "node cut off"] as const);
    this.#plan.say(`${kind}, ${Math.round(ms)} ms`);
    switch (kind) {
      case "member killed":
        return this.#member(async (member) => {
          await member.kill();
          await pause(ms);
          await member.restart();
        });
      case "member frozen":
        return this.#member(async (member) => {
          member.freeze();
          await pause(ms);
          member.thaw();
        });
      case "node frozen":
        this.#freeze(ms);
        return;
      case "node killed":
        return this.#kill();
      case "node cut off":
        this.#plan.proxy.cut();
        this.#healing.push(pause(ms).then(() => this.#plan.proxy.heal()));
    }
  }

  /** One member at a time, never the one behind the proxy: more would be another fault. */
  async #member(harm: (member: Members["members"][number]) => Promise<void>): Promise<void> {
    await Promise.all(this.#healing);
    const done = harm(this.#pick(this.#plan.members.members.slice(1)));
    this.#healing.push(done);
    await Promise.race([done, pause(100)]);
  }

  #freeze(ms: number): void {
    const node = this.#pick(this.#awake);
    this.#frozen.add(node);
    node.freeze();
    const thaw = (): void => {
      node.thaw();
      this.#frozen.delete(node);
    };
    this.#healing.push(pause(ms).then(thaw));
  }

  async #kill(): Promise<void> {
    // the node behind the proxy stays: its name says who it is
    const node = this.#pick(this.#awake.filter(({ name }) => name !== "n1"));
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    for (const [socket, owner] of this.#sockets) if (owner === node) this.#sockets.delete(socket);
    await node.kill();
    this.#ended.push(...node.history, { kind: "crash", node: node.name, atMs: Number(process.hrtime.bigint()) / 1e6 });
    await this.#start();
  }

  /** Everything that was sent has been applied: nothing waits, and a last question comes back behind it. */
  async #drained(): Promise<void> {
    const empty = async (): Promise<boolean> => {
      const all = await Promise.all(this.#nodes.map((node) => node.status()));
      return all.every(({ stats }) => stats.outboxMessages === 0);
    };
    // what waits for a killed node is dropped when its 30 s of grace are over
    await waitFor("nothing waits to be sent", empty, 60_000);
    await Promise.all(this.#nodes.map((node) => node.call({ do: "fetch" })));
    await pause(1_500); // losses in silence are noticed with the second beat
    await Promise.all(this.#nodes.map((node) => node.call({ do: "fetch" })));
  }

  #judge(): Outcome {
    const all = [...this.#ended, ...this.#nodes.flatMap(({ history }) => history)];
    const history = all.sort((a, b) => a.atMs - b.atMs);
    const unhandled = history.flatMap((entry) =>
      entry.kind === "note" && entry.text.startsWith("unhandled") ? [`G10: ${entry.node}: ${entry.text}`] : [],
    );
    return {
      problems: [...violations(history), ...unhandled],
      emits: this.#emits,
      arrivals: history.filter(({ kind }) => kind === "arrive").length,
      lost: history.reduce((sum, entry) => sum + (entry.kind === "gap" ? entry.lost : 0), 0),
    };
  }
}
