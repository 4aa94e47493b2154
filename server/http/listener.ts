/** One HTTP listener: bounded in headers and time, started and stopped by a promise each. */
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { upgradeThrough } from "./upgrade.ts";

export interface ListenerOptions {
  /** Names of the settings that say where it listens: part of the message when it cannot. */
  readonly settings: string;
  /** `*` means all addresses. */
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  readonly maxHeaderBytes: number;
  readonly maxHeadersCount: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** For the HTTP part of an upgrade, which passes the app like any other request. */
  readonly upgradeTimeoutMs: number;
}

export interface Listener {
  readonly server: Server;
  /** Resolves with the URL. @throws AddressUnusable in words for whoever started the process */
  start(): Promise<string>;
  /** Takes no more connections and ends idle ones; resolves when the last request is answered. */
  stop(): Promise<void>;
  /** Ends what `stop` still waits for. */
  destroy(): void;
}

/** The address cannot be listened on: taken, not ours, not allowed. */
export class AddressUnusable extends Error {
  readonly code = "OXB-0101";
}

/** Open requests and polls hold their connection for at most this long after the last one. */
const keepAliveTimeoutMs = 5_000;
const timeoutCheckMs = 5_000;
const backlog = 4_096;

export function createListener(app: RequestListener, options: ListenerOptions): Listener {
  const server = createServer(
    {
      maxHeaderSize: options.maxHeaderBytes,
      headersTimeout: options.headersTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      connectionsCheckingInterval: timeoutCheckMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      requireHostHeader: true,
    },
    app,
  );
  server.on(
    "upgrade",
    upgradeThrough(app, options.upgradeTimeoutMs, (connection) => server.emit("connection", connection)),
  );
  server.maxHeadersCount = options.maxHeadersCount;
  return {
    server,
    start: () =>
      new Promise((resolve, reject) => {
        server.once("error", (cause) => reject(unusable(options, cause)));
        const host = options.host === "*" ? undefined : options.host;
        server.listen({ port: options.port, host, backlog }, () => resolve(urlOf(server.address())));
      }),
    stop: () =>
      new Promise((resolve) => {
        server.keepAliveTimeout = 1; // a connection still busy ends with its answer
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    destroy: () => server.closeAllConnections(),
  };
}

function unusable({ host, port, settings }: ListenerOptions, cause: Error): AddressUnusable {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "the port is taken, perhaps by another oxbow",
    EACCES: "not allowed for this system user",
    EADDRNOTAVAIL: "no address of this machine",
  };
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  return new AddressUnusable(`cannot listen on ${host}:${port}: ${reasons[code] ?? cause.message}; set ${settings}`, {
    cause,
  });
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return String(address);
  const anyAddress = ["::", "0.0.0.0"].includes(address.address);
  const host = anyAddress ? "localhost" : address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
