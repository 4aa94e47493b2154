/**
 * What the handshake found out, handed from the HTTP side to the Socket.IO side. Keyed by the request itself: whoever
 * holds a connection without an admission did not come through the handshake.
 */
import type { IncomingMessage } from "node:http";
import type { Session } from "../../auth/session.ts";
import type { SocketFacts } from "./open-sockets.ts";

export interface Admission {
  readonly session: Session;
  readonly facts: SocketFacts;
}

export interface Admissions {
  admit(request: IncomingMessage, admission: Admission): void;
  of(request: IncomingMessage): Admission | undefined;
}

export function createAdmissions(): Admissions {
  const admitted = new WeakMap<IncomingMessage, Admission>();
  return {
    admit: (request, admission) => void admitted.set(request, admission),
    of: (request) => admitted.get(request),
  };
}
