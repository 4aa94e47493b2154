/** Public names of `socket.io-hazelcast-adapter`. */
export { HazelcastAdapter } from "./adapter.ts";
export type { ServerSideEmitOptions } from "./adapter.ts";
export { Cluster } from "./cluster.ts";
export type { ClusterEvents, ClusterState, ClusterStats, ServerInfo } from "./cluster-view.ts";
export { createAdapter } from "./create-adapter.ts";
export type { AdapterFactory } from "./create-adapter.ts";
export { OptionError, RequestTimeoutError } from "./errors.ts";
export type { ClientConfig, HazelcastClient } from "./hazelcast-link.ts";
export type { HazelcastAdapterOptions } from "./options.ts";
export type { Counters } from "./stats.ts";
