/**
 * The heartbeat of one node: renews its lease, looks at those of the others, and draws the conclusions: who is new, who
 * is dead, what was lost in silence. Never overlaps itself.
 * A look that does not answer says nothing about anybody; only about the own connection.
 */
import type { Cancel, Clock } from "./clock.ts";
import type { Role } from "./frames.ts";
import type { Inbox } from "./inbox.ts";
import type { Lease } from "./lease.ts";
import { decodeLease, encodeLease } from "./lease.ts";
import type { Leases } from "./link.ts";
import { Liveness } from "./liveness.ts";
import type { Mesh } from "./mesh.ts";
import type { Peer } from "./peer.ts";

export interface HeartbeatDeps {
  readonly self: string;
  readonly role: Role;
  readonly parser: number;
  readonly clock: Clock;
  readonly leases: Leases;
  readonly deadAfterMs: number;
  readonly mesh: Mesh;
  readonly inbox: Inbox;
  /** `healthy` may have changed. */
  changed(): void;
  died(peer: Peer): void;
  revived(peer: Peer): void;
  /** Dead for `GRACE_MS`. */
  buried(peer: Peer): void;
}

const BEAT_MS = 500;
/** So many looks after a start or an outage are for everybody, and one of so many later on; the others for known nodes. */
const FIRST_LOOKS = 4;
const LOOKS_PER_FULL_ONE = 10;
/** A beat without an answer for this long is given up and begun again. */
const BEAT_DEADLINE_MS = 5_000;
/** Without an answered beat for this long the cluster does not work for us. */
const SILENCE_MS = 2_000;
/** A timer that comes this late means that this process stood still. */
const STANDSTILL_MS = 1_000;
/** A dead node may just stand still: so long its inbox is kept. */
const GRACE_MS = 30_000;
/** Cleans up what nobody removed. */
const LEASE_TTL_MS = 60_000;
/** After this long fewer members are the normal case. */
const NEW_NORMAL_MS = 300_000;

