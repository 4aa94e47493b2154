/**
 * The socket and its state. It connects as the App Suite's browser client does, with the same options and the same
 * reactions, but tells more: that one is silent about every failure.
 * Not here: what a session is and how it ends (`playground.js`). `/playground/socket.io.js` is Socket.IO's own client.
 */
import { io } from "/playground/socket.io.js";
import { find, onClick, show, write } from "./page.js";

/** @typedef {import("socket.io-client").Socket} Socket */
/** @typedef {{ readonly session: string, readonly connection: string }} SessionToConnect */
/**
 * @typedef {object} Listeners
 * @property {(name: string, args: readonly unknown[]) => void} onEvent
 * @property {() => void} onSessionInvalid the server said so; the socket is closed already
 * @property {() => Promise<void>} onRefused the socket was refused or not reached. The browser hides which of the two
 */

const stateNames = {
  "not-connected": "Not connected",
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  "session-ended": "Session ended",
};
const transportNames = { websocket: "Web Socket", polling: "Long polling" };
const maxAttempts = 25;

/** @param {Listeners} listeners */
export function createConnection(listeners) {
  /** @type {Socket | undefined} */
  let socket;
  /** Undefined: the session was left, and nothing may come back with it. @type {SessionToConnect | undefined} */
  let session;

  onClick("connect", () => (socket?.active ? disconnect() : open()));
  for (const radio of transportRadios()) radio.addEventListener("change", () => socket?.active && open());

  /** @param {SessionToConnect} next */
  function connect(next) {
    session = next;
    show("connect", true);
    open();
  }

  function open() {
    if (session === undefined) return;
    socket?.close();
    const opened = connectAsAppSuite(session);
    socket = opened;
    tell("connecting", "");
    opened.on("connect", () => tell("connected", "Waiting for events."));
    opened.on("connect_error", () => failed(opened));
    opened.on("disconnect", (reason) => lost(opened, reason));
    opened.io.on("reconnect_attempt", (attempt) => tell("reconnecting", `Attempt ${attempt} of ${maxAttempts}.`));
    opened.io.on("reconnect_failed", () => tell("not-connected", "It gave up, as the App Suite does."));
    opened.onAny((/** @type {string} */ name, /** @type {unknown[]} */ ...args) => {
      listeners.onEvent(name, args);
      if (name === "session:invalid") invalid(opened);
    });
  }

  function disconnect() {
    socket?.close();
    tell("not-connected", "Disconnected by you; the session is still valid.");
  }

  /** @param {Socket} ended */
  function invalid(ended) {
    ended.close();
    listeners.onSessionInvalid();
    tell("session-ended", "The server said session:invalid and closed the connection.");
  }

  /** @param {Socket} refused */
  function failed(refused) {
    if (session === undefined) {
      refused.close();
      return;
    }
    tell("reconnecting", "The server refused the connection or was not reached.");
    void listeners.onRefused();
  }

  /**
   * @param {Socket} closed
   * @param {string} reason
   */
  function lost(closed, reason) {
    if (reason === "io client disconnect") return;
    if (session === undefined) {
      closed.close();
      tell("session-ended", `The connection was closed without session:invalid (${reason}).`);
    } else if (closed.active) tell("reconnecting", `The connection was lost (${reason}).`);
    else tell("not-connected", `The server closed this connection for good (${reason}).`);
  }

  /**
   * Forgets the session. An open connection stays: it is the server that ends it, and says so.
   * @param {string} reason
   */
  function leave(reason) {
    session = undefined;
    show("connect", false);
    if (socket?.connected) return;
    socket?.close();
    tell("session-ended", reason);
  }

  /**
   * @param {keyof typeof stateNames} state
   * @param {string} detail
   */
  function tell(state, detail) {
    find("state", HTMLElement).dataset["state"] = state;
    write("state", stateNames[state]);
    write("detail", detail);
    write("transport", state === "connected" && socket ? transportName(socket) : "none");
    write("connect", socket?.active ? "Disconnect" : "Connect");
  }

  return { connect, leave, tell, isConnected: () => socket?.connected === true };
}

/**
 * Facts of the App Suite's client: session and connection id in the URL, and these options.
 * @param {SessionToConnect} to
 */
function connectAsAppSuite({ session, connection }) {
  const query = new URLSearchParams({ session, connection }).toString();
  return io(`${location.origin}/?${query}`, {
    path: "/socket.io/appsuite",
    transports: [chosenTransport()],
    reconnectionAttempts: maxAttempts,
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 600_000,
    randomizationFactor: 0,
    forceNew: true,
  });
}

/** Made as the App Suite makes it: milliseconds since the epoch, then a random number of 32 bits. */
export function newConnectionId() {
  return `${Date.now()}${crypto.getRandomValues(new Uint32Array(1)).join("")}`;
}

/** @param {Socket} socket */
function transportName(socket) {
  const { name } = socket.io.engine.transport;
  return name === "polling" ? transportNames.polling : transportNames.websocket;
}

/** @returns {"websocket" | "polling"} */
function chosenTransport() {
  return transportRadios().some((radio) => radio.checked && radio.value === "polling") ? "polling" : "websocket";
}

/** @returns {HTMLInputElement[]} */
function transportRadios() {
  return [...document.querySelectorAll("input")].filter((input) => input.name === "transport");
}
