/**
 * A node of several processes: workers serve clients, this process keeps what they must agree on (sessions, failed logins,
 * repeated pushes, the book of sockets), watches over them, and has the one internal listener.
 * With a Hazelcast cluster each worker is a node of it, and only what is watched and operated comes together here.
 */
import { setupPrimary } from "@socket.io/cluster-adapter";
import { Counter, Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { Written } from "../../cascade/index.ts";
import { createOwnLoginAttempts } from "../account-routes.ts";
import { createAdmin } from "../admin.ts";
import { announce } from "../announce.ts";
import type { OxbowServer, ServerInput } from "../create-server.ts";
import { answerFaults } from "../http/json-body.ts";
import type { Listener } from "../http/listener.ts";
import { createInternalListener, createPublicListener } from "../listeners.ts";
import { createInternalApp } from "../ops/internal-app.ts";
import type { ReloadSummary } from "../ops/admin/reload-report.ts";
import type { NodeState } from "../ops/internal-app.ts";
import { createObserver } from "../ops/observer.ts";
import { createRepeats } from "../push/repeats.ts";
import { createReload } from "../reload.ts";
import { createOwnSessionStore } from "../session-store.ts";
import { clusterStartTimeout, hazelcastEnabled } from "../settings/cluster.ts";
import { headersTimeout } from "../settings/limits.ts";
import { stopTimeout } from "../settings/operations.ts";
import { replayWindow } from "../settings/push.ts";
import { refuseUnsafe } from "../unsafe-settings.ts";
import { websocketPackage } from "../websocket-package.ts";
import { createFleet } from "./fleet.ts";
import type { Fleet, Served, Worker, WorkerProcess } from "./fleet.ts";
import { createFleetDirectory } from "./fleet-directory.ts";
import { createFleetMetrics } from "./fleet-metrics.ts";
import { life, sockets } from "./protocol.ts";
import { serveSessions, tellEnds } from "./remote-session-store.ts";
import { serveTallies } from "./remote-tallies.ts";
import { relayTo } from "./siblings.ts";
import { createSocketBook } from "./socket-book.ts";
import { isSticky, shareConnections } from "./sticky.ts";

export interface PrimaryInput extends ServerInput {
  /** At least 1. */
  readonly workers: number;
  readonly fork: (isSticky: boolean) => WorkerProcess;
}

/** Time to start, besides that for the cluster: a worker reads users, and all start at once. */
const startReserveMs = 30_000;
/** Part of the time to stop that is left for what comes after the workers. */
const stopReserveMs = 500;
/** A worker that is asked for its state holds no probe longer. */
const stateWithinMs = 500;
/** A reload reads files; a worker that is late applies it when it can. */
const reloadWithinMs = 30_000;

export function createPrimary(input: PrimaryInput): OxbowServer {
  const { settings, packageStatus, log, version, places } = input;
  refuseUnsafe(settings);
  let phase: NodeState["phase"] = "starting";
  const nowMs = (): number => performance.now();
  const { metrics, warn, onFault } = createObserver(log, version, nowMs);
  const { fleet, sessions } = createKeptFleet(input, { nowMs, onFault, onLost: (worker) => scrape.lost(worker) });
  const scrape = createFleetMetrics(metrics.registry, () => fleet.ready());
  observeFleet(fleet, metrics.registry);
  const nodes = createFleetDirectory(fleet, { areNodes: settings.read(hazelcastEnabled) });
  const others = (): Promise<readonly ReloadSummary[]> => reloadAll(fleet, settings.inForce(), onFault);
  const reload = createReload({ settings, accounts: undefined, log, others });
  const admin = createAdmin({ settings, nodes, reload, places, log, warn, onFault });
  const state = async (): Promise<NodeState> => ({
    ...joinStates(await statesOf(fleet)),
    ...{ phase, version, package: { name: websocketPackage, ...packageStatus } },
    workers: { wanted: fleet.wanted, serving: fleet.ready().length },
  });
  const answerRouteFaults = answerFaults((fault) => onFault("a request failed", fault));
  const internalApp = createInternalApp(state, scrape, admin.router, answerRouteFaults);
  const internalListener = createInternalListener(settings, internalApp);
  const sharedListener = isSticky(settings) ? createSharedListener(input) : undefined;
  const lifecycle = createLifecycle({ fleet, sessions, sharedListener });

  return {
    start: async () => {
      const internalUrl = await internalListener.start(); // first: probes see the node start
      await admin.token.start(internalUrl);
      const { url, isDemo } = await lifecycle.start();
      phase = "ready";
      announce(log, { url, internalUrl, settings, packageStatus, demo: isDemo });
      return { url, internalUrl };
    },
    stop: async () => {
      phase = "stopping";
      await lifecycle.stop();
      await admin.token.stop();
      const unwatched = internalListener.stop(); // last: probes see the node stop
      internalListener.destroy();
      await unwatched;
    },
    reload,
  };
}

interface Watchers {
  readonly nowMs: () => number;
  readonly onFault: (what: string, cause: unknown) => void;
  readonly onLost: (worker: number) => void;
}

/** The workers, and what is kept here for all of them. */
function createKeptFleet({ settings, packageStatus, log, workers, fork }: PrimaryInput, watchers: Watchers) {
  const { nowMs, onFault } = watchers;
  const sessions = createOwnSessionStore({ settings, nowMs, onFault, warn: (message) => log.warn(message) });
  const attempts = createOwnLoginAttempts(settings, nowMs);
  const repeats = createRepeats(() => settings.read(replayWindow), nowMs);
  const peerOf = (id: number) => fleet.all().find((worker) => worker.id === id)?.peer;
  const book = createSocketBook({
    end: (worker, socket, end) => peerOf(worker)?.tell(sockets.end, { socket, end }),
  });
  const serve = ({ id, peer }: Worker): void => {
    serveSessions(peer, sessions);
    serveTallies(peer, attempts, repeats);
    peer.answer(sockets.opening, (socket) => book.opening(id, socket));
    peer.on(sockets.opened, (socket) => book.opened(id, socket));
    peer.on(sockets.closed, (socket) => book.closed(id, socket));
    peer.answer(sockets.push, (asked) => {
      const { contextId, userId } = asked.push;
      const others = book.workersOf(contextId, userId).filter((worker) => worker !== id);
      return relayTo(
        others.map(peerOf).filter((other) => other !== undefined),
        asked,
        onFault,
      );
    });
  };
  const fleet = createFleet({
    count: workers,
    fork: () => fork(isSticky(settings)),
    configuration: () => ({ directories: settings.directories, settings: settings.inForce(), packageStatus }),
    serve,
    onLost: (worker) => {
      book.lost(worker);
      watchers.onLost(worker);
    },
    ...{ log, onFault, nowMs },
    startTimeoutMs: settings.read(clusterStartTimeout) + startReserveMs,
    stopTimeoutMs: settings.read(stopTimeout) - stopReserveMs,
  });
  tellEnds(sessions, () => fleet.all().map(({ peer }) => peer));
  return { fleet, sessions };
}

function observeFleet(fleet: Fleet, registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "oxbow_workers",
    help: "Worker processes that serve",
    registers,
    collect() {
      this.set(fleet.ready().length);
    },
  });
  new Counter({
    name: "oxbow_worker_deaths_total",
    help: "Worker processes that ended without being told to",
    registers,
    collect() {
      this.reset();
      this.inc(fleet.deaths());
    },
  });
}

