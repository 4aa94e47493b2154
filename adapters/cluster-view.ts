/** What the application may see of the cluster: states, events, servers, counters. */
import type { Mesh } from "./mesh.ts";
import type { Peer } from "./peer.ts";
import type { Counters } from "./stats.ts";

/** `ready` keeps all promises; `degraded` serves the own sockets and catches up later; `connecting` was never ready yet. */
export type ClusterState = "connecting" | "ready" | "degraded" | "closed";

export type ServerChange = "appeared" | "dead" | "alive" | "gone";

export interface ClusterEvents {
  /** Also when the state stays: each failed attempt to connect tells its reason. */
  state: [state: ClusterState, reason: string];
  /** Messages of a node were lost on the way here. */
  gap: [gap: { readonly node: string; readonly lost: number }];
  /** Something an operator should know. */
  warning: [message: string];
  /** A server came, was declared dead, came back, or left. */
  server: [change: { readonly id: string; readonly change: ServerChange }];
}

/** Counters, and gauges of this moment. */
export interface ClusterStats extends Readonly<Counters> {
  readonly state: ClusterState;
  /** Live servers, this one included. */
  readonly servers: number;
  /** Members of the Hazelcast cluster, as the client sees them. */
  readonly members: number;
  /** Bytes that wait to be sent, and messages that no member has confirmed yet. */
  readonly outboxBytes: number;
  readonly outboxMessages: number;
  readonly remoteRooms: number;
  readonly interestBytes: number;
  readonly requests: number;
}

export interface ServerInfo {
  readonly id: string;
  readonly self: boolean;
  readonly alive: boolean;
  readonly namespaces: readonly string[];
  /** Messages that wait for it. */
  readonly pending: number;
}

export function describeServers(
  self: readonly { readonly id: string; readonly namespaces: readonly string[] }[],
  peers: Iterable<Peer>,
): ServerInfo[] {
  const own = self.map(({ id, namespaces }) => ({ id, self: true, alive: true, namespaces, pending: 0 }));
  const others = [...peers].filter(({ role }) => role === "server");
  return [
    ...own,
    ...others.map(({ id, alive, namespaces, outbox }) => {
      return { id, self: false, alive, namespaces: [...namespaces], pending: outbox.pending };
    }),
  ];
}

type Gauges = Pick<ClusterStats, "members" | "outboxBytes" | "outboxMessages" | "remoteRooms" | "interestBytes">;

export const gaugesOf = ({ peers, budget, routing }: Mesh, members: number): Gauges => ({
  members,
  outboxBytes: budget.usedBytes,
  outboxMessages: [...peers.values()].reduce((sum, { outbox }) => sum + outbox.pending, 0),
  remoteRooms: routing.interest.rooms,
  interestBytes: routing.interest.bytes,
});
