/** One node as a process of its own, told what to do and telling what happens by messages of its parent. */
import { processEnvironment } from "../../../adapters/environment.ts";
import { HazelcastLink } from "../../../adapters/hazelcast-link.ts";
import type { Happening } from "../../simulation/happenings.ts";
import { RecordingNode } from "../../simulation/recording-node.ts";
import type { Command, NodeConfig, ToParent } from "./node-process.ts";

const config = JSON.parse(process.argv[2] ?? "") as NodeConfig;
const tell = (message: ToParent): void => void process.send?.(message);
/** CLOCK_MONOTONIC: the same for all processes of this machine. */
const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

let joins = 0;
const node = new RecordingNode({
  name: config.name,
  environment: processEnvironment,
  options: config.options,
  openLink: () => new HazelcastLink(config.client),
  record: (entry: Happening) => tell({ happened: { ...entry, atMs: machineMs() } }),
  nextJoin: () => joins++ * 1_000 + config.index,
});
process.on("unhandledRejection", (error) => {
  node.note(`unhandled rejection: ${String(error)}`);
});

/** What each command does; its outcome goes back to the parent. */
function perform(command: Command): unknown {
  switch (command.do) {
    case "connect":
      node.connect(command.socket);
      return undefined;
    case "join":
      return node.sockets.get(command.socket)?.join([command.room]);
    case "leave":
      return node.sockets.get(command.socket)?.leave(command.room);
    case "emit":
      for (let id = command.first; id < command.first + command.count; id++) node.emit(id, command.room);
      return undefined;
    case "fetch":
      return node.adapter.fetchSockets({ rooms: new Set() }).then((sockets) => sockets.length);
    case "servers":
      return node.adapter.serverCount();
    case "status":
      return { state: node.adapter.cluster.state, stats: node.adapter.cluster.stats(), known: knownNodes() };
    case "close":
      return node.adapter.close().then(() => {
        process.disconnect();
      });
  }
}

const knownNodes = (): number =>
  [...node.adapter.cluster.mesh.peers.values()].filter((peer) => peer.alive && peer.synced).length;

process.on("message", ({ ref, command }: { ref: number; command: Command }) => {
  Promise.resolve()
    .then(() => perform(command))
    .then(
      (result) => tell({ ref, result }),
      (error: unknown) => tell({ ref, error: String(error) }),
    );
});
