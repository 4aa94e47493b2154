/** The ways by which pushes come in, joined with the open sockets. */
import { randomUUID } from "node:crypto";
import type { RequestHandler, Router } from "express";
import type { Directory } from "../auth/index.ts";
import type { Settings } from "../cascade/index.ts";
import { createHttpNotifyRoutes } from "./http/http-notify.ts";
import { createPushApiRoutes } from "./http/push-api.ts";
import type { Metrics } from "./ops/metrics.ts";
import type { Pushes } from "./push/push.ts";
import { createRepeats } from "./push/repeats.ts";
import { maxBodyBytes } from "./settings/limits.ts";
import { replayWindow } from "./settings/push.ts";

export interface ProducersDeps {
  readonly settings: Settings;
  readonly requireBasicAuth: RequestHandler;
  readonly directory: Directory;
  readonly pushes: Pushes;
  readonly isOpen: () => boolean;
  readonly metrics: Metrics;
  /** Logs, at most now and then for one key. */
  readonly warn: (key: string, message: string) => void;
  readonly nowMs: () => number;
}

export function createProducers(deps: ProducersDeps): readonly Router[] {
  const { settings, requireBasicAuth, directory, pushes, isOpen, metrics, warn, nowMs } = deps;
  const shared = { requireBasicAuth, directory, isOpen, maxBodyBytes: settings.read(maxBodyBytes), nowMs };
  return [
    createHttpNotifyRoutes({
      ...shared,
      deliver: (push) => void pushes.deliver(push),
      onMalformed: (problem) => {
        metrics.invalidRequest("http-notify");
        warn("http-notify", `a mail notification was refused: ${problem}`);
      },
    }),
    createPushApiRoutes({
      ...shared,
      deliver: (push) => pushes.deliver(push),
      repeats: createRepeats(() => settings.read(replayWindow), nowMs),
      newPushId: randomUUID,
    }),
  ];
}
