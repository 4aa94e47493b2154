/** The only file that names `hazelcast-client`: what is used of it. Who uses it with care: `hazelcast-link.ts`. */
import type { Client } from "hazelcast-client";

export { Aggregators, Client, HazelcastJsonValue, Predicates, ReconnectMode } from "hazelcast-client";
export type {
  ClientConfig,
  EntryEvent,
  IMap,
  MapListener,
  MembershipListener,
  ReadResultSet,
  Ringbuffer,
} from "hazelcast-client";

/** A client of the application's own; the adapter leaves it open. */
export type HazelcastClient = Awaited<ReturnType<(typeof Client)["newHazelcastClient"]>>;
