/** Settings: who may open a socket, and how it is kept alive. */
import { boolean, enumeration, list, origin, setting, timeSpan } from "../../cascade/index.ts";

export const websocketsEnabled = setting({
  name: "com.openexchange.websockets.enabled",
  value: boolean,
  default: true,
  cascade: true,
  reload: true,
  secret: false,
  text: "Whether a user may open a socket.",
});

export const allowedOrigins = setting({
  name: "com.openexchange.oxbow.allowedOrigins",
  value: list(origin),
  default: [],
  defaultText: "empty: same origin",
  cascade: false,
  reload: true,
  secret: false,
  text: "Origins whose pages may open a socket. Empty: only the origin that the browser itself sees the server at. http and ws, https and wss count as one.",
});

export const transports = setting({
  name: "com.openexchange.oxbow.transports",
  value: list(enumeration("websocket", "polling"), { min: 1 }),
  default: ["websocket"],
  cascade: false,
  reload: false,
  secret: false,
  text: "Transports a client may use. `websocket,polling` adds long polling, which needs a proxy that keeps a client at one node.",
});

export const pingInterval = setting({
  name: "com.openexchange.oxbow.pingInterval",
  value: timeSpan({ min: 1_000, max: 300_000 }),
  unit: "ms",
  default: 25_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time between two heartbeats of a connection.",
});

export const pingTimeout = setting({
  name: "com.openexchange.oxbow.pingTimeout",
  value: timeSpan({ min: 1_000, max: 300_000 }),
  unit: "ms",
  default: 20_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time a heartbeat may stay unanswered; then the connection is closed.",
});
