/**
 * The floor below every adapter on a Ringbuffer: encoded frames are added to the holder's ring, a parked read takes them
 * out, nothing else is done. No numbers, no interest, no packing, no leases: rooms of this benchmark only, `room-N` is at
 * holder `N mod 4`. What it takes, no adapter can save.
 */
import { Client } from "hazelcast-client";
import type { Ringbuffer } from "hazelcast-client";
import type { Namespace } from "socket.io";
import { Adapter, type BroadcastOptions } from "socket.io-adapter";
import type { Place } from "./peers.ts";
import { HOLDERS } from "./traffic.ts";

type HazelcastClient = Awaited<ReturnType<typeof Client.newHazelcastClient>>;

export async function bareHazelcast({ clusterName, memberAddresses, name }: Place): Promise<typeof Adapter> {
  const client = await Client.newHazelcastClient({
    clusterName,
    network: { clusterMembers: [...memberAddresses] },
    metrics: { enabled: false },
    // as the adapter has it: with it, calls that are queued when a connection dies never settle
    properties: { "hazelcast.client.autopipelining.enabled": false, "hazelcast.logging.level": "OFF" },
  });
  const rings: Ringbuffer<Buffer>[] = [];
  for (let holder = 0; holder < HOLDERS; holder++)
    rings.push(await client.getRingbuffer(`oxbow-${name}-bare-${holder}`));
  const nodes = await client.getMap<string, number>(`oxbow-${name}-bare-nodes`);
  await nodes.set(client.getLocalEndpoint().uuid.toString(), 1);
  return class extends BareAdapter {
    constructor(namespace: Namespace) {
      super(namespace, client, rings, () => nodes.size());
    }
  };
}

class BareAdapter extends Adapter {
  declare readonly nsp: Namespace;
  readonly #client: HazelcastClient;
  readonly #rings: readonly Ringbuffer<Buffer>[];
  readonly #count: () => Promise<number>;
  #reading = false;

  constructor(
    nsp: Namespace,
    client: HazelcastClient,
    rings: readonly Ringbuffer<Buffer>[],
    count: () => Promise<number>,
  ) {
    super(nsp);
    this.#client = client;
    this.#rings = rings;
    this.#count = count;
  }

  override serverCount(): Promise<number> {
    return this.#count();
  }

  override addAll(id: string, rooms: Set<string>): void {
    void super.addAll(id, rooms);
    const index = [...rooms].map(indexOf).find((found) => found !== undefined);
    const ring = index === undefined || this.#reading ? undefined : this.#rings[index % HOLDERS];
    if (ring === undefined) return;
    this.#reading = true;
    this.#read(ring, 0).catch(endedByClose);
  }

  override broadcast(packet: { data: unknown }, opts: BroadcastOptions): void {
    const [room = ""] = opts.rooms;
    const frame = `2${JSON.stringify(packet.data)}`; // as Socket.IO's encoder writes an event of the default namespace
    const ring = this.#rings[(indexOf(room) ?? 0) % HOLDERS];
    ring?.add(Buffer.from(`${room}\n${frame}`)).catch(endedByClose);
  }

  override async close(): Promise<void> {
    await this.#client.shutdown();
  }

  async #read(ring: Ringbuffer<Buffer>, from: number): Promise<never> {
    for (let next = from; ;) {
      const batch = await ring.readMany(next, 1, 64);
      next = batch.getNextSequenceToReadFrom().toNumber();
      for (let i = 0; i < batch.getReadCount(); i++) this.#deliver(batch.get(i).toString());
    }
  }

  #deliver(item: string): void {
    const end = item.indexOf("\n");
    const frames = [item.slice(end + 1)];
    for (const id of this.rooms.get(item.slice(0, end)) ?? []) writeTo(this.nsp.sockets.get(id), frames);
  }
}

/** The client says so itself, in every way it has; a benchmark that loses messages shows it by what does not arrive. */
const endedByClose = (): void => undefined;

function indexOf(room: string): number | undefined {
  const [, digits] = /^room-(\d+)$/.exec(room) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Its types keep it to themselves; the sockets here are those of `fake-socket.ts`. */
function writeTo(socket: unknown, frames: readonly string[]): void {
  const { client } = socket as { client: { writeToEngine(frames: readonly string[]): void } };
  client.writeToEngine(frames);
}
