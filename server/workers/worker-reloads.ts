/**
 * A worker is told of a reload from the moment on at which it takes its configuration. One that comes during its start
 * waits for the end of that: it may bring what the configuration did not have yet.
 */
import type { Written } from "../../cascade/index.ts";
import type { ReloadSummary } from "../ops/admin/reload-report.ts";
import type { Peer } from "./ipc.ts";
import { life } from "./protocol.ts";

export interface Reloadable {
  /** Lays ready what the next reload reads. */
  readonly take: (next: Written) => void;
  readonly reload: () => Promise<ReloadSummary>;
}

/** @returns to be called when the worker has started */
export function answerReloads(primary: Pick<Peer, "answer">): (started: Reloadable) => void {
  let tellStarted: (started: Reloadable) => void = () => undefined;
  const started = new Promise<Reloadable>((resolve) => (tellStarted = resolve));
  primary.answer(life.reload, async (settings) => {
    const { take, reload } = await started;
    take(settings);
    return reload();
  });
  return tellStarted;
}
