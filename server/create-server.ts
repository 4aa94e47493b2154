/**
 * The composer: the only place that knows all parts. It makes each part with the few values and functions that it needs
 * and joins what the folders below declare as ports. No rule of the product stands here.
 */
import type { IncomingMessage } from "node:http";
import type { LoadedSettings, PackageStatus } from "../cascade/index.ts";
import { createAccounts, restCredentials } from "./accounts.ts";
import type { Accounts } from "./accounts.ts";
import { announce } from "./announce.ts";
import type { ClusterNode } from "./cluster/cluster.ts";
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
import type { Logger } from "./ops/log.ts";
import { createObserver } from "./ops/observer.ts";
import { createPlayground } from "./playground.ts";
import { createProducers } from "./producers.ts";
import type { Delivery, Push } from "./push/push.ts";
import type { Realtime } from "./realtime/realtime.ts";
import { refuseToShareTheDemo } from "./share-the-demo.ts";
import { createReload } from "./reload.ts";
import { clusterStartTimeout, hazelcastGroupName } from "./settings/cluster.ts";
import * as limits from "./settings/limits.ts";
import * as network from "./settings/network.ts";
import { websocketPackage } from "./websocket-package.ts";

export interface ServerInput {
  readonly settings: LoadedSettings;
  readonly packageStatus: PackageStatus;
  readonly log: Logger;
  readonly version: string;
}

export interface OxbowServer {
  /** Resolves when both listeners answer. @throws what stops a start: an unusable address, directory or combination */
  start(): Promise<{ readonly url: string; readonly internalUrl: string }>;
  /** Takes nothing new, closes every transport (1012) and both listeners. */
  stop(): Promise<void>;
  /** Reads settings and directory again; logs what changed and what was bad. Never rejects. */
  reload(): Promise<void>;
}

export function createServer({ settings, packageStatus, log, version }: ServerInput): OxbowServer {
  refuseToShareTheDemo(settings);
  let phase: NodeState["phase"] = "starting";
  const isOpen = (): boolean => phase === "ready";
  const nowMs = (): number => performance.now();
  const { metrics, warn, onFault, ...observer } = createObserver(log, version, nowMs);
  const clientOfRequest = (request: IncomingMessage) => clientOf(request, proxyTrust(settings));

  const shared = { settings, clientOf: clientOfRequest, onFault };
  const accounts = createAccounts({ ...shared, packageStatus, onRefused: observer.onRequestRefused });
  const { directory } = accounts;
  const { onHandshakeRefused: onRefused } = observer;
  const sockets = createSockets({ ...shared, onRefused, accounts, isOpen, metrics, nowMs, nowEpochMs: Date.now }, log);
  const { endpoint, clusterNode, accept } = sockets;
  const producers = createProducers({
    settings,
    requireBasicAuth: restCredentials(settings),
    directory,
    accept,
    isOpen,
    metrics,
    warn,
    nowMs,
  });
  const playground = createPlayground({ settings, accounts, accept, nowMs });
  const answerRouteFaults = answerFaults((fault) => onFault("a request failed", fault));
  const publicApp = createPublicApp({
    maxUrlBytes: settings.read(limits.maxUrlBytes),
    maxHeadersCount: settings.read(limits.maxHeadersCount),
    routes: [...(packageStatus.enabled ? [endpoint.router] : []), ...accounts.routes, ...producers, playground],
    answerFaults: answerRouteFaults,
  });
  const state = (): NodeState => ({
    phase,
    version,
    package: { name: websocketPackage, ...packageStatus },
    sockets: endpoint.openSockets.size,
    ...(clusterNode === undefined ? {} : { cluster: clusterStateOf(settings, clusterNode) }),
  });
  const internalApp = createInternalApp(state, metrics.registry, answerRouteFaults);
  const lifecycle = createLifecycle(settings, {
    accounts,
    realtime: endpoint.realtime,
    clusterNode,
    ...createListeners(settings, { publicApp, internalApp }),
  });

  return {
    start: async () => {
      const urls = await lifecycle.start();
      phase = "ready";
      announce(log, { ...urls, settings, packageStatus, demo: directory.isDemo() });
      return urls;
    },
    stop: () => {
      phase = "stopping";
      return lifecycle.stop();
    },
    reload: createReload(settings, directory, log),
  };
}

interface Sockets {
  readonly endpoint: Endpoint;
  readonly clusterNode: ClusterNode | undefined;
  /** Own sockets first, whatever the cluster does; then those of the other nodes. */
  readonly accept: (push: Push) => Delivery;
}

/** The sockets of this node and, in a cluster, the way to those of the others. */
function createSockets(deps: Omit<EndpointDeps, "onOpened">, log: Logger): Sockets {
  const endpoint = createEndpoint({
    ...deps,
    onOpened: ({ session, connection }) => clusterNode?.announceOpened(session, connection),
  });
  const clusterNode = joinCluster({ ...deps, endpoint, log });
  const { openSockets, pushes } = endpoint;
  deps.metrics.observe({ openSockets, pushes, clusterNode });
  const accept = (push: Push): Delivery => {
    const delivery = pushes.deliver(push);
    clusterNode?.relay(push);
    return delivery;
  };
  return { endpoint, clusterNode, accept };
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
  readonly accounts: Accounts;
  readonly realtime: Realtime;
  readonly publicListener: Listener;
  readonly internalListener: Listener;
}

/** The order of things: what is asked starts before who asks, and stops after it. */
function createLifecycle(settings: LoadedSettings, running: Running) {
  const { accounts, realtime, clusterNode, publicListener, internalListener } = running;
  return {
    start: async () => {
      const internalUrl = await internalListener.start(); // first: probes see the node start
      await accounts.start();
      realtime.start();
      await clusterNode?.start(settings.read(clusterStartTimeout));
      return { url: await publicListener.start(), internalUrl };
    },
    stop: async () => {
      clusterNode?.stop();
      const closed = publicListener.stop();
      await realtime.stop();
      publicListener.destroy();
      await closed;
      accounts.stop();
      const unwatched = internalListener.stop(); // last: probes see the node stop
      internalListener.destroy();
      await unwatched;
    },
  };
}
