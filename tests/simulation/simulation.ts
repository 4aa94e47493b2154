/**
 * One run: at least five nodes, some seconds of virtual life under the faults that the seed chooses, then peace. The history
 * must obey the rules of `history.ts`; afterwards everything must be settled, and known exactly, everywhere.
 */
import { MemoryHub } from "../../adapters/memory-link.ts";
import { namespaceSeed } from "../../adapters/room-hash.ts";
import type { Recorded } from "./happenings.ts";
import { violations } from "./history.ts";
import { select } from "./recording-node.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { seeded, VirtualTime } from "./virtual-time.ts";

export interface RunResult {
  readonly seed: number;
  /** Faults that this run was allowed. */
  readonly profile: Profile;
  readonly problems: readonly string[];
  readonly history: readonly Recorded[];
}

/**
 * - `calm`: late, repeated and unanswered writes, processes that stand still for up to 10 s: nothing may be lost.
 * - `outages`: connections cut and healed, members that hang: nothing may be lost either.
 * - `losses`: writes forgotten, members rolled back, all of them gone and back empty: losses must be reported in full.
 * - `crashes`: processes killed, others started.
 */
export type Profile = "calm" | "outages" | "losses" | "crashes";
const PROFILES: readonly Profile[] = ["calm", "outages", "losses", "crashes"];

const NODES = 5;
const ROOMS = ["red", "green", "blue"];
const LIFE_MS = 6_000;
const PEACE_MS = 17_000;
const ACTIONS = 90;
const OUT_OF_COUNTS_MS = 3_000;

export async function simulate(seed: number): Promise<RunResult> {
  const run = new Run(seed);
  return run.live();
}

