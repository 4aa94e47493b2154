/** This node, as an administrator's questions find it: alone, or as one of a cluster. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createOwnNode, withOthers } from "./ops/admin/node-directory.ts";
import type { NodeDirectory } from "./ops/admin/node-directory.ts";
import { createAnswerer } from "./ops/admin/node-questions.ts";
import type { Answerer, Inspector, NodeEntry } from "./ops/admin/node-questions.ts";
import type { OpenSockets } from "./realtime/open-sockets.ts";

export interface OwnNodeDeps {
  readonly openSockets: OpenSockets;
  readonly version: string;
  readonly phase: () => NodeEntry["phase"];
  /** Its id in the cluster; undefined without one, and before it is known. */
  readonly clusterId: () => string | undefined;
  readonly nowEpochMs: () => number;
  readonly inspector: Inspector;
}

export interface OwnNode {
  /** Answers for this node. */
  readonly answer: Answerer;
  /** This node and others; without others it alone. */
  directory(others: Pick<NodeDirectory, "ask"> | undefined): NodeDirectory;
}

export function describeOwnNode(deps: OwnNodeDeps): OwnNode {
  const { openSockets, version, phase } = deps;
  const idWithoutCluster = randomBytes(8).toString("hex");
  const since = new Date(deps.nowEpochMs() - process.uptime() * 1_000).toISOString();
  const self = (): string => deps.clusterId() ?? idWithoutCluster;
  const answer = createAnswerer({
    openSockets,
    inspector: deps.inspector,
    self,
    describeNode: () => ({
      node: self(),
      host: hostname(),
      pid: process.pid,
      version,
      phase: phase(),
      sockets: openSockets.size,
      since,
    }),
  });
  const own = createOwnNode(self, answer);
  return { answer, directory: (others) => (others === undefined ? own : withOthers(self, own, others)) };
}
