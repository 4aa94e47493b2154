/**
 * This node in the cluster: the adapter below Socket.IO, what operators see of it, and the messages of ours that travel
 * on it. A message goes to the nodes that have a socket in its room, on the adapter's ordered path; nothing waits for it.
 */
import type { Server } from "socket.io";
import { createAdapter, HazelcastAdapter } from "socket.io-hazelcast-adapter";
import type { ClientConfig, Cluster, ClusterState, ClusterStats } from "socket.io-hazelcast-adapter";
import { z } from "zod";
import type { NodeDirectory } from "../ops/admin/node-directory.ts";
import type { Push } from "../push/push.ts";
import { connectionRoom, userRoom } from "../realtime/rooms.ts";
import { createQuestions } from "./questions.ts";

export interface ClusterNodeDeps {
  readonly io: Server;
  /** @throws for settings that no cluster can be joined with: they stop the start */
  readonly config: () => Promise<ClientConfig>;
  /** A push that another node accepted for a user with sockets here. */
  readonly onPush: (push: Omit<Push, "acceptedAtMs">) => void;
  /** A connection of this session was opened elsewhere: the socket that has it here is replaced. */
  readonly onOpenedElsewhere: (session: string, connection: string) => void;
  /** What nodes share is within reach: connected or still connecting. */
  readonly onJoined: (cluster: Pick<Cluster, "map">) => void;
  /** An administrator's question that came in at another node. Rejects for what it does not know. */
  readonly onQuestion: (question: unknown) => Promise<object>;
  readonly onState: (state: ClusterState, reason: string) => void;
  readonly onGap: (lost: number) => void;
  readonly warn: (message: string) => void;
  /** A message of another node was not understood. */
  readonly onFault: (what: string, cause: unknown) => void;
  /** Sockets open here, for the others to see. */
  readonly socketCount: () => number;
}

export interface ClusterNode {
  /** Connects in the background; resolves when the node is in the cluster, or when the time is over. @throws what `config` throws */
  start(waitMs: number): Promise<void>;
  /** Ends what this file started; the adapter leaves with Socket.IO. */
  stop(): void;
  relay(push: Push): void;
  announceOpened(session: string, connection: string): void;
  /** Of this node in the cluster; undefined before the start. */
  readonly id: string | undefined;
  /** The other nodes, to be asked. */
  readonly others: Pick<NodeDirectory, "ask">;
  readonly state: ClusterState;
  /** Why the state is not `ready`; empty when it is. */
  readonly reason: string;
  stats(): ClusterStats | undefined;
  /** Sum of the socket counts that the other live nodes announce. */
  remoteSockets(): number;
}

/** Names on the wire between nodes of one release and the next: change only with both understood. */
const events = { push: "oxbow:push", opened: "oxbow:opened", sockets: "oxbow:sockets" } as const;

const pushOnWire = z.object({
  contextId: z.int(),
  userId: z.int(),
  event: z.string(),
  payload: z.custom<Push["payload"]>((value) => typeof value === "object" && value !== null),
  source: z.string().optional(),
});
const openedOnWire = z.object({ session: z.string(), connection: z.string() });
const socketsOnWire = z.object({ node: z.string(), sockets: z.int().nonnegative() });

const announceSocketsMs = 2_000;

export function createClusterNode(deps: ClusterNodeDeps): ClusterNode {
  const { io } = deps;
  const remote = new Map<string, number>();
  let cluster: Cluster | undefined;
  let reason = "not started";
  let announcing: NodeJS.Timeout | undefined;

  const adapter = (): HazelcastAdapter | undefined => {
    const { adapter: present } = io.of("/");
    return present instanceof HazelcastAdapter ? present : undefined;
  };
  const send = (event: string, message: object, rooms?: ReadonlySet<string>): void =>
    adapter()?.serverSideEmit([event, message], rooms === undefined ? {} : { rooms });
  const listen = <T>(event: string, form: z.ZodType<T>, take: (message: T) => void): void =>
    void io.of("/").on(event, (message: unknown) => {
      const read = form.safeParse(message);
      if (read.success) take(read.data);
      else deps.onFault(`a message ${event} of another node was not understood`, read.error);
    });

  listen(events.push, pushOnWire, ({ source, ...push }) => deps.onPush({ ...push, source }));
  listen(events.opened, openedOnWire, ({ session, connection }) => deps.onOpenedElsewhere(session, connection));
  listen(events.sockets, socketsOnWire, ({ node, sockets }) => remote.set(node, sockets));

  const { onQuestion, onFault } = deps;
  const others = createQuestions({ io, adapter, cluster: () => cluster, onQuestion, onFault });

  return {
    others,
    get id() {
      return cluster?.id;
    },
    start: async (waitMs) => {
      io.adapter(createAdapter(await deps.config()));
      const joined = adapter()?.cluster;
      if (joined === undefined) throw new Error("Socket.IO did not take the adapter");
      cluster = joined;
      deps.onJoined(joined);
      reason = "connecting";
      follow(joined, deps, remote, (why) => (reason = why));
      announcing = setInterval(
        () => send(events.sockets, { node: joined.id, sockets: deps.socketCount() }),
        announceSocketsMs,
      );
      await readyWithin(joined, waitMs);
    },
    stop: () => clearInterval(announcing),
    relay: ({ contextId, userId, event, payload, source }) =>
      send(events.push, { contextId, userId, event, payload, source }, new Set([userRoom(contextId, userId)])),
    announceOpened: (session, connection) =>
      send(events.opened, { session, connection }, new Set([connectionRoom(session, connection)])),
    get state() {
      return cluster?.state ?? "connecting";
    },
    get reason() {
      return reason;
    },
    stats: () => cluster?.stats(),
    remoteSockets: () => [...remote.values()].reduce((sum, sockets) => sum + sockets, 0),
  };
}

function follow(
  cluster: Cluster,
  deps: ClusterNodeDeps,
  remote: Map<string, number>,
  setReason: (reason: string) => void,
): void {
  cluster.on("state", (state, why) => {
    setReason(why);
    deps.onState(state, why);
  });
  cluster.on("gap", ({ lost }) => deps.onGap(lost));
  cluster.on("warning", deps.warn);
  cluster.on("server", ({ id, change }) => {
    if (change === "dead" || change === "gone") remote.delete(id);
  });
}

async function readyWithin(cluster: Cluster, waitMs: number): Promise<void> {
  if (cluster.state === "ready") return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    cluster.on("state", (state) => {
      if (state !== "ready") return;
      clearTimeout(timer);
      resolve();
    });
  });
}
