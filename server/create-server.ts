/**
 * The composer: the only place that knows all parts. It makes each part with the few values and functions that it needs
 * and joins what the folders below declare as ports. No rule of the product stands here.
 */
import type { IncomingMessage } from "node:http";
import type { Router } from "express";
import type { LoadedSettings, PackageStatus } from "../cascade/index.ts";
import { restCredentials } from "./account-routes.ts";
import { createAdmin } from "./admin.ts";
import { announce } from "./announce.ts";
import type { ClusterNode } from "./cluster/cluster.ts";
import { createLateMaps } from "./cluster/late-maps.ts";
import type { LateMaps } from "./cluster/late-maps.ts";
import { createEndpoint } from "./endpoint.ts";
import type { Endpoint, EndpointDeps } from "./endpoint.ts";
import { answerFaults } from "./http/json-body.ts";
import { clientOf } from "./http/client.ts";
import type { ProxyTrust } from "./http/client.ts";
import { createPublicApp } from "./http/public-app.ts";
import type { Listener } from "./http/listener.ts";
import { joinCluster } from "./join-cluster.ts";
import { createListeners } from "./listeners.ts";
import { createInternalApp } from "./ops/internal-app.ts";
import type { NodeState } from "./ops/internal-app.ts";
import type { AdminToken } from "./ops/admin/admin-token.ts";
import type { NodeDirectory } from "./ops/admin/node-directory.ts";
import type { RuntimePlaces } from "./ops/admin/token-file.ts";
import type { Logger } from "./ops/log.ts";
import { createObserver } from "./ops/observer.ts";
import { describeOwnNode } from "./own-node.ts";
import type { OwnNodeDeps } from "./own-node.ts";
import { createPlayground } from "./playground.ts";
import { createProducers } from "./producers.ts";
import type { ProducersDeps } from "./producers.ts";
import type { Delivery, Push } from "./push/push.ts";
import type { Realtime } from "./realtime/realtime.ts";
import type { WaitingHandshakes } from "./realtime/waiting-handshakes.ts";
import { createReload } from "./reload.ts";
import { createSessions } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";
import { clusterStartTimeout, hazelcastGroupName } from "./settings/cluster.ts";
import * as limits from "./settings/limits.ts";
import * as network from "./settings/network.ts";
import { refuseUnsafe } from "./unsafe-settings.ts";
import { websocketPackage } from "./websocket-package.ts";

export interface ServerInput {
  readonly settings: LoadedSettings;
  readonly packageStatus: PackageStatus;
  readonly log: Logger;
  readonly version: string;
  /** Where the admin token may be left. */
  readonly places: RuntimePlaces;
}

export interface OxbowServer {
  /** Resolves when both listeners answer. @throws what stops a start: an unusable address, directory or combination */
  start(): Promise<{ readonly url: string; readonly internalUrl: string }>;
  /** Takes nothing new, closes every transport (1012) and both listeners. */
  stop(): Promise<void>;
  /** Reads settings and directory again; logs what changed and what was bad. Never rejects. */
  reload(): Promise<void>;
}

