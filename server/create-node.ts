/**
 * Composes a node: sessions, sockets, pushes, and the public listener before them. It makes each part with the few values
 * and functions that it needs and joins what the folders below declare as ports. No rule of the product stands here.
 * Not here: how a node is watched and operated (`create-server.ts` for one process, `workers/` for several).
 */
import type { Server as HttpServer } from "node:http";
import type { Express, RequestHandler, Router } from "express";
import type { Server as EngineServer } from "engine.io";
import type { Server } from "socket.io";
import type { LoadedSettings, PackageStatus } from "../cascade/index.ts";
import { restCredentials } from "./account-routes.ts";
import type { ReadAside } from "./aside/read-aside.ts";
import type { ClusterNode } from "./cluster/cluster.ts";
import { createConfigurationRest } from "./configuration-rest.ts";
import { createLateMaps } from "./cluster/late-maps.ts";
import type { LateMaps } from "./cluster/late-maps.ts";
import { createEndpoint } from "./endpoint.ts";
import type { Endpoint, EndpointDeps } from "./endpoint.ts";
import { answerFaults } from "./http/json-body.ts";
import { createClientOf } from "./http/client.ts";
import type { ProxyTrust } from "./http/client.ts";
import { createPublicApp } from "./http/public-app.ts";
import type { Listener } from "./http/listener.ts";
import { joinCluster } from "./join-cluster.ts";
import { createInspector } from "./inspector.ts";
import type { Kept } from "./kept.ts";
import { createPublicListener } from "./listeners.ts";
import type { NodeState } from "./ops/internal-app.ts";
import type { NodeDirectory } from "./ops/admin/node-directory.ts";
import type { ReloadSummary } from "./ops/admin/reload-report.ts";
import type { Logger } from "./ops/log.ts";
import type { Metrics } from "./ops/metrics.ts";
import { createObserver } from "./ops/observer.ts";
import type { Observer } from "./ops/observer.ts";
import { describeOwnNode } from "./own-node.ts";
import type { OwnNodeDeps } from "./own-node.ts";
import { createPlayground } from "./playground.ts";
import { createProducers } from "./producers.ts";
import type { ProducersDeps } from "./producers.ts";
import type { Delivery, Push } from "./push/push.ts";
import { createRepeats } from "./push/repeats.ts";
import type { Realtime } from "./realtime/realtime.ts";
import type { WaitingHandshakes } from "./realtime/waiting-handshakes.ts";
import { createReload } from "./reload.ts";
import { createSessions } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";
import { clusterStartTimeout, hazelcastGroupName } from "./settings/cluster.ts";
import * as limits from "./settings/limits.ts";
import * as network from "./settings/network.ts";
import { replayWindow } from "./settings/push.ts";
import { refuseUnsafe } from "./unsafe-settings.ts";
import { websocketPackage } from "./websocket-package.ts";
import type { Siblings } from "./workers/siblings.ts";

export interface NodeInput {
  readonly settings: LoadedSettings;
  readonly packageStatus: PackageStatus;
  readonly log: Logger;
  readonly version: string;
  /** How a reload reads the users; absent: in this thread. */
  readonly readAside?: Pick<ReadAside, "users">;
  /** Where this process is one of several that are a node together. */
  readonly worker?: WorkerSeat;
}

/** What a worker process has of its primary instead of having it itself. */
export interface WorkerSeat {
  readonly name: string;
  readonly kept: Kept;
  /** Undefined where each worker is a node of the cluster. */
  readonly siblings: Siblings | undefined;
  /** False: connections are handed over by the primary. */
  readonly listens: boolean;
}

