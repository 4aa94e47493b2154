/**
 * A stand-in for the App Suite middleware as far as a gateway meets it: login and sessions, whoami, capabilities, the
 * session and configuration look-ups over REST. Written from the middleware's documentation alone, so that it bears
 * witness against the product; nothing of `auth/` may be imported below this folder.
 * For tests, benchmarks and, by `npm run middleware`, for people: nothing of Jest in here.
 */
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import cookieParser from "cookie-parser";
import express, { type Express } from "express";
import { createControlRoutes } from "./control-routes.ts";
import { createDisturbances, type Disturbances } from "./disturbances.ts";
import { createHttpSessions } from "./http-sessions.ts";
import { createLoginRoutes } from "./login-routes.ts";
import { createPageRoutes } from "./page-routes.ts";
import { createPeople, type PersonSketch } from "./people.ts";
import { createProperties } from "./properties.ts";
import { createRestRoutes } from "./rest-routes.ts";
import { createSessionTable } from "./session-table.ts";
import { type Switches, usualSwitches } from "./switches.ts";
import { createSystemRoutes } from "./system-routes.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import type { World } from "./validation.ts";

export interface StandInOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly switches?: Partial<Switches>;
  /** Users besides anton (3), berta (4) and the guest gast (5) in context 1 and carla (3) in context 2. */
  readonly users?: readonly PersonSketch[];
  /** Serves HTTPS with these. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Takes changes at `/control` and has a page at `/`. Default false. */
  readonly byHand?: boolean;
  /** Default: the real one. Monotonic. */
  readonly nowMs?: () => number;
  /** Whose sessions, users and settings it shares: another URL of the same middleware. */
  readonly sharing?: StandIn;
}

/** Switches, people, sessions and properties may be changed at any time. */
export interface StandIn extends World, Pick<Disturbances, "disturb" | "calm"> {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly traffic: Traffic;
  /** Closes every connection. May be called twice. */
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1. The caller stops it. */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const world = options.sharing ?? createWorld(options);
  const disturbances = createDisturbances();
  const traffic = createTraffic();
  const app = createApp(world, disturbances, traffic);
  if (options.byHand === true) {
    app.use("/control", createControlRoutes({ ...world, ...disturbances, traffic }));
    app.use(createPageRoutes());
  }
  app.use((_req, res) => void res.sendStatus(404));
  const server = options.tls === undefined ? createServer(app) : createSecureServer(options.tls, app);
  const port = await listen(server, options.port ?? 0);
  let stopped: Promise<void> | undefined;
  const { switches, people, sessions, properties, httpSessions } = world;
  return {
    switches,
    people,
    sessions,
    properties,
    httpSessions,
    disturb: disturbances.disturb,
    calm: disturbances.calm,
    traffic,
    port,
    url: options.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    stop: () => (stopped ??= close(server)),
  };
}

function createWorld({ switches: given, users, nowMs = () => performance.now() }: StandInOptions): World {
  const switches = { ...usualSwitches, ...given };
  return {
    switches,
    people: createPeople(users),
    sessions: createSessionTable(nowMs, () => switches.sessionLifeMs),
    properties: createProperties(),
    httpSessions: createHttpSessions(),
  };
}

function createApp(world: World, disturbances: Disturbances, traffic: Traffic): Express {
  const app = express().disable("x-powered-by").disable("etag").set("query parser", "simple");
  app.use(traffic.handler, disturbances.handler);
  app.use(cookieParser(), express.urlencoded({ extended: false }));
  app.use(createLoginRoutes(world), createSystemRoutes(world), createRestRoutes(world));
  return app;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", 1_024, resolve);
  });
  return (server.address() as AddressInfo).port;
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