export function createServer({ settings, packageStatus, log, version, places }: ServerInput): OxbowServer {
  refuseUnsafe(settings);
  let phase: NodeState["phase"] = "starting";
  const isOpen = (): boolean => phase === "ready";
  const nowMs = (): number => performance.now();
  const { metrics, warn, onFault, ...observer } = createObserver(log, version, nowMs);
  const clientOfRequest = (request: IncomingMessage) => clientOf(request, proxyTrust(settings));

  const maps = createLateMaps();
  const shared = { settings, clientOf: clientOfRequest, onFault };
  const sessions = createSessions({
    ...shared,
    ...{ packageStatus, metrics, nowMs, maps },
    warn: (message) => log.warn(message),
    warnNowAndThen: warn,
    onRefused: observer.onRequestRefused,
  });
  const { source, accounts } = sessions;
  const times = { nowMs, nowEpochMs: Date.now };
  const socketDeps = { ...shared, ...times, source, isOpen, metrics, onRefused: observer.onHandshakeRefused };
  const sockets = createSockets(socketDeps, { log, version, maps, phase: () => phase });
  const { endpoint, clusterNode, accept } = sockets;
  const admin = createAdmin({ settings, nodes: sockets.nodes, places, log, warn, onFault });
  const routes = createRoutes({ settings, accounts, accept, isOpen, metrics, warn, nowMs });
  const state = (): NodeState => ({
    phase,
    version,
    package: { name: websocketPackage, ...packageStatus },
    sockets: endpoint.openSockets.size,
    sessionSource: sessions.state(),
    ...(clusterNode === undefined ? {} : { cluster: clusterStateOf(settings, clusterNode) }),
  });
  const answerRouteFaults = answerFaults((fault) => onFault("a request failed", fault));
  const internalApp = createInternalApp(state, metrics.registry, admin.router, answerRouteFaults);
  const publicApp = createPublicApp({
    maxUrlBytes: settings.read(limits.maxUrlBytes),
    maxHeadersCount: settings.read(limits.maxHeadersCount),
    routes: packageStatus.enabled ? [endpoint.router, ...routes] : routes,
    answerFaults: answerRouteFaults,
  });
  const lifecycle = createLifecycle(settings, {
    sessions,
    waiting: endpoint.waiting,
    adminToken: admin.token,
    realtime: endpoint.realtime,
    clusterNode,
    ...createListeners(settings, { publicApp, internalApp }),
  });

  return {
    start: async () => {
      const urls = await lifecycle.start();
      phase = "ready";
      announce(log, { ...urls, settings, packageStatus, demo: accounts?.directory.isDemo() });
      return urls;
    },
    stop: () => {
      phase = "stopping";
      return lifecycle.stop();
    },
    reload: createReload(settings, accounts, log),
  };
}

/** Producers of pushes, and what only exists with users and sessions of our own. */
function createRoutes(
  deps: Omit<ProducersDeps, "requireBasicAuth" | "directory"> & Pick<Sessions, "accounts">,
): readonly Router[] {
  const { settings, accounts } = deps;
  const requireBasicAuth = restCredentials(settings);
  const producers = createProducers({ ...deps, requireBasicAuth, directory: accounts?.directory });
  if (accounts === undefined) return producers;
  return [...accounts.routes, ...producers, createPlayground({ ...deps, accounts })];
}

interface Sockets {
  readonly endpoint: Endpoint;
  readonly clusterNode: ClusterNode | undefined;
  /** Own sockets first, whatever the cluster does; then those of the other nodes. */
  readonly accept: (push: Push) => Delivery;
  /** All nodes, this one included. */
  readonly nodes: NodeDirectory;
}

/** The sockets of this node and, in a cluster, the way to those of the others. */
function createSockets(
  deps: Omit<EndpointDeps, "onOpened">,
  { log, maps, ...self }: Pick<OwnNodeDeps, "version" | "phase"> & { readonly log: Logger; readonly maps: LateMaps },
): Sockets {
  const endpoint = createEndpoint({
    ...deps,
    onOpened: ({ session, connection }) => clusterNode?.announceOpened(session, connection),
  });
  const { openSockets, pushes } = endpoint;
  const { nowEpochMs } = deps;
  const own = describeOwnNode({ ...self, openSockets, nowEpochMs, clusterId: () => clusterNode?.id });
  const clusterNode = joinCluster({ ...deps, endpoint, log, answer: own.answer, onJoined: maps.bind });
  deps.metrics.observe({ openSockets, pushes, clusterNode, waiting: endpoint.waiting });
  const accept = (push: Push): Delivery => {
    const delivery = pushes.deliver(push);
    clusterNode?.relay(push);
    return delivery;
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
  readonly adminToken: AdminToken;
  readonly realtime: Realtime;
  readonly publicListener: Listener;
  readonly internalListener: Listener;
}

/** The order of things: what is asked starts before who asks, and stops after it. */
function createLifecycle(settings: LoadedSettings, running: Running) {
  const { sessions, waiting, adminToken, realtime, clusterNode, publicListener, internalListener } = running;
  return {
    start: async () => {
      const internalUrl = await internalListener.start(); // first: probes see the node start
      await adminToken.start(internalUrl);
      await sessions.start();
      realtime.start();
      await clusterNode?.start(settings.read(clusterStartTimeout));
      return { url: await publicListener.start(), internalUrl };
    },
    stop: async () => {
      clusterNode?.stop();
      waiting.release();
      const closed = publicListener.stop();
      await realtime.stop();
      publicListener.destroy();
      await closed;
      await sessions.stop();
      await adminToken.stop();
      const unwatched = internalListener.stop(); // last: probes see the node stop
      internalListener.destroy();
      await unwatched;
    },
  };
}
