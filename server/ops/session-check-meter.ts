/** Metrics of the questions to the middleware. */
import { Counter, Gauge, Histogram } from "prom-client";
import type { Registry } from "prom-client";
import type { Meter } from "../../auth/index.ts";

export function createSessionCheckMeter(registry: Registry, nowMs: () => number): Meter {
  const registers = [registry];
  const labelNames = ["question"] as const;
  const seconds = new Histogram({
    name: "oxbow_session_check_seconds",
    help: "Questions to the middleware, from when they go out: whoami, configuration (values of the user), peek (of open sockets)",
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const inFlight = new Gauge({
    name: "oxbow_session_check_in_flight",
    help: "Of those: without an answer yet",
    labelNames,
    registers,
  });
  const shared = new Counter({
    name: "oxbow_session_check_coalesced_total",
    help: "Answers that served without a question of their own",
    labelNames,
    registers,
  });
  const errors = new Counter({
    name: "oxbow_session_check_errors_total",
    help: "Questions that nobody could answer, by reason",
    labelNames: [...labelNames, "reason"],
    registers,
  });
  return {
    asked: (question) => {
      const beganAtMs = nowMs();
      inFlight.inc({ question });
      return (reason) => {
        inFlight.dec({ question });
        seconds.observe({ question }, (nowMs() - beganAtMs) / 1_000);
        if (reason !== undefined) errors.inc({ question, reason });
      };
    },
    shared: (question) => shared.inc({ question }),
  };
}
