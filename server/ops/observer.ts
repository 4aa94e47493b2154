import { SessionsUnreachableError } from "../../auth/index.ts";
import type { Refusal, RequestRefusal } from "../http/refusals.ts";
import { considerXForwards, knownProxies } from "../settings/network.ts";
import { allowedOrigins } from "../settings/websockets.ts";
import { createThrottledWarning } from "./log.ts";
import type { Logger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";

/** Where all parts tell what happens to them: counted, and logged as far as somebody should read it. */
export interface Observer {
  readonly metrics: Metrics;
  /** Logs, at most now and then for one key. */
  readonly warn: (key: string, message: string) => void;
  readonly onHandshakeRefused: (reason: Refusal) => void;
  readonly onRequestRefused: (reason: RequestRefusal) => void;
  /** Something of ours failed. */
  readonly onFault: (what: string, cause: unknown) => void;
}

export function createObserver(log: Logger, version: string, nowMs: () => number): Observer {
  const metrics = createMetrics(version);
  const warn = createThrottledWarning(log, nowMs);
  const warnOfRequest = createThrottledWarning(log, nowMs); // of the same reasons: neither hides the other
  return {
    metrics,
    warn,
    onHandshakeRefused: (reason) => {
      metrics.handshake(reason);
      warn(reason, `a handshake was refused${advice[reason] ?? ""}`);
    },
    onRequestRefused: (reason) => {
      metrics.requestRefused(reason);
      warnOfRequest(reason, "a request was refused");
    },
    onFault: (what, cause) => {
      // an outage of the members, which each request comes upon
      if (cause instanceof SessionsUnreachableError) warn(cause.code, `${what}: ${cause.message}`);
      else log.error({ err: cause }, what);
    },
  };
}

/** What a wrong setting of ours or of a proxy looks like from here, where no browser tells its user more than "failed". */
const advice: Partial<Readonly<Record<Refusal, string>>> = {
  origin:
    ": its page has another origin than this server sees itself at. If that is wrong, set " +
    `${considerXForwards.name} and ${knownProxies.name} (behind a proxy), or ${allowedOrigins.name}`,
};