export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #liveness: Liveness;
  #beat = 0;
  #looks = 0;
  #turn = 0;
  #beatSinceMs: number | undefined;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #tickDueMs = 0;
  #cancelTick: Cancel | undefined;
  #stopped = false;
  #members = 0;
  #mostMembers = 0;
  #fewerSinceMs = 0;
  /** What others said to have written to us and has not come, as of the last look. */
  #owed = new Map<string, number>();

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
    this.#liveness = new Liveness({ deadAfterMs: deps.deadAfterMs, longestPauseMs: 3 * BEAT_MS });
  }

  /** The cluster answers, and we are not in the smaller part of a split one. */
  get healthy(): boolean {
    const nowMs = this.#deps.clock.now();
    return nowMs - this.#answeredMs < SILENCE_MS && !this.#isMinority(nowMs);
  }

  /** Of Hazelcast; 0 before the first connection. */
  get members(): number {
    return this.#members;
  }

  start(): void {
    if (this.#cancelTick || this.#stopped) return;
    this.#tickDueMs = this.#deps.clock.now();
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#turn++;
    this.#cancelTick?.();
  }

  /** The link is back: the ring may be new, and nobody's silence meant anything. */
  afterOutage(): void {
    this.#liveness.restart(this.#deps.clock.now());
    this.#looks = 0;
    this.#reread();
  }

  membersChanged(count: number): void {
    const fewer = count < this.#members;
    this.#looks = 0;
    this.#members = count;
    if (count >= this.#mostMembers) this.#mostMembers = count;
    if (fewer) this.#fewerSinceMs = this.#deps.clock.now();
    if (fewer && count > 0) this.#reread();
  }

  /** A message came from the node. */
  heard(peer: Peer): void {
    this.#liveness.sign(peer.id, this.#deps.clock.now());
    if (peer.alive) return;
    peer.alive = true;
    this.#deps.revived(peer);
  }

  forget(peer: Peer): void {
    this.#liveness.forget(peer.id);
    this.#owed.delete(peer.id);
  }

  async removeLease(id: string): Promise<void> {
    await this.#deps.leases.remove(id);
  }

  #isMinority(nowMs: number): boolean {
    if (this.#members * 2 >= this.#mostMembers) return false;
    if (nowMs - this.#fewerSinceMs > NEW_NORMAL_MS) this.#mostMembers = this.#members;
    return this.#members * 2 < this.#mostMembers;
  }

  /** What was not replicated when a member died may have been written again under numbers that were read already. */
  #reread(): void {
    const { inbox } = this.#deps;
    inbox
      .check()
      .then(() => inbox.reread())
      // the next beat finds what is missing
      .catch(() => undefined);
  }

  #tick(): void {
    const { clock, mesh } = this.#deps;
    const nowMs = clock.now();
    if (nowMs - this.#tickDueMs > STANDSTILL_MS) this.#liveness.restart(nowMs);
    this.#tickDueMs = nowMs + BEAT_MS;
    this.#cancelTick = clock.after(BEAT_MS, () => this.#tick());
    mesh.sweep();
    const stuck = this.#beatSinceMs !== undefined && nowMs - this.#beatSinceMs > BEAT_DEADLINE_MS;
    if (this.#beatSinceMs === undefined || stuck) this.#run(nowMs);
    this.#deps.changed();
  }

  #run(nowMs: number): void {
    const turn = ++this.#turn;
    this.#beatSinceMs = nowMs;
    this.#lookAround(turn).then(
      () => this.#ended(turn),
      () => this.#ended(turn),
    );
  }

  #ended(turn: number): void {
    if (turn !== this.#turn) return;
    this.#beatSinceMs = undefined;
    this.#deps.changed();
  }

  /** The own lease first: of two nodes that start together at least one then sees the other. */
  async #lookAround(turn: number): Promise<void> {
    const { leases, self, clock, mesh, deadAfterMs } = this.#deps;
    const startedMs = clock.now();
    await leases.set(self, this.#ownLease(), LEASE_TTL_MS);
    const values = this.#isFullLook() ? await leases.all() : await leases.of([...mesh.peers.keys()]);
    if (turn !== this.#turn) return;
    this.#looks++;
    const found = new Map<string, Lease>();
    for (const [id, value] of values) {
      const lease = id === self || mesh.hasLeft(id) ? undefined : readable(value);
      if (lease) found.set(id, lease);
    }
    this.#answeredMs = clock.now();
    // nobody can have seen this beat earlier than it was begun
    mesh.catchUp.trustUntil(startedMs + deadAfterMs);
    this.#judge(found);
    await this.#settleDebts(found);
  }

  /** A new node introduces itself to all whom it sees; full looks are for those that saw nobody either. */
  #isFullLook(): boolean {
    return this.#deps.mesh.peers.size === 0 || this.#looks < FIRST_LOOKS || this.#looks % LOOKS_PER_FULL_ONE === 0;
  }

  #ownLease(): Buffer {
    const { role, parser, inbox, mesh } = this.#deps;
    this.#beat = (this.#beat + 1) % 2 ** 32;
    const written = new Map([...mesh.peers].map(([id, peer]) => [id, peer.outbox.written]));
    return encodeLease({ role, parser, beat: this.#beat, inbox: inbox.position, written });
  }

  #judge(found: ReadonlyMap<string, Lease>): void {
    const { mesh, clock } = this.#deps;
    for (const [id, lease] of found) {
      const peer = mesh.discover(id, lease.role, lease.parser);
      peer.parser ??= lease.parser;
      peer.outbox.progress(lease.inbox);
    }
    const nowMs = clock.now();
    const beats = new Map([...found].map(([id, { beat }]) => [id, beat]));
    const silent = this.#liveness.look(nowMs, beats, mesh.peers.keys());
    if (this.#isMinority(nowMs)) return;
    for (const peer of [...mesh.peers.values()]) this.#judgeOne(peer, silent.has(peer.id), nowMs);
  }

  #judgeOne(peer: Peer, isSilent: boolean, nowMs: number): void {
    if (!isSilent && !peer.alive) {
      peer.alive = true;
      this.#deps.revived(peer);
    } else if (isSilent && peer.alive) {
      peer.alive = false;
      peer.deadSinceMs = nowMs;
      this.#deps.died(peer);
    } else if (isSilent && nowMs - peer.deadSinceMs > GRACE_MS) {
      this.#deps.buried(peer);
    }
  }

  /** What was written to us long ago and is not in the ring is lost, also when nothing follows that would show it. */
  async #settleDebts(found: ReadonlyMap<string, Lease>): Promise<void> {
    const { self, mesh, inbox } = this.#deps;
    const owed = new Map<string, number>();
    for (const [id, { written }] of found) {
      const mark = written.get(self);
      const applied = mesh.peers.get(id)?.incoming.applied;
      if (mark && applied && mark.epoch === applied.epoch && mark.number > applied.number) owed.set(id, mark.number);
    }
    const before = this.#owed;
    this.#owed = owed;
    const overdue = [...before].filter(([id]) => owed.has(id));
    if (overdue.length === 0 || !(await inbox.check())) return;
    for (const [id, number] of overdue) {
      const peer = mesh.peers.get(id);
      const lost = peer?.incoming.missingUpTo(peer.incoming.applied.epoch, number) ?? 0;
      if (peer && lost > 0) mesh.lost(peer, lost);
    }
  }
}

/** A value that is no lease of ours belongs to another version, or to nobody. */
function readable(value: Buffer): Lease | undefined {
  try {
    return decodeLease(value);
  } catch {
    return undefined;
  }
}