export interface OxbowNode {
  readonly state: () => NodeState;
  readonly metrics: Metrics;
  /** All nodes of the cluster, this one included. */
  readonly nodes: NodeDirectory;
  readonly io: Server;
  readonly engine: EngineServer;
  readonly httpServer: HttpServer;
  /** Whether the demo users are those that exist; undefined where users are the middleware's. */
  readonly isDemo: () => boolean | undefined;
  readonly observer: Observer;
  /** Resolves with the URL when the listener answers. @throws what stops a start: an unusable address, directory or combination */
  start(): Promise<string>;
  /** Takes nothing new, closes every transport (1012) and the listener. */
  stop(): Promise<void>;
  /** Reads settings and directory again; logs and reports what changed and what was bad. Never rejects. */
  reload(): Promise<ReloadSummary>;
}

export function createNode({ settings, packageStatus, log, version, readAside, worker }: NodeInput): OxbowNode {
  refuseUnsafe(settings);
  let phase: NodeState["phase"] = "starting";
  const isOpen = (): boolean => phase === "ready";
  const nowMs = (): number => performance.now();
  const observer = createObserver(log, version, nowMs);
  const { metrics, warn, onFault } = observer;
  const maps = createLateMaps();
  const shared = { settings, clientOf: createClientOf(() => proxyTrust(settings)), onFault };
  const sessions = createSessions({
    ...shared,
    ...{ packageStatus, metrics, nowMs, maps, readAside, kept: worker?.kept },
    warn: (message) => log.warn(message),
    warnNowAndThen: warn,
    onRefused: observer.onRequestRefused,
  });
  const { source, accounts } = sessions;
  const times = { nowMs, nowEpochMs: Date.now };
  const onRefused = observer.onHandshakeRefused;
  const inspector = createInspector({ settings, packageStatus, sessions, onFault });
  const { refusals } = inspector;
  const socketDeps = { ...shared, ...times, source, isOpen, metrics, onRefused, siblings: worker?.siblings, refusals };
  const sockets = createSockets(socketDeps, {
    ...{ name: worker?.name, log, version, maps, inspector },
    phase: () => phase,
  });
  const { endpoint, clusterNode, accept } = sockets;
  const { repeats } = worker?.kept ?? { repeats: createRepeats(() => settings.read(replayWindow), nowMs) };
  const routes = createRoutes({ settings, sessions, accept, repeats, isOpen, metrics, warn, nowMs });
  const served = packageStatus.enabled ? [endpoint.handshake, ...routes] : routes;
  const listener = createPublicListener(settings, createApp(settings, served, onFault));
  const running = { ...endpoint, sessions, clusterNode, listener, listens: worker?.listens ?? true };
  const lifecycle = createLifecycle(settings, running);

  return {
    state: () => ({
      phase,
      version,
      package: { name: websocketPackage, ...packageStatus },
      sockets: endpoint.openSockets.size,
      sessionSource: sessions.state(),
      ...(clusterNode === undefined ? {} : { cluster: clusterStateOf(settings, clusterNode) }),
    }),
    metrics,
    nodes: sockets.nodes,
    ...{ io: endpoint.realtime.io, engine: endpoint.realtime.engine },
    httpServer: listener.server,
    isDemo: () => accounts?.directory.isDemo(),
    observer,
    start: async () => {
      const url = await lifecycle.start();
      phase = "ready";
      return url;
    },
    stop: () => {
      phase = "stopping";
      return lifecycle.stop();
    },
    reload: createReload({ settings, accounts, log }),
  };
}

const createApp = (
  settings: LoadedSettings,
  routes: readonly RequestHandler[],
  onFault: EndpointDeps["onFault"],
): Express =>
  createPublicApp({
    maxUrlBytes: settings.read(limits.maxUrlBytes),
    maxHeadersCount: settings.read(limits.maxHeadersCount),
    routes,
    answerFaults: answerFaults((fault) => onFault("a request failed", fault)),
  });

interface RoutesDeps extends Omit<ProducersDeps, "requireBasicAuth" | "directory"> {
  readonly settings: LoadedSettings;
  readonly sessions: Pick<Sessions, "accounts" | "middlewareValues">;
}

