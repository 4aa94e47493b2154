/**
 * The worker processes of a primary: started, started anew when they die, told to stop. A worker that keeps dying is
 * tried again ever more rarely; during the start it ends the start instead.
 * Not here: what workers ask (`primary.ts`) and how a process is made (`fork-worker.ts`).
 */
import type { Logger } from "../ops/log.ts";
import { createPeer } from "./ipc.ts";
import type { Channel, Peer } from "./ipc.ts";
import { life } from "./protocol.ts";
import type { HandedConfiguration } from "./protocol.ts";

/** One process, not known to be one of Node's. */
export interface WorkerProcess extends Channel {
  readonly pid: number;
  /** Called once it takes connections. */
  readonly serves: () => void;
  kill(signal: NodeJS.Signals): void;
  /** Calls back once, with the exit code or the signal in words. */
  onExit(listener: (how: string) => void): void;
}

export interface Worker {
  /** Never used twice: a worker started anew has another one. */
  readonly id: number;
  /** For people: `worker-1` to `worker-N`. One that is started anew takes the name of the one that died. */
  readonly name: string;
  readonly peer: Peer;
}

/** The start is given up: a worker says that it cannot start, or dies again and again. */
export class WorkersCannotStart extends Error {
  readonly code: string;
  constructor(message: string, code = "OXB-0121") {
    super(message);
    this.code = code;
  }
}

export interface FleetDeps {
  /** At least 1. */
  readonly count: number;
  readonly fork: () => WorkerProcess;
  /** What the worker is to work with, as it is in force now. */
  readonly configuration: () => Omit<HandedConfiguration, "name">;
  /** Makes a new worker's questions answered, before it can ask them. */
  readonly serve: (worker: Worker) => void;
  readonly onLost: (worker: number) => void;
  readonly log: Logger;
  readonly onFault: (what: string, cause: unknown) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** A worker that does not serve by then is killed; during the start that ends the start. */
  readonly startTimeoutMs: number;
  /** After it workers that do not stop are killed. */
  readonly stopTimeoutMs: number;
}

/** What a worker says when it serves; all say the same. */
export interface Served {
  /** Empty where the primary listens. */
  readonly url: string;
  /** Whether the demo users are those that exist; undefined where users are the middleware's. */
  readonly isDemo: boolean | undefined;
}

export interface Fleet {
  readonly wanted: number;
  /** Resolves when every worker serves. @throws {WorkersCannotStart} */
  start(): Promise<Served>;
  /** Resolves when no worker is left. */
  stop(): Promise<void>;
  /** Ends all workers at once; for a process that ends itself. */
  readonly kill: () => void;
  /** Workers that serve. */
  ready(): readonly Worker[];
  /** These, and those that start or stop: all that have taken a configuration, and hear what is said to them. */
  all(): readonly Worker[];
  /** How often a worker ended that nobody had told to. */
  deaths(): number;
}

/** One of the `count` places; its number appears in the log. */
interface Place {
  readonly number: number;
  /** Deaths in a row, each soon after the start. */
  failures: number;
  timer?: NodeJS.Timeout;
}

interface Member extends Worker {
  readonly place: Place;
  readonly process: WorkerProcess;
  /** Runs until it serves. */
  readonly startTimer: NodeJS.Timeout;
  /** It has asked for its configuration, so it hears what it is told. */
  hasGreeted: boolean;
  readyAtMs?: number;
  /** It was killed because it did not serve in time. */
  isLate?: boolean;
  refusal?: { readonly code: string | undefined; readonly message: string };
}

/** A worker that served for so long begins a new row of failures when it dies. */
const steadyMs = 30_000;
const maxStartFailures = 3;
const longestDelayMs = 10_000;

/** At once after the first death, then ever later. */
export const restartDelayMs = (failures: number): number =>
  failures <= 1 ? 0 : Math.min(longestDelayMs, 250 * 2 ** (failures - 2));

