/**
 * The in-memory twin of the Hazelcast link: rings, leases and maps in one process, with faults on command. It passes the same
 * contract suite; the simulation runs on it in virtual time. Whatever a real member may do to an adapter that can be
 * said in terms of `Link` (late, twice, never, in another order, forgotten) it can do too.
 */
import type { Clock } from "./clock.ts";
import type { Leases, Link, LinkObserver, ReadBatch, Ring } from "./link.ts";
import { HeldMap, MemoryMap } from "./memory-map.ts";
import type { SharedMap } from "./shared-map.ts";

interface ParkedRead {
  readonly from: number;
  readonly most: number;
  readonly answer: (batch: ReadBatch) => void;
}

class MemoryRing {
  readonly capacity: number;
  head = 0;
  readonly #items: Buffer[] = [];
  #parked: ParkedRead[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get tail(): number {
    return this.head + this.#items.length - 1;
  }

  add(items: readonly Buffer[]): number {
    this.#items.push(...items);
    while (this.#items.length > this.capacity) {
      this.#items.shift();
      this.head++;
    }
    const parked = this.#parked;
    this.#parked = [];
    for (const read of parked) this.read(read);
    return this.tail;
  }

  /** As a member does: a start outside the ring is moved into it. */
  read(read: ParkedRead): void {
    const from = Math.min(Math.max(read.from, this.head), this.tail + 1);
    if (from > this.tail) {
      this.#parked.push({ ...read, from });
      return;
    }
    const items = this.#items.slice(from - this.head, from - this.head + read.most);
    read.answer({ items, next: from + items.length });
  }

  /** The newest items were on a member that died before it had replicated them. */
  rollBack(count: number): void {
    this.#items.splice(Math.max(0, this.#items.length - count));
  }
}

/** The members. What it holds is shared by all links. */
export class MemoryHub {
  readonly clock: Clock;
  readonly #capacity: number;
  #rings = new Map<string, MemoryRing>();
  #leases = new Map<string, Map<string, Buffer>>();
  readonly #maps = new Map<string, HeldMap>();
  readonly #links = new Set<MemoryLink>();

  constructor(clock: Clock, capacity = 1_024) {
    this.clock = clock;
    this.#capacity = capacity;
  }

  /** @param clock of the process that uses the link; answers reach it through that. */
  link(clock: Clock = this.clock): MemoryLink {
    const link = new MemoryLink(this, clock);
    this.#links.add(link);
    return link;
  }

  ring(name: string): MemoryRing {
    let ring = this.#rings.get(name);
    if (!ring) this.#rings.set(name, (ring = new MemoryRing(this.#capacity)));
    return ring;
  }

