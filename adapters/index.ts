/** Public names of `socket.io-hazelcast-adapter`. */
export { HazelcastAdapter } from "./adapter.ts";
export type { ServerSideEmitOptions } from "./adapter.ts";
export { Cluster } from "./cluster.ts";
export type { ClusterEvents, ClusterState, ClusterStats, ServerChange, ServerInfo } from "./cluster-view.ts";
export { createAdapter } from "./create-adapter.ts";
export type { AdapterFactory } from "./create-adapter.ts";
export { Emitter, EmitterOperator } from "./emitter.ts";
export { NotConnectedError, OptionError, RequestTimeoutError } from "./errors.ts";
export type { ClientConfig, HazelcastClient } from "./hazelcast-client.ts";
export type { HazelcastAdapterOptions } from "./options.ts";
export type { SharedMap, SharedMapChange, SharedMapWatcher, SharedValue } from "./shared-map.ts";
export type { SocketDetails } from "./socket-table.ts";
export type { Counters } from "./stats.ts";
