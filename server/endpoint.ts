/** `/socket.io` as a whole: its router for the app, the open sockets behind it, and pushes to them. Joined from settings. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Router } from "express";
import { sessionFingerprint } from "../auth/index.ts";
import type { Settings } from "../cascade/index.ts";
import type { Accounts } from "./accounts.ts";
import type { Client } from "./http/client.ts";
import { socketAnswer } from "./http/refusals.ts";
import type { Refusal } from "./http/refusals.ts";
import { createSessionMiddleware } from "./http/session-middleware.ts";
import type { Metrics } from "./ops/metrics.ts";
import { createPushes } from "./push/push.ts";
import type { Pushes } from "./push/push.ts";
import { createAdmissions } from "./realtime/admission.ts";
import { createHandshake } from "./realtime/handshake.ts";
import { createOpenSockets } from "./realtime/open-sockets.ts";
import type { OpenSockets, SocketFacts } from "./realtime/open-sockets.ts";
import { createRealtime } from "./realtime/realtime.ts";
import type { Realtime } from "./realtime/realtime.ts";
import * as limits from "./settings/limits.ts";
import * as websockets from "./settings/websockets.ts";

export interface EndpointDeps {
  readonly settings: Settings;
  readonly accounts: Pick<Accounts, "validate" | "sessions" | "bearsSecret">;
  readonly clientOf: (request: IncomingMessage) => Client;
  readonly isOpen: () => boolean;
  readonly metrics: Metrics;
  readonly onRefused: (reason: Refusal) => void;
  readonly onOpened: (facts: SocketFacts) => void;
  readonly onFault: (what: string, cause: unknown) => void;
  readonly nowMs: () => number;
  readonly nowEpochMs: () => number;
}

export interface Endpoint {
  readonly router: Router;
  readonly openSockets: OpenSockets;
  readonly pushes: Pushes;
  readonly realtime: Realtime;
}

export function createEndpoint(deps: EndpointDeps): Endpoint {
  const { settings, metrics, nowMs } = deps;
  const { validate, sessions, bearsSecret } = deps.accounts;
  const openSockets = createOpenSockets((user) => settings.readFor(limits.maxSocketsPerUser, user));
  const admissions = createAdmissions();
  const realtime = createRealtime(realtimeOptions(settings), {
    admissions,
    openSockets,
    isWelcome: async ({ id, contextId, userId }) =>
      settings.readFor(websockets.websocketsEnabled, { contextId, userId }) && (await sessions.peek(id)) !== undefined,
    nowMs,
    onViolation: metrics.violation,
    onOpened: deps.onOpened,
    onClosed: metrics.closed,
    onFault: deps.onFault,
  });
  sessions.onRemoved(({ id }) => {
    for (const socket of openSockets.ofSession(sessionFingerprint(id))) openSockets.end(socket, "session-ended");
  });
  settings.onChange((names) => {
    if (names.has(websockets.websocketsEnabled.name)) endDisabled(openSockets, settings);
  });
  const requireSession = createSessionMiddleware({
    validate,
    purpose: "socket",
    addressOf: (request) => deps.clientOf(request).address,
    refuse: (_req, res, { reason }) => {
      const { status, headers } = socketAnswer(reason, deps.onRefused);
      res.writeHead(status, headers).end();
    },
  });
  const router = createHandshake({
    engine: realtime.engine,
    admissions,
    transports: settings.read(websockets.transports),
    requireSession,
    bearsSecret,
    clientOf: deps.clientOf,
    allowedOrigins: () => {
      const listed = settings.read(websockets.allowedOrigins);
      return listed.length === 0 ? "same-origin" : listed;
    },
    isOpen: deps.isOpen,
    newConnectionId: randomUUID,
    nowEpochMs: deps.nowEpochMs,
    countRefusal: deps.onRefused,
    countAccepted: () => metrics.handshake("accepted"),
  });
  const maxQueueBytes = settings.read(limits.maxSendQueueBytes);
  const pushes = createPushes({ openSockets, maxQueueBytes, counts: metrics.pushes, nowMs });
  return { router, openSockets, pushes, realtime };
}

/** The feature was switched off for a user: its sockets end like those of an ended session, as it must not come back. */
function endDisabled(openSockets: OpenSockets, settings: Settings): void {
  for (const socket of [...openSockets.all()])
    if (!settings.readFor(websockets.websocketsEnabled, socket.facts)) openSockets.end(socket, "feature-disabled");
}

const realtimeOptions = (settings: Settings) => ({
  transports: settings.read(websockets.transports),
  pingIntervalMs: settings.read(websockets.pingInterval),
  pingTimeoutMs: settings.read(websockets.pingTimeout),
  maxMessageBytes: settings.read(limits.maxMessageBytes),
  connectTimeoutMs: settings.read(limits.connectTimeout),
  sendQueueTimeoutMs: settings.read(limits.sendQueueTimeout),
});
