/** The ways by which pushes come in, joined with the open sockets. */
import { randomUUID } from "node:crypto";
import type { RequestHandler, Router } from "express";
import type { Directory } from "../auth/index.ts";
import type { Settings } from "../cascade/index.ts";
import { createHttpNotifyRoutes } from "./http/http-notify.ts";
import { createPushApiRoutes } from "./http/push-api.ts";
import type { Metrics } from "./ops/metrics.ts";
import type { Delivery, Push } from "./push/push.ts";
import type { Repeats } from "./push/repeats.ts";
import { maxBodyBytes } from "./settings/limits.ts";

export interface ProducersDeps {
  readonly settings: Settings;
  readonly requireBasicAuth: RequestHandler;
  /** Undefined: users are known elsewhere, and pushes are taken for any. */
  readonly directory: Directory | undefined;
  /** Delivers here and, in a cluster, on the other nodes. */
  readonly accept: (push: Push, waitMs?: number) => Delivery;
  /** Ids of pushes that came before. */
  readonly repeats: Repeats;
  readonly isOpen: () => boolean;
  readonly metrics: Metrics;
  /** Logs, at most now and then for one key. */
  readonly warn: (key: string, message: string) => void;
  readonly nowMs: () => number;
}

export function createProducers(deps: ProducersDeps): readonly Router[] {
  const { settings, requireBasicAuth, directory, accept, isOpen, metrics, warn, nowMs } = deps;
  const shared = { requireBasicAuth, directory, isOpen, maxBodyBytes: settings.read(maxBodyBytes), nowMs };
  return [
    createHttpNotifyRoutes({
      ...shared,
      deliver: (push) => void accept(push),
      onMalformed: (problem) => {
        metrics.invalidRequest("http-notify");
        warn("http-notify", `a mail notification was refused: ${problem}`);
      },
    }),
    createPushApiRoutes({
      ...shared,
      deliver: accept,
      repeats: deps.repeats,
      newPushId: randomUUID,
    }),
  ];
}
