/** A socket that only remembers what is done to it, for tests of what decides about sockets. */
import type { OpenSocket, SocketEnd, SocketFacts } from "../../../server/realtime/open-sockets.ts";

export interface RecordedSocket extends OpenSocket {
  /** How it was closed, each time that it was. */
  readonly ends: readonly SocketEnd[];
  /** What was written, packet by packet. */
  readonly packets: readonly string[];
}

/** What a test is about; the rest is a socket of user 3 whose transport takes everything at once. */
type Changes = Partial<SocketFacts & Pick<OpenSocket, "transport" | "confirm" | "queuedBytes" | "write" | "stuckMs">>;

export function recordedSocket(changes: Changes = {}): RecordedSocket {
  const { transport = "websocket", confirm, write, queuedBytes = () => 0, stuckMs = () => 0, ...facts } = changes;
  const ends: SocketEnd[] = [];
  const packets: string[] = [];
  return {
    facts: {
      contextId: 1,
      userId: 3,
      session: "fingerprint-a",
      connection: "connection-1",
      client: "open-xchange-appsuite",
      address: "192.0.2.1",
      path: "/socket.io/appsuite/",
      protocol: 4,
      sinceMs: 1_700_000_000_000,
      ...facts,
    },
    transport,
    ends,
    packets,
    confirm,
    queuedBytes,
    stuckMs,
    close: (end) => void ends.push(end),
    write: (texts, done) => {
      packets.push(...texts);
      if (write === undefined) done(true);
      else write(texts, done);
    },
  };
}
