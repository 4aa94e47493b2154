/** The internal listener: probes, metrics, the admin API. Never reached from outside; what shows or changes users is the admin API's. */
import express from "express";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";
import type { Registry } from "prom-client";
import { otherMethods } from "../http/ajax-answer.ts";

export interface NodeState {
  readonly phase: "starting" | "ready" | "stopping";
  readonly version: string;
  /** Whether the endpoint exists at all, and who says so. */
  readonly package: { readonly name: string; readonly enabled: boolean; readonly reason: string };
  readonly sockets: number;
  /** Absent where the node is one process. */
  readonly workers?: { readonly wanted: number; readonly serving: number };
  /** Absent where sessions are our own. */
  readonly sessionSource?:
    | {
        readonly kind: "middleware";
        /** Some URL answers, as far as it was asked. */
        readonly reachable: boolean;
        readonly urls: readonly {
          readonly url: string;
          readonly reachable: boolean;
          readonly lastProblem: string | null;
        }[];
      }
    | undefined;
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
  state: () => NodeState | Promise<NodeState>,
  registry: Pick<Registry, "contentType" | "metrics">,
  admin: RequestHandler,
  answerFaults: ErrorRequestHandler,
): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  for (const [path, answer] of Object.entries(probes(state))) app.route(path).get(answer).all(onlyGet);
  app
    .route("/metrics")
    .get(async (_req, res) => {
      res.set("Content-Type", registry.contentType).send(await registry.metrics());
    })
    .all(onlyGet);
  app.use(admin);
  app.use((_req, res) => void res.status(404).json({ error: "no such path" }));
  app.use(answerFaults);
  return app;
}

/** As long as one worker serves, so does the node. */
const takesSockets = (phase: NodeState["phase"], workers: NodeState["workers"]): boolean =>
  phase === "ready" && workers?.serving !== 0;

/** What is away, though open sockets are served without it. */
function whatIsAway({ cluster, sessionSource }: Pick<NodeState, "cluster" | "sessionSource">): string | undefined {
  if (sessionSource?.reachable === false) return "the middleware does not answer: nobody can open a socket";
  return cluster?.state === "degraded" ? cluster.reason : undefined;
}

const onlyGet = otherMethods("GET, HEAD");

const probes = (state: () => NodeState | Promise<NodeState>): Readonly<Record<string, RequestHandler>> => ({
  "/live": (_req, res) => void res.json({ live: true }),
  "/started": async (_req, res) => {
    const { phase } = await state();
    res.status(phase === "starting" ? 503 : 200).json({ started: phase !== "starting" });
  },
  "/ready": async (_req, res) => {
    const { phase, ...rest } = await state();
    const ready = takesSockets(phase, rest.workers);
    const reason = whatIsAway(rest);
    const degraded = reason === undefined ? {} : { status: "degraded", reason };
    res.status(ready ? 200 : 503).json({ ready, phase, ...degraded });
  },
  "/health": async (_req, res) => {
    const { phase, ...rest } = await state();
    const { workers } = rest;
    const ready = takesSockets(phase, workers);
    const lacksWorkers = workers !== undefined && workers.serving < workers.wanted;
    const up = lacksWorkers || whatIsAway(rest) !== undefined ? "degraded" : "UP";
    res.status(ready ? 200 : 503).json({ status: ready ? up : "DOWN", phase, ...rest });
  },
});