  /** Names of the rings that exist. */
  get rings(): string[] {
    return [...this.#rings.keys()];
  }

  leases(name: string): Map<string, Buffer> {
    let leases = this.#leases.get(name);
    if (!leases) this.#leases.set(name, (leases = new Map<string, Buffer>()));
    return leases;
  }

  map(name: string): HeldMap {
    let map = this.#maps.get(name);
    if (!map) this.#maps.set(name, (map = new HeldMap(() => this.clock.now())));
    return map;
  }

  destroyRing(name: string): void {
    this.#rings.delete(name);
  }

  /** All members are gone and come back empty. Links that are not cut see their connection go and return. */
  wipe(): void {
    this.#rings = new Map();
    this.#leases = new Map();
    for (const map of this.#maps.values()) map.wipe();
    for (const link of this.#links) link.reconnect();
  }

  /** A member dies with the newest items of every ring. */
  loseNewest(count: number): void {
    for (const ring of this.#rings.values()) ring.rollBack(count);
    for (const link of this.#links) link.tellMembers();
  }
}

/** What may happen to calls of one link; each is asked per call. */
export interface MemoryFaults {
  /** How long the way to the members takes, and the way back, in ms. */
  latencyMs(): number;
  /** The write is confirmed but not kept. */
  losesWrite(): boolean;
  /** The write happens, but its caller gets an error. */
  losesAnswer(): boolean;
  /** The items are added twice. */
  doublesWrite(): boolean;
}

const NO_FAULTS: MemoryFaults = {
  latencyMs: () => 0,
  losesWrite: () => false,
  losesAnswer: () => false,
  doublesWrite: () => false,
};

export class MemoryLink implements Link {
  faults: MemoryFaults = NO_FAULTS;
  readonly #hub: MemoryHub;
  readonly #clock: Clock;
  readonly #pending = new Set<(error: Error) => void>();
  readonly #maps = new Set<MemoryMap>();
  #observer: LinkObserver | undefined;
  #isCut = false;
  #closed = false;
  /** Calls that wait for a frozen member. */
  #frozen: (() => void)[] | undefined;

  constructor(hub: MemoryHub, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
  }

  start(observer: LinkObserver): void {
    this.#observer = observer;
    this.#clock.soon(() => {
      if (this.#closed) return;
      this.tellMembers();
      if (this.#isCut) observer.down("no member answers");
      else this.#up();
    });
  }

  ring(name: string): Ring {
    const ring = (): MemoryRing => this.#hub.ring(name);
    return {
      capacity: () => this.#call(() => ring().capacity),
      head: () => this.#call(() => ring().head),
      tail: () => this.#call(() => ring().tail),
      add: (items) => this.#add(ring, items),
      read: (from, most) =>
        this.#send<ReadBatch>((answer) => {
          ring().read({ from, most, answer });
        }),
      destroy: () =>
        this.#call(() => {
          this.#hub.destroyRing(name);
        }),
    };
  }

  leases(name: string): Leases {
    return {
      set: (id, value) => this.#call(() => void this.#hub.leases(name).set(id, value)),
      of: (ids) => this.#call(() => new Map([...this.#hub.leases(name)].filter(([id]) => ids.includes(id)))),
      all: () => this.#call(() => new Map(this.#hub.leases(name))),
      remove: (id) => this.#call(() => void this.#hub.leases(name).delete(id)),
    };
  }

  map(name: string): SharedMap {
    const map = new MemoryMap({
      held: () => this.#hub.map(name),
      call: (execute) => this.#call(execute),
      tell: (task) => {
        if (this.#isUp && !this.#frozen) this.#later(this.#clock, task);
      },
      isUp: () => this.#isUp,
    });
    this.#maps.add(map);
    return map;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#maps.clear();
    this.#failPending("closed");
    return Promise.resolve();
  }

  /** The network between this process and the members is gone. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#failPending("cut");
    this.#observer?.down("cut");
    for (const map of this.#maps) map.connection("down");
  }

  heal(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    this.#up();
  }

  reconnect(): void {
    if (this.#isCut || this.#closed) return;
    this.cut();
    this.heal();
  }

  /** The members neither answer nor fail. */
  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const run of waiting) run();
  }

  tellMembers(): void {
    this.#observer?.members(1);
    for (const map of this.#maps) map.connection("members");
  }

  get #isUp(): boolean {
    return this.#observer !== undefined && !this.#isCut && !this.#closed;
  }

  #up(): void {
    this.#observer?.up();
    for (const map of this.#maps) map.connection("up");
  }

  #add(ring: () => MemoryRing, items: readonly Buffer[]): Promise<number> {
    const copies = items.map((item) => Buffer.from(item));
    const { faults } = this;
    return this.#send<number>((answer, fail) => {
      const target = ring();
      const sequence = faults.losesWrite() ? target.tail + copies.length : target.add(copies);
      if (faults.doublesWrite()) target.add(copies);
      if (faults.losesAnswer()) fail(new Error("the connection died before the answer"));
      else answer(sequence);
    });
  }

  #call<T>(execute: () => T): Promise<T> {
    return this.#send<T>((answer) => {
      answer(execute());
    });
  }

  #send<T>(execute: (answer: (value: T) => void, fail: (error: Error) => void) => void): Promise<T> {
    if (this.#closed || this.#isCut) return Promise.reject(new Error("not connected"));
    return new Promise<T>((resolve, reject) => {
      const settle = (then: () => void): void => {
        this.#later(this.#clock, () => {
          if (this.#pending.delete(reject)) then();
        });
      };
      this.#pending.add(reject);
      const run = (): void => {
        if (this.#frozen) this.#frozen.push(run);
        else
          execute(
            (value) => settle(() => resolve(value)),
            (error) => settle(() => reject(error)),
          );
      };
      this.#later(this.#hub.clock, run);
    });
  }

  #later(clock: Clock, task: () => void): void {
    const latencyMs = this.faults.latencyMs();
    if (latencyMs === 0) clock.soon(task);
    else clock.after(latencyMs, task);
  }

  #failPending(reason: string): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(new Error(reason));
  }
}