export function createFleet(deps: FleetDeps): Fleet {
  const members = new Map<number, Member>();
  const places = Array.from({ length: deps.count }, (_, index): Place => ({ number: index + 1, failures: 0 }));
  const [started, emptied] = [settleable<Served>(), settleable<undefined>()];
  started.promise.catch(() => undefined); // whoever called `start` hears of it
  let phase: "starting" | "running" | "stopping" = "starting";
  let lastId = 0;
  let deaths = 0;

  const launch = (place: Place): void => {
    const member = newMember(++lastId, place, deps);
    members.set(member.id, member);
    member.peer.on(life.ready, (served) => onReady(member, served));
    member.process.onExit((how) => onExit(member, how));
  };
  const onReady = (member: Member, served: Served): void => {
    clearTimeout(member.startTimer);
    member.readyAtMs = deps.nowMs();
    member.process.serves();
    tellReady(member, deps.log);
    if (phase !== "starting" || [...members.values()].filter(isReady).length < deps.count) return;
    phase = "running";
    started.resolve(served);
  };
  const onExit = (member: Member, how: string): void => {
    clearTimeout(member.startTimer);
    members.delete(member.id);
    member.peer.close();
    deps.onLost(member.id);
    if (phase === "stopping") return members.size === 0 ? emptied.resolve(undefined) : undefined;
    const { place } = member;
    deaths += 1;
    place.failures = wasSteady(member, deps.nowMs()) ? 1 : place.failures + 1;
    const hopeless = phase === "starting" ? whyHopeless(member, how) : undefined;
    if (hopeless !== undefined) return started.reject(hopeless);
    const delayMs = restartDelayMs(place.failures);
    tellLost(member, how, delayMs, deps.log);
    place.timer = setTimeout(() => launch(place), delayMs);
  };
  const kill = (): void => {
    for (const { process } of members.values()) process.kill("SIGKILL");
  };

  return {
    wanted: deps.count,
    start: () => {
      for (const place of places) launch(place);
      return started.promise;
    },
    stop: async () => {
      phase = "stopping";
      for (const { timer } of places) clearTimeout(timer);
      for (const member of members.values()) tellToStop(member);
      if (members.size > 0) await orElse(emptied.promise, deps.stopTimeoutMs, kill);
    },
    kill,
    ready: () => [...members.values()].filter(isReady),
    all: () => [...members.values()].filter(({ hasGreeted }) => hasGreeted),
    deaths: () => deaths,
  };
}

function newMember(id: number, place: Place, deps: FleetDeps): Member {
  const process = deps.fork();
  const peer = createPeer(process, deps.onFault);
  const startTimer = setTimeout(() => {
    member.isLate = true;
    process.kill("SIGKILL");
  }, deps.startTimeoutMs);
  const member: Member = { id, name: `worker-${place.number}`, place, process, startTimer, peer, hasGreeted: false };
  peer.answer(life.configuration, () => {
    member.hasGreeted = true;
    return { name: member.name, ...deps.configuration() };
  });
  peer.answer(life.failed, (refusal) => void (member.refusal = refusal));
  deps.serve(member);
  return member;
}

/** Why another try makes no sense during the start; undefined: it does. */
function whyHopeless({ name, place, refusal, isLate }: Member, how: string): WorkersCannotStart | undefined {
  if (refusal !== undefined) return new WorkersCannotStart(refusal.message, refusal.code);
  if (isLate === true) return new WorkersCannotStart(`${name} did not serve in time; what it said stands above`);
  if (place.failures < maxStartFailures) return undefined;
  return new WorkersCannotStart(
    `a worker ended ${place.failures} times in a row before it served, last with ${how}; what it said stands above`,
  );
}

function tellReady({ name, process }: Member, log: Logger): void {
  log.info({ event: "worker", worker: name, workerPid: process.pid }, `${name} serves`);
}

function tellLost({ name, refusal }: Member, how: string, delayMs: number, log: Logger): void {
  const why = refusal === undefined ? how : `${how}: ${refusal.message}`;
  const when = delayMs === 0 ? "now" : `in ${delayMs / 1_000} s`;
  log.error({ event: "worker-lost", worker: name }, `${name} ended (${why}); a new one is started ${when}`);
}

/** One that has not asked for its configuration would not hear it, and has nothing to close. */
function tellToStop({ hasGreeted, peer, process }: Member): void {
  if (hasGreeted) peer.tell(life.stop, undefined);
  else process.kill("SIGKILL");
}

const wasSteady = ({ readyAtMs }: Member, nowMs: number): boolean =>
  readyAtMs !== undefined && nowMs - readyAtMs >= steadyMs;

const isReady = ({ readyAtMs }: Member): boolean => readyAtMs !== undefined;

/** Waits, and does what makes the end come when it does not come in time. */
async function orElse(end: Promise<unknown>, timeoutMs: number, force: () => void): Promise<void> {
  const timer = setTimeout(force, timeoutMs);
  await end;
  clearTimeout(timer);
}

/** `Promise.withResolvers`, which Node.js 20 does not have. */
function settleable<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (fault: Error) => void = () => undefined;
  const promise = new Promise<T>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}
