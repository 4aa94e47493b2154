/** Makes the adapter of a node, each as its own documentation shows it; what departs from that says why. A node loads only what it uses. */
import type { ServerOptions } from "socket.io";
import type { Place } from "./peers.ts";

type AdapterOption = NonNullable<ServerOptions["adapter"]>;

/** Undefined: Socket.IO's own. */
export async function openAdapter(place: Place): Promise<AdapterOption | undefined> {
  switch (place.relay) {
    case "none":
      return undefined;
    case "ours":
      return hazelcast(place, "oxbow");
    case "ours-sync":
      return hazelcast(place, "oxbowsync");
    case "bare": {
      const { bareHazelcast } = await import("./bare-hazelcast.ts");
      return bareHazelcast(place);
    }
    case "redis": {
      const { createAdapter } = await import("@socket.io/redis-adapter");
      return createAdapter(await connect(place), await connect(place), { key: place.name });
    }
    case "redis-sharded": {
      const { createShardedAdapter } = await import("@socket.io/redis-adapter");
      const options = { channelPrefix: place.name, subscriptionMode: "dynamic" } as const;
      return createShardedAdapter(await connect(place), await connect(place), options);
    }
    case "redis-streams": {
      const { createAdapter } = await import("@socket.io/redis-streams-adapter");
      // by default it keeps about 10,000 messages and silently loses what a slower reader has not read by then
      const options = { streamName: place.name, channelPrefix: place.name, maxLen: 250_000 };
      return createAdapter(await connect(place), options);
    }
  }
}

/** The prefix chooses the ring configuration; see `backends.ts`. */
async function hazelcast({ clusterName, memberAddresses, name }: Place, prefix: string): Promise<AdapterOption> {
  const { createAdapter } = await import("socket.io-hazelcast-adapter");
  const client = { clusterName, network: { clusterMembers: [...memberAddresses] } };
  return createAdapter(client, { prefix: `${prefix}-${name}` });
}

async function connect({ redisPort }: Place): Promise<unknown> {
  const { createClient } = await import("redis");
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  client.on("error", (error: unknown) => process.emitWarning(String(error)));
  await client.connect();
  return client;
}
