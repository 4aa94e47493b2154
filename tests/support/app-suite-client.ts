/**
 * Connects as the App Suite's page does, with its own options, through each generation of the client library that
 * must work. The old packages have no types; the part that all four share is written down here.
 * Not here: what a page does with an event, and logging in.
 */
import { createRequire } from "node:module";

const packages = {
  "1.7.4": "socket.io-client-1",
  "2.5.0": "socket.io-client-2",
  "3.1.3": "socket.io-client-3",
  "4.8": "socket.io-client",
} as const;

export type ClientVersion = keyof typeof packages;
export const clientVersions: readonly ClientVersion[] = ["1.7.4", "2.5.0", "3.1.3", "4.8"];

/** The Engine.IO protocol that a version speaks. */
export const protocolOf = (version: ClientVersion): 3 | 4 => (version === "1.7.4" || version === "2.5.0" ? 3 : 4);

/** What all versions have in common. `disconnect` comes with a reason, `connect_error` with an error. */
export interface ClientSocket {
  readonly connected: boolean;
  /** Its `uri` is what the next attempt to connect uses. */
  readonly io: { uri: string };
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  once(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  emit(event: string, ...args: readonly unknown[]): unknown;
  connect(): unknown;
  close(): unknown;
}

type Connect = (url: string, options: Readonly<Record<string, unknown>>) => ClientSocket;

export interface AppSuiteConnection {
  readonly version: ClientVersion;
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  /** Left out only to see what happens then. */
  readonly session?: string;
  /** Default: a new one, formed as the page forms it. */
  readonly connection?: string;
  /** The `Cookie` header of the login. */
  readonly cookie?: string;
  /** The one used at the login: the secret cookie's name depends on it. */
  readonly userAgent?: string;
  /** Options of the library that a test changes on purpose, such as `path`, `transports` or `reconnection`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Starts to connect at once. The caller closes the socket. */
export function connectAppSuite(wanted: AppSuiteConnection): ClientSocket {
  return connectOf(wanted.version)(addressOf(wanted), {
    path: "/socket.io/appsuite",
    transports: ["websocket"],
    reconnectionAttempts: 25,
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 600_000,
    randomizationFactor: 0,
    // A browser adds these two by itself.
    extraHeaders: {
      ...(wanted.cookie === undefined ? {} : { Cookie: wanted.cookie }),
      ...(wanted.userAgent === undefined ? {} : { "User-Agent": wanted.userAgent }),
    },
    forceNew: true,
    ...wanted.options,
  });
}

/** Milliseconds since the epoch directly followed by a random unsigned 32-bit number. */
export const newConnectionId = (): string => `${Date.now()}${Math.floor(Math.random() * 2 ** 32)}`;

/** The page puts the query into the address; then the library ignores its own option for it. */
export function addressOf(wanted: Pick<AppSuiteConnection, "url" | "session" | "connection">): string {
  const query = new URLSearchParams({
    ...(wanted.session === undefined ? {} : { session: wanted.session }),
    connection: wanted.connection ?? newConnectionId(),
  });
  return `${wanted.url}/?${query.toString()}`;
}

const require = createRequire(import.meta.url);

function connectOf(version: ClientVersion): Connect {
  const library: unknown = require(packages[version]);
  if (!isConnect(library)) throw new Error(`${packages[version]} exports no function`);
  return library;
}

/** All four export the function that connects; a wrong package would fail here, not somewhere in a test. */
const isConnect = (library: unknown): library is Connect => typeof library === "function";