class Run {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #time = new VirtualTime();
  readonly #hub = new MemoryHub(this.#time, 64);
  readonly #history: Recorded[] = [];
  readonly #problems: string[] = [];
  readonly #nodes: SimulatedNode[] = [];
  readonly #profile: Profile;
  readonly #pending = new Set<string>();
  #emits = 0;
  #joins = 0;
  #sockets = 0;
  #faultsUntilMs = LIFE_MS;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seeded(seed);
    this.#profile = this.#pick(PROFILES);
  }

  async live(): Promise<RunResult> {
    for (let i = 0; i < NODES; i++) this.#start();
    await this.#time.runUntil(this.#random() < 0.5 ? 20 : 1_500);
    for (let i = 0; i < ACTIONS; i++) {
      this.#time.after(this.#random() * LIFE_MS, () => this.#act());
    }
    if (this.#profile !== "calm") this.#time.after(this.#random() * LIFE_MS, () => this.#fault());
    this.#time.after(this.#random() * LIFE_MS, () => this.#fault());
    await this.#time.runUntil(this.#time.now() + LIFE_MS);
    await this.#makePeace();
    this.#check();
    return { seed: this.#seed, profile: this.#profile, problems: this.#problems, history: this.#history };
  }

  #start(): void {
    const node = new SimulatedNode(this.#hub, this.#time, this.#random, {
      name: `n${this.#nodes.length}`,
      options: { requestsTimeout: 2_000 },
      record: (entry) => this.#history.push({ ...entry, atMs: this.#time.now() }),
      nextJoin: () => this.#joins++,
    });
    node.link.faults = {
      latencyMs: () => this.#latencyMs(),
      losesWrite: () => this.#profile === "losses" && this.#chance(0.02),
      losesAnswer: () => this.#chance(0.03),
      doublesWrite: () => this.#chance(0.03),
    };
    this.#nodes.push(node);
    for (let i = 0; i < 2; i++) node.connect(`s${this.#sockets++}`);
  }

  #latencyMs(): number {
    // how soon a crash is noticed is promised only while the members answer within the time of a beat
    if (this.#chance(0.01)) return 50 + this.#random() * (this.#profile === "crashes" ? 200 : 1_000);
    return 1 + this.#random() * 4;
  }

  /** True with a probability, while faults are allowed. */
  #chance(probability: number): boolean {
    return this.#time.now() < this.#faultsUntilMs && this.#random() < probability;
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#random() * from.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  #act(): void {
    const running = this.#nodes.filter((node) => node.runs);
    const node = this.#pick(running);
    const dice = this.#random();
    if (dice < 0.6)
      node.emit(this.#emits++, this.#pick(this.#targets()), this.#random() < 0.2 ? this.#pick(ROOMS) : undefined);
    else if (dice < 0.75) this.#moveOwn(node);
    else if (dice < 0.85) this.#moveAny(node);
    else if (dice < 0.95) this.#ask(node);
    else node.connect(`s${this.#sockets++}`);
  }

  #targets(): string[] {
    return [...ROOMS, ...ROOMS, `s${Math.floor(this.#random() * this.#sockets)}`];
  }

  #moveOwn(node: SimulatedNode): void {
    const socket = this.#pick([...node.sockets.values()]);
    const room = this.#pick(ROOMS);
    if (socket.rooms.has(room)) socket.leave(room);
    else void socket.join([room]);
  }

  /** Sockets of any node are sent into a room, or out of it, and the same tick emits to it. */
  #moveAny(node: SimulatedNode): void {
    const room = this.#pick(ROOMS);
    const selected = select(this.#pick(this.#targets()));
    if (this.#random() < 0.7) node.adapter.addSockets(selected, [room]);
    else node.adapter.delSockets(selected, [room]);
    node.emit(this.#emits++, room);
  }

  #ask(node: SimulatedNode): void {
    const label = `request ${this.#pending.size} of ${node.name} at ${this.#time.now()}`;
    this.#pending.add(label);
    const done = (): void => void this.#pending.delete(label);
    if (this.#random() < 0.5) node.adapter.countSockets().then(done, done);
    else node.adapter.serverSideEmit(["ask", done]);
  }

  #fault(): void {
    const node = this.#pick(this.#nodes.filter((one) => one.runs));
    const ms = this.#random() * (this.#profile === "calm" ? 10_000 : 4_000);
    switch (this.#profile) {
      case "calm":
        node.note(`stands still for ${ms} ms`);
        node.clock.freeze();
        this.#time.after(ms, () => node.clock.thaw());
        return;
      case "outages":
        if (this.#random() < 0.5) return this.#forAWhile(ms, [node], "cut", "heal");
        return this.#forAWhile(ms, this.#random() < 0.5 ? this.#nodes : [node], "freeze", "thaw");
      case "losses":
        node.note("members lose something");
        if (this.#random() < 0.5) this.#hub.wipe();
        else this.#hub.loseNewest(1 + Math.floor(this.#random() * 3));
        return;
      case "crashes":
        this.#crash(node);
    }
  }

  #forAWhile(ms: number, nodes: readonly SimulatedNode[], begin: "cut" | "freeze", end: "heal" | "thaw"): void {
    for (const node of nodes) {
      node.note(`link ${begin} for ${ms} ms`);
      node.link[begin]();
    }
    this.#time.after(ms, () => {
      for (const node of nodes) node.link[end]();
    });
  }

  #crash(node: SimulatedNode): void {
    node.crash();
    const alive = this.#nodes.filter((one) => one.runs);
    if (this.#random() < 0.5) this.#start();
    this.#time.after(OUT_OF_COUNTS_MS, () => {
      for (const one of alive.filter(({ crashed }) => !crashed)) {
        const counted = one.adapter.cluster
          .servers()
          .some(({ id, alive: isAlive }) => isAlive && id === node.adapter.cluster.id);
        if (counted) this.#problems.push(`G5: ${node.name} is still counted at ${one.name}`);
      }
    });
  }

  async #makePeace(): Promise<void> {
    this.#faultsUntilMs = this.#time.now();
    // processes that stand still go on by themselves, within the 10 s that they were given
    await this.#time.runUntil(this.#time.now() + PEACE_MS);
  }

  #check(): void {
    this.#problems.push(...violations(this.#history));
    const alive = this.#nodes.filter((node) => !node.crashed);
    for (const entry of this.#history) {
      if (entry.kind === "gap" && (this.#profile === "calm" || this.#profile === "outages")) {
        this.#problems.push(
          `G4/G8: ${entry.node} lost ${entry.lost} of ${entry.from} though nothing was lost on the way`,
        );
      }
    }
    const waiting = [...this.#pending].filter((label) => alive.some(({ name }) => label.includes(` ${name} `)));
    for (const label of waiting) this.#problems.push(`G10: ${label} never settled`);
    for (const node of alive) this.#checkNode(node, alive);
  }

  /** In the end each node knows the others and exactly their rooms. */
  #checkNode(node: SimulatedNode, alive: readonly SimulatedNode[]): void {
    const { cluster } = node.adapter;
    const say = (problem: string): void => void this.#problems.push(`${node.name}: ${problem}`);
    if (cluster.state !== "ready") say(`G12: in the end it is ${cluster.state}`);
    const known = cluster.servers().filter((server) => server.alive);
    if (known.length !== alive.length) say(`G5: in the end it counts ${known.length} of ${alive.length} servers`);
    const { requests } = cluster.stats();
    for (const { id, pending } of known) if (pending > 0) say(`in the end ${pending} messages wait for ${id}`);
    if (requests > 0) say(`G10: in the end ${requests} requests wait`);
    for (const warning of node.warnings) say(`warned: ${warning}`);
    const seed = namespaceSeed("/");
    for (const room of ROOMS) {
      const targets = cluster.mesh.targets(seed, new Set([room])).filter((peer) => peer.alive);
      const found = targets.map(({ id }) => id).sort();
      const wanted = alive.filter((other) => other !== node && other.adapter.rooms.has(room));
      const expected = wanted.map((other) => other.adapter.cluster.id).sort();
      if (found.join() !== expected.join())
        say(`G7: for ${room} it knows ${found.length} nodes, there are ${expected.length}`);
    }
  }
}
