/**
 * A reload: settings, directory and `noipcheck.cnf` are read again, whoever asks (SIGHUP, the admin API). The report says
 * what became of it, and so does the log.
 */
import type { LoadedSettings } from "../cascade/index.ts";
import type { Accounts } from "./accounts.ts";
import type { Logger } from "./ops/log.ts";
import { joinReports } from "./ops/admin/reload-report.ts";
import type { ReloadSummary } from "./ops/admin/reload-report.ts";
import { whyUnsafe } from "./unsafe-settings.ts";

export interface ReloadDeps {
  readonly settings: LoadedSettings;
  /** Undefined: there are no users of our own. */
  readonly accounts: Pick<Accounts, "directory" | "ipCheck"> | undefined;
  readonly log: Logger;
  /** Other processes of this node, which read again after this one; must not reject. */
  readonly others?: () => Promise<readonly ReloadSummary[]>;
}

/** One after the other; a bad file keeps its last good state, and settings that would stop a start all of it. Never rejects. */
export function createReload(deps: ReloadDeps): () => Promise<ReloadSummary> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const report = last.then(() => reloadNow(deps));
    last = report.catch(() => undefined); // its caller is told; the next one reads again
    return report;
  };
}

async function reloadNow(deps: ReloadDeps): Promise<ReloadSummary> {
  const own = [await reloadSettings(deps), await reloadUsers(deps), await reloadIpCheck(deps)];
  const report = joinReports([...own, ...((await deps.others?.()) ?? [])]);
  deps.log.info({ event: "reloaded", changed: report.changed }, "configuration read again");
  return report;
}

const nothing: ReloadSummary = { changed: [], needsRestart: [], problems: [], warnings: [], listenerErrors: [] };

async function reloadSettings({ settings, log }: ReloadDeps): Promise<ReloadSummary> {
  const report = await settings.reload(whyUnsafe);
  for (const { message } of report.problems) log.error({ event: "reload" }, `kept the last good state: ${message}`);
  for (const { message } of report.warnings) log.warn({ event: "reload" }, message);
  for (const name of report.needsRestart) log.warn({ event: "reload" }, `${name} changed: it needs a restart`);
  for (const fault of report.listenerErrors)
    log.error({ event: "reload", err: fault }, "a listener of settings failed");
  return { ...report, listenerErrors: report.listenerErrors.map(messageOf) };
}

/** The directory tells its own faults to the log. */
async function reloadUsers({ settings, accounts, log }: ReloadDeps): Promise<ReloadSummary> {
  if (accounts === undefined) return nothing;
  const changed = new Set<string>();
  const end = settings.onChange((names) => {
    for (const name of names) changed.add(name);
  });
  const outcome = await accounts.directory.reload().finally(end);
  if (outcome.ok)
    return { ...nothing, changed: [...changed], listenerErrors: outcome.listenerErrors.flatMap(messagesOf) };
  log.error({ event: "reload" }, `kept the last good users: ${outcome.error.message}`);
  return { ...nothing, problems: outcome.error.findings() };
}

async function reloadIpCheck({ accounts, log }: ReloadDeps): Promise<ReloadSummary> {
  const said = (await accounts?.ipCheck.reload()) ?? [];
  for (const says of said) log.warn({ event: "reload" }, says);
  return { ...nothing, warnings: said.map((message) => ({ message })) };
}

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** One listener may pass on to several. */
const messagesOf = (fault: unknown): readonly string[] =>
  fault instanceof AggregateError ? fault.errors.map(messageOf) : [messageOf(fault)];
