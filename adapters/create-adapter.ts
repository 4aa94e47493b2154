/** The way in: makes the constructor that Socket.IO wants, and one cluster membership per Socket.IO server behind it. */
import { HazelcastAdapter } from "./adapter.ts";
import { Cluster } from "./cluster.ts";
import type { Environment } from "./environment.ts";
import { processEnvironment } from "./environment.ts";
import type { ClientConfig, HazelcastClient } from "./hazelcast-client.ts";
import { HazelcastLink } from "./hazelcast-link.ts";
import type { Link } from "./link.ts";
import type { HazelcastAdapterOptions } from "./options.ts";
import { resolveOptions } from "./options.ts";
import { parserFingerprint } from "./parser-fingerprint.ts";
import type { Namespace, SocketServer } from "./socket-io.ts";

/** What `new Server({ adapter })` and `io.adapter()` take; Socket.IO calls it with each of its namespaces. */
export type AdapterFactory = (nsp: unknown) => HazelcastAdapter;

/**
 * An adapter that connects Socket.IO servers through Hazelcast.
 *
 * @param clientOrConfig a Hazelcast client of yours, which stays open when the server closes; or a client
 *   configuration, of which the adapter makes its own client and closes it. Default: a member at 127.0.0.1:5701.
 *   With a client that is given, mind the warnings about its configuration.
 * @throws OptionError for an unknown option or a value out of its bounds.
 */
export function createAdapter(
  clientOrConfig?: HazelcastClient | ClientConfig,
  options?: HazelcastAdapterOptions,
): AdapterFactory {
  return createAdapterOn(() => new HazelcastLink(clientOrConfig), options);
}

/** The same over any link. @internal */
export function createAdapterOn(
  openLink: () => Link,
  options?: HazelcastAdapterOptions,
  environment: Environment = processEnvironment,
): AdapterFactory {
  const resolved = resolveOptions(options);
  const { clock, random } = environment;
  // one membership per server, so that two servers of one process see each other as they would see any other
  const clusters = new WeakMap<SocketServer, Cluster>();
  const clusterOf = (server: SocketServer): Cluster => {
    let cluster = clusters.get(server);
    if (!cluster || cluster.state === "closed") {
      const parser = parserFingerprint(server);
      const id = environment.newId();
      cluster = new Cluster({ id, role: "server", parser, link: openLink(), clock, random, options: resolved });
      clusters.set(server, cluster);
    }
    return cluster;
  };
  // Socket.IO calls it with `new`; an arrow function could not be
  return function adapterOf(nsp: unknown): HazelcastAdapter {
    if (!isNamespace(nsp)) throw new TypeError("the adapter must be called with a namespace of Socket.IO");
    return new HazelcastAdapter(nsp, clusterOf(nsp.server));
  };
}

const isNamespace = (value: unknown): value is Namespace =>
  typeof value === "object" && value !== null && "name" in value && "sockets" in value && "server" in value;
