/** Joins the node with the others, as far as the settings want a cluster: pushes and reopened connections travel. */
import type { Settings } from "../cascade/index.ts";
import { createClusterNode } from "./cluster/cluster.ts";
import type { ClusterNode } from "./cluster/cluster.ts";
import { hazelcastClientConfig } from "./cluster/hazelcast-client-config.ts";
import type { LateMaps } from "./cluster/late-maps.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Answerer } from "./ops/admin/node-questions.ts";
import type { Logger } from "./ops/log.ts";
import { hazelcastEnabled } from "./settings/cluster.ts";

export interface JoinClusterDeps {
  readonly settings: Settings;
  readonly endpoint: Endpoint;
  readonly log: Logger;
  readonly onFault: (what: string, cause: unknown) => void;
  readonly nowMs: () => number;
  /** Answers for this node what an administrator asked at another one. */
  readonly answer: Answerer;
  /** Of parts that were made before. */
  readonly maps: LateMaps;
}

/** Undefined where no cluster is wanted. */
export function joinCluster({
  settings,
  endpoint,
  log,
  onFault,
  nowMs,
  answer,
  maps,
}: JoinClusterDeps): ClusterNode | undefined {
  if (!settings.read(hazelcastEnabled)) return undefined;
  const { openSockets, pushes, realtime } = endpoint;
  const warn = (message: string): void => log.warn({ event: "cluster" }, message);
  let isAlone = false;
  const node = createClusterNode({
    io: realtime.io,
    config: () => hazelcastClientConfig(settings, warn),
    onPush: (push) => void pushes.deliver({ ...push, acceptedAtMs: nowMs() }),
    onOpenedElsewhere: (session, connection) => {
      for (const socket of openSockets.ofSession(session))
        if (socket.facts.connection === connection) openSockets.end(socket, "replaced");
    },
    onQuestion: answer,
    onJoined: (cluster) => maps.bind(cluster),
    onState: (state, reason) => {
      if (state === "ready") tellReady(node, log);
      else if (state !== "closed" && !isAlone)
        warn(`the cluster does not answer: own sockets are served, others are not reached (${reason})`);
      isAlone = state !== "ready"; // once; what comes of the further attempts stands in /health
    },
    onGap: (lost) => warn(`${lost} messages of another node were lost on their way here`),
    warn,
    onFault,
    socketCount: () => openSockets.size,
  });
  return node;
}

/** One member is an accident waiting to happen, or a node on 127.0.0.1 that found nobody else: said aloud. */
function tellReady(node: ClusterNode, log: Logger): void {
  const { members = 0, servers = 1 } = node.stats() ?? {};
  log.info(
    { event: "cluster", members, nodes: servers },
    `in the cluster: ${members} Hazelcast members, ${servers} nodes`,
  );
  if (members === 1)
    log.warn({ event: "cluster" }, "the cluster has 1 member only: with it everything between nodes is lost");
}
