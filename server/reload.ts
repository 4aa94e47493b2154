/** SIGHUP: settings, directory and `noipcheck.cnf` are read again, and the log says what became of it. */
import type { LoadedSettings } from "../cascade/index.ts";
import type { Accounts } from "./accounts.ts";
import type { Logger } from "./ops/log.ts";
import { whyUnsafe } from "./unsafe-settings.ts";

/**
 * A bad file keeps its last good state, and settings that would stop a start all of it; whoever reloads is told where it is bad. Never rejects.
 * @param others what else reads again; must not reject
 */
export function createReload(
  settings: LoadedSettings,
  accounts: Pick<Accounts, "directory" | "ipCheck"> | undefined,
  log: Logger,
  others: () => Promise<void> = () => Promise.resolve(),
): () => Promise<void> {
  return async () => {
    const report = await settings.reload(whyUnsafe);
    for (const { message } of report.problems) log.error({ event: "reload" }, `kept the last good state: ${message}`);
    for (const { message } of report.warnings) log.warn({ event: "reload" }, message);
    for (const name of report.needsRestart) log.warn({ event: "reload" }, `${name} changed: it needs a restart`);
    for (const fault of report.listenerErrors)
      log.error({ event: "reload", err: fault }, "a listener of settings failed");
    const users = await accounts?.directory.reload();
    if (users?.ok === false) log.error({ event: "reload" }, `kept the last good users: ${users.error.message}`);
    for (const says of (await accounts?.ipCheck.reload()) ?? []) log.warn({ event: "reload" }, says);
    await others();
    log.info({ event: "reloaded", changed: report.changed }, "configuration read again");
  };
}
