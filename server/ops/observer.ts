import type { Refusal } from "../http/refusals.ts";
import { createThrottledWarning } from "./log.ts";
import type { Logger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";

/** Where all parts tell what happens to them: counted, and logged as far as somebody should read it. */
export interface Observer {
  readonly metrics: Metrics;
  /** Logs, at most now and then for one key. */
  readonly warn: (key: string, message: string) => void;
  readonly onRefused: (reason: Refusal) => void;
  /** Something of ours failed. */
  readonly onFault: (what: string, cause: unknown) => void;
}

export function createObserver(log: Logger, version: string, nowMs: () => number): Observer {
  const metrics = createMetrics(version);
  const warn = createThrottledWarning(log, nowMs);
  return {
    metrics,
    warn,
    onRefused: (reason) => {
      metrics.handshake(reason);
      warn(reason, "a handshake or request was refused");
    },
    onFault: (what, cause) => log.error({ err: cause }, what),
  };
}
