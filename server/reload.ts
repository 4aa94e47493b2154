/** SIGHUP: settings and directory are read again, and the log says what became of it. */
import type { EmbeddedDirectory } from "../auth/index.ts";
import type { LoadedSettings } from "../cascade/index.ts";
import type { Logger } from "./ops/log.ts";

/** A bad file keeps its last good state; whoever reloads is told where it is bad. Never rejects. */
export function createReload(settings: LoadedSettings, directory: EmbeddedDirectory, log: Logger): () => Promise<void> {
  return async () => {
    const report = await settings.reload();
    for (const { message } of report.problems) log.error({ event: "reload" }, `kept the last good state: ${message}`);
    for (const { message } of report.warnings) log.warn({ event: "reload" }, message);
    for (const name of report.needsRestart) log.warn({ event: "reload" }, `${name} changed: it needs a restart`);
    for (const fault of report.listenerErrors)
      log.error({ event: "reload", err: fault }, "a listener of settings failed");
    const users = await directory.reload();
    if (!users.ok) log.error({ event: "reload" }, `kept the last good users: ${users.error.message}`);
    log.info({ event: "reloaded", changed: report.changed }, "configuration read again");
  };
}
