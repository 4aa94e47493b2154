/** The internal listener: probes and metrics. Never reached from outside; nothing here shows or changes a user. */
import express from "express";
import type { ErrorRequestHandler, Express } from "express";
import type { Registry } from "prom-client";

export interface NodeState {
  readonly phase: "starting" | "ready" | "stopping";
  readonly version: string;
  /** Whether the endpoint exists at all, and who says so. */
  readonly package: { readonly name: string; readonly enabled: boolean; readonly reason: string };
  readonly sockets: number;
  /** Absent where no cluster is wanted. `degraded`: own sockets are served, other nodes are not reached. */
  readonly cluster?: {
    /** Of the Hazelcast cluster. */
    readonly name: string;
    readonly state: "ready" | "degraded";
    /** Why it is not ready. */
    readonly reason: string;
    /** Members of Hazelcast. */
    readonly members: number;
    /** Nodes alive, this one included. */
    readonly nodes: number;
  };
}

/**
 * `/live`: the event loop turns (that it answers is the proof); depends on nothing else, since a restart costs every socket.
 * `/ready`: takes new sockets; a node without its cluster stays ready and says `degraded`. `/started`: start-up is over. `/health`: all of it in words. 200 or 503, always JSON.
 */
export function createInternalApp(
  state: () => NodeState,
  registry: Registry,
  answerFaults: ErrorRequestHandler,
): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.get("/live", (_req, res) => void res.json({ live: true }));
  app.get("/started", (_req, res) => {
    const { phase } = state();
    res.status(phase === "starting" ? 503 : 200).json({ started: phase !== "starting" });
  });
  app.get("/ready", (_req, res) => {
    const { phase, cluster } = state();
    const degraded = cluster?.state === "degraded" ? { status: "degraded", reason: cluster.reason } : {};
    res.status(phase === "ready" ? 200 : 503).json({ ready: phase === "ready", phase, ...degraded });
  });
  app.get("/health", (_req, res) => {
    const { phase, ...rest } = state();
    const up = rest.cluster?.state === "degraded" ? "degraded" : "UP";
    res.status(phase === "ready" ? 200 : 503).json({ status: phase === "ready" ? up : "DOWN", phase, ...rest });
  });
  app.get("/metrics", async (_req, res) => {
    res.set("Content-Type", registry.contentType).send(await registry.metrics());
  });
  app.use((_req, res) => void res.status(404).json({ error: "no such path" }));
  app.use(answerFaults);
  return app;
}
