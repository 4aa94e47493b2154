/**
 * Reads the query and method of an Engine.IO request and says what is wrong with it, before anything is looked up.
 * The protocol's own error codes are answered; stock Engine.IO accepts repeated, empty and badly encoded parameters.
 */

export type TransportName = "websocket" | "polling";

export interface HandshakeQuery {
  readonly transport: TransportName;
  /** Engine.IO revision: `EIO=4` is 4, anything else or none is 3. */
  readonly protocol: 3 | 4;
  readonly session: string | undefined;
  /** The browser's own id of this connection. */
  readonly connection: string | undefined;
  /** Id of a running polling session. */
  readonly sid: string | undefined;
}

/** Engine.IO's error codes: the body of the answer names them. */
export const engineErrors = {
  unknownTransport: { code: 0, message: "Transport unknown" },
  unknownSid: { code: 1, message: "Session ID unknown" },
  badMethod: { code: 2, message: "Bad handshake method" },
  badRequest: { code: 3, message: "Bad request" },
} as const;
export type EngineError = (typeof engineErrors)[keyof typeof engineErrors];

export type ReadQuery =
  | { readonly ok: true; readonly query: HandshakeQuery }
  | { readonly ok: false; readonly error: EngineError }
  | { readonly ok: false; readonly allow: string };

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly upgrade: boolean;
}

const used = ["session", "connection", "EIO", "transport", "sid", "j"] as const;
type Used = (typeof used)[number];
const maxConnectionIdLength = 256;

export function readHandshakeQuery(asked: Asked, transports: readonly TransportName[]): ReadQuery {
  const values = usedParameters(asked.url);
  if (values === undefined) return { ok: false, error: engineErrors.badRequest };
  const transport = transports.find((name) => name === values.get("transport"));
  if (transport === undefined) return { ok: false, error: engineErrors.unknownTransport };
  const wrong = wrongMethod(asked, transport, values.has("sid"));
  if (wrong !== undefined) return wrong;
  const connection = values.get("connection");
  if (connection !== undefined && !isPlainId(connection)) return { ok: false, error: engineErrors.badRequest };
  if (values.has("j")) return { ok: false, error: engineErrors.badRequest }; // JSONP lets foreign pages read
  return {
    ok: true,
    query: {
      transport,
      protocol: values.get("EIO") === "4" ? 4 : 3,
      session: values.get("session"),
      connection: connection === "" ? undefined : connection,
      sid: values.get("sid"),
    },
  };
}

function wrongMethod(asked: Asked, transport: TransportName, hasSid: boolean): ReadQuery | undefined {
  if (asked.upgrade !== (transport === "websocket")) return { ok: false, error: engineErrors.badRequest };
  if (asked.method === "GET") return undefined;
  if (asked.upgrade) return { ok: false, error: engineErrors.badMethod };
  if (asked.method !== "POST") return { ok: false, allow: hasSid ? "GET, POST" : "GET" };
  return hasSid ? undefined : { ok: false, error: engineErrors.badMethod };
}

/** The parameters that matter; undefined when one is repeated or badly encoded. */
function usedParameters(url: string): Map<Used, string> | undefined {
  const values = new Map<Used, string>();
  const start = url.indexOf("?");
  for (const pair of start < 0 ? [] : url.slice(start + 1).split("&")) {
    const equals = pair.indexOf("=");
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const known = used.find((one) => one === name);
    if (known === undefined) continue;
    const value = decoded(equals < 0 ? "" : pair.slice(equals + 1));
    if (value === undefined || values.has(known)) return undefined;
    values.set(known, value);
  }
  return values;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined; // a broken escape
  }
}

/** Opaque to us, but it becomes part of room names and views: bounded and printable. */
const isPlainId = (id: string): boolean => id.length <= maxConnectionIdLength && /^[\x20-\x7e]*$/.test(id);
