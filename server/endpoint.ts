/** `/socket.io` as a whole: its middleware for the app, the open sockets behind it, and pushes to them. Joined from settings. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { sessionFingerprint } from "../auth/index.ts";
import type { SessionSource } from "../auth/index.ts";
import type { Settings, UserRef } from "../cascade/index.ts";
import type { Client } from "./http/client.ts";
import { socketAnswer } from "./http/refusals.ts";
import type { Refusal } from "./http/refusals.ts";
import { createSessionMiddleware, sessionRequestOf } from "./http/session-middleware.ts";
import type { Metrics } from "./ops/metrics.ts";
import type { RefusalMemory } from "./ops/refusal-memory.ts";
import { createPushes } from "./push/push.ts";
import type { Pushes } from "./push/push.ts";
import { createAdmissions } from "./realtime/admission.ts";
import { createEndDisabled } from "./realtime/end-disabled.ts";
import { createHandshakeLimits } from "./realtime/handshake-limits.ts";
import { createHandshake } from "./realtime/handshake.ts";
import { createOpenSockets } from "./realtime/open-sockets.ts";
import type { OpenSockets, SocketFacts } from "./realtime/open-sockets.ts";
import type { Allowed } from "./realtime/origin.ts";
import { createRealtime } from "./realtime/realtime.ts";
import type { Realtime } from "./realtime/realtime.ts";
import { createWaitingHandshakes } from "./realtime/waiting-handshakes.ts";
import type { WaitingHandshakes } from "./realtime/waiting-handshakes.ts";
import { maxHandshakesPerAddress } from "./settings/admission.ts";
import { handshakeHold, maxWaitingHandshakes } from "./settings/handshakes.ts";
import * as limits from "./settings/limits.ts";
import * as websockets from "./settings/websockets.ts";
import type { Siblings } from "./workers/siblings.ts";

export interface EndpointDeps {
  readonly settings: Settings;
  readonly source: SessionSource;
  readonly clientOf: (request: IncomingMessage) => Client;
  readonly isOpen: () => boolean;
  readonly metrics: Metrics;
  readonly onRefused: (reason: Refusal) => void;
  /** For whoever asks why somebody has no push. */
  readonly refusals: Pick<RefusalMemory, "note">;
  readonly onOpened: (facts: SocketFacts) => void;
  readonly onFault: (what: string, cause: unknown) => void;
  /** The other processes of this node, which know each other's sockets; undefined: there are none. */
  readonly siblings?: Siblings | undefined;
  readonly nowMs: () => number;
  readonly nowEpochMs: () => number;
}

export interface Endpoint {
  readonly handshake: RequestHandler;
  readonly openSockets: OpenSockets;
  readonly pushes: Pushes;
  readonly realtime: Realtime;
  readonly waiting: WaitingHandshakes;
}

export function createEndpoint(deps: EndpointDeps): Endpoint {
  const { settings, source, metrics, siblings, nowMs } = deps;
  const maxSocketsOf = (user: UserRef): number => settings.readFor(limits.maxSocketsPerUser, user);
  const ownSockets = createOpenSockets(maxSocketsOf);
  const openSockets = siblings?.share(ownSockets) ?? ownSockets;
  const admissions = createAdmissions();
  const handshakeLimits = createHandshakeLimits({
    maxPerAddress: () => settings.read(maxHandshakesPerAddress),
    maxSocketsOf,
    nowMs,
    random: Math.random,
  });
  const realtime = createRealtime(realtimeOptions(settings), {
    admissions,
    handshakeLimits,
    openSockets,
    ...(siblings === undefined ? {} : { announce: siblings.announce }),
    isWelcome: async (session) => (await source.mayOpen(session)) && (await source.isAlive(session)),
    followSession: (session) => source.follow(session),
    nowMs,
    onViolation: metrics.violation,
    onOpened: deps.onOpened,
    onClosed: metrics.closed,
    onFault: deps.onFault,
  });
  source.onEnded(({ id }, end) => {
    const how = end === "websockets-disabled" ? "feature-disabled" : "session-ended";
    for (const socket of openSockets.ofSession(sessionFingerprint(id))) openSockets.end(socket, how);
  });
  const endDisabled = createEndDisabled({ ...deps, openSockets, mayOpen: (user) => source.mayOpen(user) });
  settings.onChange((names) => {
    if (names.has(websockets.websocketsEnabled.name)) void endDisabled();
  });
  const waiting = createWaitingHandshakes({
    validate: source.validate,
    holdMs: () => settings.read(handshakeHold),
    maxWaiting: () => settings.read(maxWaitingHandshakes),
    isOpen: deps.isOpen,
    nowMs,
  });
  const handshake = createHandshake({
    engine: realtime.engine,
    admissions,
    limits: handshakeLimits,
    transports: settings.read(websockets.transports),
    requireSession: createRequireSession(deps, waiting),
    bearsSecret: (request, session) => source.bearsSecret(sessionRequestOf(request, "socket", undefined), session),
    clientOf: deps.clientOf,
    allowedOrigins: () => allowedOriginsOf(settings),
    isOpen: deps.isOpen,
    newConnectionId: randomUUID,
    nowEpochMs: deps.nowEpochMs,
    countRefusal: deps.onRefused,
    noteRefusal: (reason, who) => deps.refusals.note(reason, who),
    countAccepted: () => metrics.handshake("accepted"),
  });
  const maxQueueBytes = settings.read(limits.maxSendQueueBytes);
  const pushes = createPushes({ openSockets, maxQueueBytes, counts: metrics.pushes, nowMs });
  return { handshake, openSockets, pushes, realtime, waiting };
}

/** The steps of a regular request, for sockets: a handshake whose check cannot be made waits for it. */
const createRequireSession = (deps: EndpointDeps, waiting: WaitingHandshakes) =>
  createSessionMiddleware({
    validate: (request, req, res) => {
      const { scheme, host } = deps.clientOf(req);
      return waiting.validate({ ...request, scheme, host }, res);
    },
    purpose: "socket",
    addressOf: (request) => deps.clientOf(request).address,
    refuse: (_req, res, refused) => {
      const { session, sessionId } = refused;
      const reason = deps.isOpen() ? refused.reason : "draining";
      const who = session ?? (sessionId === undefined ? undefined : { sessionId });
      if (who !== undefined) deps.refusals.note(reason, who);
      const { status, headers } = socketAnswer(reason, deps.onRefused);
      res.writeHead(status, headers).end();
    },
  });

const allowedOriginsOf = (settings: Settings): Allowed => {
  const listed = settings.read(websockets.allowedOrigins);
  return listed.length === 0 ? "same-origin" : listed;
};

const realtimeOptions = (settings: Settings) => ({
  transports: settings.read(websockets.transports),
  pingIntervalMs: settings.read(websockets.pingInterval),
  pingTimeoutMs: settings.read(websockets.pingTimeout),
  maxMessageBytes: settings.read(limits.maxMessageBytes),
  connectTimeoutMs: settings.read(limits.connectTimeout),
  sendQueueTimeoutMs: settings.read(limits.sendQueueTimeout),
});
