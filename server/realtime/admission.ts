/**
 * What the handshake found out, handed from the HTTP side to the Socket.IO side. Keyed by the request itself: whoever
 * holds a connection without an admission did not come through the handshake.
 */
import type { IncomingMessage } from "node:http";
import type { Socket as EngineSocket } from "engine.io";
import type { Session } from "../../auth/session.ts";
import type { SocketFacts } from "./open-sockets.ts";

export interface Admission {
  readonly session: Session;
  readonly facts: SocketFacts;
}

export interface Admissions {
  admit(request: IncomingMessage, admission: Admission): void;
  of(request: IncomingMessage): Admission | undefined;
  /** The connection that a request opened; its admission is found by `sid` until it closes. */
  opened(connection: EngineSocket): void;
  ofSid(sid: string): Admission | undefined;
}

export function createAdmissions(): Admissions {
  const byRequest = new WeakMap<IncomingMessage, Admission>();
  const bySid = new Map<string, Admission>();
  return {
    admit: (request, admission) => void byRequest.set(request, admission),
    of: (request) => byRequest.get(request),
    opened: (connection) => {
      const admission = byRequest.get(connection.request);
      const sid = sidOf(connection);
      if (admission === undefined || sid === undefined) return;
      bySid.set(sid, admission);
      connection.once("close", () => bySid.delete(sid));
    },
    ofSid: (sid) => bySid.get(sid),
  };
}

/** Declared private by Engine.IO, though it is what clients send. */
const sidOf = (connection: object): string | undefined =>
  "id" in connection && typeof connection.id === "string" ? connection.id : undefined;