/** Producers of pushes, readers of settings, and what only exists with users and sessions of our own. */
function createRoutes(deps: RoutesDeps): readonly Router[] {
  const { settings, sessions } = deps;
  const { accounts } = sessions;
  const requireBasicAuth = restCredentials(settings);
  const forServices = [
    ...createProducers({ ...deps, requireBasicAuth, directory: accounts?.directory }),
    createConfigurationRest({ settings, requireBasicAuth, sessions }),
  ];
  if (accounts === undefined) return forServices;
  return [...accounts.routes, ...forServices, createPlayground({ ...deps, accounts })];
}

interface Sockets {
  readonly endpoint: Endpoint;
  readonly clusterNode: ClusterNode | undefined;
  /** Own sockets first, whatever the cluster does; then those of the other nodes. */
  readonly accept: (push: Push, waitMs?: number) => Delivery;
  /** All nodes, this one included. */
  readonly nodes: NodeDirectory;
}

interface SelfDeps extends Pick<OwnNodeDeps, "version" | "phase" | "inspector"> {
  /** Where it has none of a cluster; undefined: one is made up. */
  readonly name: string | undefined;
  readonly log: Logger;
  readonly maps: LateMaps;
}

/** The sockets of this node and, in a cluster, the way to those of the others. */
function createSockets(deps: Omit<EndpointDeps, "onOpened">, { name, log, maps, ...self }: SelfDeps): Sockets {
  const endpoint = createEndpoint({
    ...deps,
    onOpened: ({ session, connection }) => clusterNode?.announceOpened(session, connection),
  });
  const { openSockets, pushes } = endpoint;
  const { nowEpochMs } = deps;
  const own = describeOwnNode({ ...self, openSockets, nowEpochMs, clusterId: () => clusterNode?.id ?? name });
  const clusterNode = joinCluster({ ...deps, endpoint, log, answer: own.answer, maps });
  deps.metrics.observe({ openSockets, pushes, clusterNode, waiting: endpoint.waiting });
  deps.siblings?.receive(pushes, deps.nowMs);
  const accept = (push: Push, waitMs?: number): Delivery => {
    const { sockets } = pushes.deliver(push);
    clusterNode?.relay(push);
    const elsewhere = deps.siblings?.relay(push, waitMs);
    return elsewhere === undefined ? { sockets } : { sockets, elsewhere };
  };
  return { endpoint, clusterNode, accept, nodes: own.directory(clusterNode?.others) };
}

const proxyTrust = (settings: LoadedSettings): ProxyTrust => ({
  considerXForwards: settings.read(network.considerXForwards),
  knownProxies: settings.read(network.knownProxies),
  forHeader: settings.read(network.forHeader),
  protocolHeader: settings.read(network.protocolHeader),
});

function clusterStateOf(settings: LoadedSettings, node: ClusterNode): NonNullable<NodeState["cluster"]> {
  const { members = 0, servers = 1 } = node.stats() ?? {};
  return {
    name: settings.read(hazelcastGroupName),
    state: node.state === "ready" ? "ready" : "degraded",
    reason: node.reason,
    members,
    nodes: servers,
  };
}

interface Running {
  readonly clusterNode: ClusterNode | undefined;
  readonly sessions: Sessions;
  readonly waiting: WaitingHandshakes;
  readonly realtime: Realtime;
  readonly listener: Listener;
  readonly listens: boolean;
}

/** The order of things: what is asked starts before who asks, and stops after it. */
function createLifecycle(settings: LoadedSettings, running: Running) {
  const { sessions, waiting, realtime, clusterNode, listener, listens } = running;
  return {
    start: async () => {
      await sessions.start();
      realtime.start();
      await clusterNode?.start(settings.read(clusterStartTimeout));
      return listens ? await listener.start() : "";
    },
    stop: async () => {
      clusterNode?.stop();
      waiting.release();
      const closed = listener.stop();
      await realtime.stop();
      listener.destroy();
      await closed;
      await sessions.stop();
    },
  };
}
