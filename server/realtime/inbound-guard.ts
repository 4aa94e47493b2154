/**
 * What clients may send. App Suite clients send heartbeats, CONNECT and DISCONNECT only; everything else is counted and,
 * over a limit, ends the connection with a proper close code. Stock Socket.IO hands all of it to the application.
 */
import { Decoder } from "socket.io-parser";

/** WebSocket close codes used here (RFC 6455, section 7.4). */
export type CloseCode = 1000 | 1001 | 1002 | 1003 | 1008 | 1011 | 1012;

export interface Violation {
  readonly code: CloseCode;
  /** Fixed words: the label of a counter and the close reason. */
  readonly reason:
    | "binary"
    | "syntax"
    | "depth"
    | "out-of-order" // before CONNECT, or a second one
    | "foreign-namespaces"
    | "too-many-events"
    | "too-many-packets";
}

export interface InboundLimits {
  /** Events that a client may send before it is closed; none is ever handed on. */
  readonly maxEvents: number;
  /** CONNECT packets to namespaces that do not exist. */
  readonly maxForeignConnects: number;
  /** Engine.IO packets and WebSocket pings in one window of ten seconds. */
  readonly maxPacketsPerWindow: number;
}

const maxDepth = 32;
const windowMs = 10_000;

/**
 * What is wrong with one Socket.IO packet by itself, whatever came before.
 * Types: 0 CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK; 4 is the server's, 5 and 6 announce binary attachments.
 */
export function inspectPacket(data: unknown): Violation | undefined {
  if (data === "0") return undefined; // the one packet that an App Suite client sends
  if (typeof data !== "string") return { code: 1003, reason: "binary" };
  if (/^[56]/.test(data)) return { code: 1003, reason: "binary" };
  const [head, type = "", ackId] = /^([0-3])(?:\/[^,]*,?)?(\d*)/.exec(data) ?? [];
  if (head === undefined) return { code: 1002, reason: "syntax" };
  const payload = data.slice(head.length); // a namespace may hold quotes and brackets that are none
  if (depthExceeds(payload, maxDepth)) return { code: 1008, reason: "depth" };
  // The parser takes blanks for an ack id, rounds long ones and passes events without arguments on.
  const sound = !"23".includes(type) || (payload.startsWith("[") && Number.isSafeInteger(Number(ackId)));
  return sound && parses(data) ? undefined : { code: 1002, reason: "syntax" };
}

function parses(data: string): boolean {
  try {
    new Decoder().add(data);
    return true;
  } catch {
    return false; // the parser throws on whatever is no Socket.IO packet
  }
}

/** Counts brackets outside of strings; never parses, so that no nesting can hurt. */
function depthExceeds(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === "\\") i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "[" || char === "{") {
      if (++depth > limit) return true;
    } else if (char === "]" || char === "}") depth--;
  }
  return false;
}

/** Socket.IO's decoder behind the inspection: what was refused never reaches the parser. The guard closes the connection. */
export class GuardedDecoder extends Decoder {
  override add(data: unknown): void {
    if (inspectPacket(data) === undefined) super.add(data);
  }
}

export interface InboundGuard {
  /** A Socket.IO packet came. */
  packet(data: unknown): Violation | undefined;
  /** An Engine.IO packet came. */
  frame(type: string): Violation | undefined;
  /** A WebSocket ping came. */
  ping(): Violation | undefined;
}

/** Packet types of Engine.IO that a client may send: the version decides which side sends pings. */
const clientFrames = { 3: new Set(["ping", "message", "close"]), 4: new Set(["pong", "message", "close"]) } as const;

/** Keeps the counts of one connection. With Engine.IO 3 the server joins the client to `/` unasked. */
export function createInboundGuard(protocol: 3 | 4, limits: InboundLimits, nowMs: () => number): InboundGuard {
  const counts = { events: 0, foreignConnects: 0, frames: 0 };
  let joined = protocol === 3;
  let windowEnds = nowMs() + windowMs;

  const ping = (): Violation | undefined => {
    if (nowMs() >= windowEnds) {
      windowEnds = nowMs() + windowMs;
      counts.frames = 0;
    }
    return ++counts.frames > limits.maxPacketsPerWindow ? { code: 1008, reason: "too-many-packets" } : undefined;
  };

  const connect = (data: string): Violation | undefined => {
    // `/?x` counts as foreign: with Engine.IO 4 it is no query but a namespace.
    if (/^0\/[^,]/.test(data)) {
      const tooMany = ++counts.foreignConnects > limits.maxForeignConnects;
      return tooMany ? { code: 1008, reason: "foreign-namespaces" } : undefined;
    }
    if (joined) return { code: 1002, reason: "out-of-order" };
    joined = true;
    return undefined;
  };

  return {
    packet: (data) => {
      const violation = inspectPacket(data);
      if (violation !== undefined || typeof data !== "string") return violation;
      if (data.startsWith("0")) return connect(data);
      if (!joined) return { code: 1002, reason: "out-of-order" };
      const isEvent = data.startsWith("2") || data.startsWith("3");
      return isEvent && ++counts.events > limits.maxEvents ? { code: 1008, reason: "too-many-events" } : undefined;
    },
    frame: (type) => (clientFrames[protocol].has(type) ? ping() : { code: 1002, reason: "syntax" }),
    ping,
  };
}
