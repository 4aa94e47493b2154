/** What is compared. One name per column; all else about a relay is in `open-adapter.ts`, which runs in the nodes. */

export const relays = [
  { id: "ours", title: "Hazelcast, async backup", redis: false },
  { id: "ours-sync", title: "Hazelcast, sync backup", redis: false },
  { id: "bare", title: "Hazelcast alone", redis: false },
  { id: "redis", title: "Redis classic", redis: true },
  { id: "redis-sharded", title: "Redis sharded", redis: true },
  { id: "redis-streams", title: "Redis streams", redis: true },
] as const;

export type RelayId = (typeof relays)[number]["id"];

/** Where the nodes of one fleet find each other. */
export interface Place {
  /** `none`: Socket.IO's own adapter, a single node. */
  readonly relay: RelayId | "none";
  /** Keeps fleets apart that use the same members or the same Redis. */
  readonly name: string;
  readonly clusterName: string;
  readonly memberAddresses: readonly string[];
  readonly redisPort: number;
}
