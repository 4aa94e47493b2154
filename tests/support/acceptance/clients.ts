/**
 * The four client generations with the App Suite's own options, each recording what it gets.
 * A fresh manager per client (`forceNew`), reconnecting as the App Suite does unless a test changes that.
 */
import { afterAll } from "@jest/globals";
import { createRequire } from "node:module";
import { eventually } from "./eventually.ts";
import { type Login, userAgent } from "./http.ts";

export const clientVersions = ["1.7.4", "2.5.0", "3.1.3", "4.8"] as const;
export type ClientVersion = (typeof clientVersions)[number];

/** The Engine.IO protocol a client generation speaks. */
export const protocolOf = (version: ClientVersion): 3 | 4 => (version === "1.7.4" || version === "2.5.0" ? 3 : 4);

export interface ReceivedEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface ClientOptions {
  readonly login?: Pick<Login, "session" | "cookie">;
  readonly connection?: string;
  /** Default `/socket.io/appsuite`, as the App Suite; the library adds the slash. */
  readonly path?: string;
  readonly transports?: readonly string[];
  readonly userAgent?: string;
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

/** The part of a client socket that all generations share. */
interface ClientSocket {
  readonly connected: boolean;
  readonly io: { uri: string; readonly opts: { extraHeaders: Readonly<Record<string, string>> } };
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  emit(event: string, ...args: readonly unknown[]): unknown;
  connect(): unknown;
  close(): unknown;
}
type ClientFactory = (url: string, options: Readonly<Record<string, unknown>>) => ClientSocket;

const require = createRequire(import.meta.url);
const packages = {
  "1.7.4": "socket.io-client-1",
  "2.5.0": "socket.io-client-2",
  "3.1.3": "socket.io-client-3",
  "4.8": "socket.io-client",
} as const;

/** None of the old packages has types: here, once, is said what they export. */
function factoryOf(version: ClientVersion): ClientFactory {
  const factory: unknown = require(packages[version]);
  if (typeof factory !== "function") throw new Error(`${packages[version]} exports no function`);
  return factory as ClientFactory;
}

const open = new Set<ClientSocket>();
afterAll(() => {
  for (const socket of open) socket.close();
});

let serial = 0;
/** Like the App Suite's: milliseconds since the epoch directly followed by a number. */
export const newConnectionId = (): string => `${Date.now()}${String((serial += 1)).padStart(6, "0")}`;

const address = (url: string, session: string | undefined, connection: string): string =>
  `${url}/?${session === undefined ? "" : `session=${session}&`}connection=${connection}`;

/** Starts connecting at once. */
export function connectClient(url: string, version: ClientVersion, options: ClientOptions = {}): RecordingClient {
  const connection = options.connection ?? newConnectionId();
  const socket = factoryOf(version)(address(url, options.login?.session, connection), {
    path: options.path ?? "/socket.io/appsuite",
    transports: options.transports ?? ["websocket"],
    forceNew: true,
    reconnection: options.reconnection ?? true,
    reconnectionAttempts: 25,
    reconnectionDelay: options.reconnectionDelay ?? 1000,
    reconnectionDelayMax: 600_000,
    randomizationFactor: 0,
    extraHeaders: { "User-Agent": options.userAgent ?? userAgent, Cookie: options.login?.cookie ?? "" },
  });
  open.add(socket);
  const received: ReceivedEvent[] = [];
  const life: string[] = [];
  for (const name of ["ox:mail:new", "ox:calendar:updates", "session:invalid", ...(options.events ?? [])])
    socket.on(name, (...args) => received.push({ name, args }));
  if (options.obedient !== false) socket.on("session:invalid", () => socket.close());
  socket.on("connect", () => life.push("connect"));
  socket.on("disconnect", (reason) => life.push(`disconnect: ${String(reason)}`));
  for (const name of ["connect_error", "error"]) socket.on(name, () => life.push("connect_error"));
  return {
    version,
    connection,
    received,
    life,
    isConnected: () => socket.connected,
    connected: async (deadlineMs = 5_000) => {
      await eventually(
        `client ${version} is connected (life so far: ${life.join(", ")})`,
        () => socket.connected,
        deadlineMs,
      );
    },
    event: async (name, accept = () => true, deadlineMs = 5_000) =>
      eventually(
        `client ${version} gets ${name}`,
        () => received.find((event) => event.name === name && accept(event.args[0])),
        deadlineMs,
      ),
    emit: (name, ...args) => void socket.emit(name, ...args),
    relogin: (login, nextConnection) => {
      socket.io.opts.extraHeaders = { ...socket.io.opts.extraHeaders, Cookie: login.cookie };
      socket.io.uri = address(url, login.session, nextConnection);
      socket.connect();
    },
    close: () => {
      socket.close();
      open.delete(socket);
    },
  };
}
