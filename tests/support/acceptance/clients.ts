/** The App Suite's clients, each recording what it gets and what becomes of its connection. */
import { onCleanUp } from "../clean-up.ts";
import {
  addressOf,
  type ClientSocket,
  type ClientVersion,
  connectAppSuite,
  newConnectionId,
} from "../app-suite-client.ts";
import { waitFor } from "../wait-for.ts";
import { type Login, userAgent } from "./http.ts";

export { type ClientVersion, clientVersions, newConnectionId, protocolOf } from "../app-suite-client.ts";

export interface ReceivedEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface ClientOptions {
  readonly login: Pick<Login, "session" | "cookie">;
  readonly connection?: string;
  /** Default `/socket.io/appsuite`, as the App Suite; the library adds the slash. */
  readonly path?: string;
  readonly transports?: readonly string[];
  readonly reconnection?: boolean;
  readonly reconnectionDelay?: number;
  /** Events to record besides those the App Suite listens to. */
  readonly events?: readonly string[];
  /** Closes itself on `session:invalid`, as the App Suite does; default true. */
  readonly obedient?: boolean;
}

export interface RecordingClient {
  readonly version: ClientVersion;
  readonly connection: string;
  readonly received: readonly ReceivedEvent[];
  /** `connect`, `connect_error`, `disconnect: <reason>` in order of arrival. */
  readonly life: readonly string[];
  isConnected(): boolean;
  connected(deadlineMs?: number): Promise<void>;
  /** The first recorded event of this name whose first argument passes the test. */
  event(name: string, accept?: (payload: unknown) => boolean, deadlineMs?: number): Promise<ReceivedEvent>;
  emit(name: string, ...args: readonly unknown[]): void;
  /** What the App Suite does after a new login: another session in the manager's address, then `connect()`. */
  relogin(login: Pick<Login, "session" | "cookie">, connection: string): void;
  close(): void;
}

/** Starts connecting at once; closed when the test, or the file, is over. */
export function connectClient(url: string, version: ClientVersion, options: ClientOptions): RecordingClient {
  const connection = options.connection ?? newConnectionId();
  const headers = { "User-Agent": userAgent, Cookie: options.login.cookie };
  const socket = connectAppSuite({
    version,
    url,
    session: options.login.session,
    connection,
    options: { ...given(options), extraHeaders: headers },
  });
  onCleanUp(() => socket.close());
  return { ...record(socket, version, options), version, connection, relogin: relogin(socket, url, headers) };
}

/** The library's options that were given; one that is there but undefined would replace the App Suite's. */
const given = ({ path, transports, reconnection, reconnectionDelay }: ClientOptions): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ path, transports, reconnection, reconnectionDelay }).filter(([, value]) => value !== undefined),
  );

/** A browser would send the new cookies by itself: the headers object is the one that the library keeps. */
function relogin(socket: ClientSocket, url: string, headers: Record<string, string>): RecordingClient["relogin"] {
  return (login, connection) => {
    headers["Cookie"] = login.cookie;
    socket.io.uri = addressOf({ url, session: login.session, connection });
    socket.connect();
  };
}

type Recording = Omit<RecordingClient, "version" | "connection" | "relogin">;

function record(socket: ClientSocket, version: ClientVersion, options: ClientOptions): Recording {
  const received: ReceivedEvent[] = [];
  const life: string[] = [];
  const names = ["ox:mail:new", "ox:calendar:updates", "session:invalid", ...(options.events ?? [])];
  for (const name of new Set(names)) socket.on(name, (...args) => received.push({ name, args }));
  if (options.obedient !== false) socket.on("session:invalid", () => socket.close());
  socket.on("connect", () => life.push("connect"));
  socket.on("disconnect", (reason) => life.push(`disconnect: ${String(reason)}`));
  socket.on("connect_error", () => life.push("connect_error"));
  return {
    received,
    life,
    isConnected: () => socket.connected,
    connected: async (deadlineMs = 5_000) => {
      await waitFor(`client ${version} is connected`, () => socket.connected, deadlineMs);
    },
    event: async (name, accept = () => true, deadlineMs = 5_000) =>
      waitFor(
        `client ${version} gets ${name}`,
        () => received.find((event) => event.name === name && accept(event.args[0])),
        deadlineMs,
      ),
    emit: (name, ...args) => void socket.emit(name, ...args),
    close: () => void socket.close(),
  };
}
