/**
 * Settings of the client that the adapter makes, each for a reason, and what is risky in a client that is given.
 */
import type { ClientConfig } from "./hazelcast-client.ts";

const CONNECT_TIMEOUT_MS = 5_000;

const PROPERTIES: Readonly<Record<string, string | number | boolean>> = {
  // with it, calls that are queued when a connection dies never settle
  "hazelcast.client.autopipelining.enabled": false,
  // a half-open connection is noticed after 5 s; members must throw a frozen one out no sooner than that
  "hazelcast.client.heartbeat.interval": 1_000,
  "hazelcast.client.heartbeat.timeout": 5_000,
  "hazelcast.client.invocation.timeout.millis": 10_000,
  "hazelcast.client.invocation.retry.pause.millis": 200,
  // a frozen backup must not stall every write for 5 s
  "hazelcast.client.operation.backup.timeout.millis": 300,
};

const LEVEL_WARN = 1;

type ReconnectMode = NonNullable<NonNullable<ClientConfig["connectionStrategy"]>["reconnectMode"]>;
type Logger = NonNullable<ClientConfig["customLogger"]>;

/** The client's configuration with our settings where the application has none, and where ours are not a matter of taste. */
export function ownClientConfig(
  config: ClientConfig,
  reconnectMode: ReconnectMode,
  onWarning: (message: string) => void,
): ClientConfig {
  return {
    ...config,
    metrics: config.metrics ?? { enabled: false },
    properties: { ...PROPERTIES, ...config.properties },
    // a repeated add would be written ten times a second of an outage
    network: { connectionTimeout: CONNECT_TIMEOUT_MS, ...config.network, redoOperation: false },
    connectionStrategy: {
      ...config.connectionStrategy,
      // started in the background it would open a single connection; calls of mode ON are repeated by the hundred
      asyncStart: false,
      reconnectMode,
      connectionRetry: {
        initialBackoffMillis: 100,
        maxBackoffMillis: 2_000,
        multiplier: 1.5,
        jitter: 0.2,
        ...config.connectionStrategy?.connectionRetry,
        // without an end, closing before the first connection would never be over; the link makes a new client
        clusterConnectTimeoutMillis: CONNECT_TIMEOUT_MS,
      },
    },
    customLogger: rememberingLogger(config.customLogger, onWarning),
  };
}

/** What an operator should change about a client that was given. */
export function warningsAbout(config: ClientConfig, wantedMode: ReconnectMode): string[] {
  const warnings: string[] = [];
  const { connectionStrategy, network, properties } = config;
  if (connectionStrategy?.asyncStart === true)
    warnings.push("the Hazelcast client has asyncStart on: it uses one connection only");
  if (network?.redoOperation === true)
    warnings.push("the Hazelcast client has redoOperation on: after an outage each write is repeated many times");
  if (connectionStrategy?.reconnectMode !== wantedMode) {
    warnings.push(
      "the Hazelcast client does not use reconnectMode ASYNC: after an outage reads are repeated many times",
    );
  }
  if (properties?.["hazelcast.client.autopipelining.enabled"] !== false) {
    warnings.push(
      "the Hazelcast client has hazelcast.client.autopipelining.enabled on: writes may stay unsettled when a connection is lost",
    );
  }
  return warnings;
}

/** Every failed start says "Unable to connect to any cluster"; the reason stands only in the client's log. */
function rememberingLogger(own: Logger | undefined, onWarning: (message: string) => void): Logger {
  const note = (objectName: string, message: string): void => {
    if (objectName.startsWith("Connection")) onWarning(message);
  };
  return {
    log: (level, objectName, message, furtherInfo) => {
      if ((level as number) <= LEVEL_WARN) note(objectName, message);
      own?.log(level, objectName, message, furtherInfo);
    },
    error: (objectName, message, furtherInfo) => {
      note(objectName, message);
      own?.error(objectName, message, furtherInfo);
    },
    warn: (objectName, message, furtherInfo) => {
      note(objectName, message);
      own?.warn(objectName, message, furtherInfo);
    },
    info: (objectName, message, furtherInfo) => own?.info(objectName, message, furtherInfo),
    debug: (objectName, message, furtherInfo) => own?.debug(objectName, message, furtherInfo),
    trace: (objectName, message, furtherInfo) => own?.trace(objectName, message, furtherInfo),
  };
}