/** Of the workers that answer; one that stands still keeps no probe waiting. */
async function statesOf(fleet: Fleet): Promise<readonly NodeState[]> {
  const asked = fleet.ready().map(({ peer }) => peer.ask(life.state, undefined, stateWithinMs).catch(() => undefined));
  return (await Promise.all(asked)).filter((one) => one !== undefined);
}

/** Sockets of all; of cluster and middleware the worst that any worker sees. */
function joinStates(states: readonly NodeState[]): Pick<NodeState, "sockets" | "cluster" | "sessionSource"> {
  const clusters = states.flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]));
  const cluster = clusters.find((one) => one.state === "degraded") ?? clusters[0];
  const sources = states.flatMap(({ sessionSource }) => (sessionSource === undefined ? [] : [sessionSource]));
  return {
    sockets: states.reduce((sum, one) => sum + one.sockets, 0),
    sessionSource: sources.find(({ reachable }) => !reachable) ?? sources[0],
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** With polling this process listens and hands each connection on; it answers nothing itself, and bounds no request. */
function createSharedListener({ settings }: PrimaryInput): Listener {
  const listener = createPublicListener(settings, () => undefined);
  listener.server.headersTimeout = 0;
  listener.server.requestTimeout = 0;
  shareConnections(listener.server, settings.read(headersTimeout));
  return listener;
}

interface Running {
  readonly fleet: Fleet;
  readonly sessions: { start(): void; stop(): void };
  readonly sharedListener: Listener | undefined;
}

/** The order of things: what is asked starts before who asks, and stops after it. */
function createLifecycle({ fleet, sessions, sharedListener }: Running) {
  return {
    start: async (): Promise<Served> => {
      process.once("exit", fleet.kill); // whatever ends this process: none of them outlives it
      setupPrimary();
      sessions.start();
      const served = await fleet.start();
      return sharedListener === undefined ? served : { ...served, url: await sharedListener.start() };
    },
    stop: async () => {
      const closed = sharedListener?.stop();
      await fleet.stop();
      sharedListener?.destroy();
      await closed;
      sessions.stop();
      process.off("exit", fleet.kill);
    },
  };
}

/** What the workers say of their reload; one that does not say anything is a problem of its own. */
async function reloadAll(
  fleet: Fleet,
  settings: Written,
  onFault: (what: string, cause: unknown) => void,
): Promise<readonly ReloadSummary[]> {
  const reloaded = fleet.all().map(async ({ name, peer }): Promise<ReloadSummary> => {
    try {
      return await peer.ask(life.reload, settings, reloadWithinMs);
    } catch (cause) {
      const message = `${name} was not reloaded`;
      onFault(message, cause);
      return { changed: [], needsRestart: [], problems: [{ message }], warnings: [], listenerErrors: [] };
    }
  });
  return Promise.all(reloaded);
}
