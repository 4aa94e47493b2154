/** What a node says of settings, of a user and of a reload, for tests of how it is asked. */
import type { ConfigEntry } from "../../../../../server/ops/admin/config-entry.ts";
import type { Inspector } from "../../../../../server/ops/admin/node-questions.ts";
import type { ReloadSummary } from "../../../../../server/ops/admin/reload-report.ts";

export const enabledName = "com.openexchange.websockets.enabled";
export const enabledEntry: ConfigEntry = {
  name: enabledName,
  value: "false",
  scope: "contextSets",
  place: "trial.yml:3",
  file: "trial.yml",
  line: 3,
  set: "trial",
  withTags: "trial",
  loaded: "2026-01-31T08:15:00.000Z",
  shadows: [
    {
      value: "true",
      scope: "server",
      place: "a.properties:1",
      file: "a.properties",
      line: 1,
      loaded: "2026-01-31T08:15:00.000Z",
    },
  ],
  setting: { cascade: true, reloadable: true },
};
export const anton = { context: 1, user: 3, login: "anton" };
export const inspector: Inspector = {
  config: (_prefix, asked) =>
    asked?.context === "nowhere"
      ? { unknown: "there is no context of that name" }
      : { person: anton, entries: [enabledEntry] },
  standing: () =>
    Promise.resolve({
      person: anton,
      package: { name: "open-xchange-websockets-grizzly", enabled: true, reason: "nothing disables it" },
      enabled: enabledEntry,
      mayOpen: false,
      users: { context: "enabled", user: "enabled", guest: false, sessions: ["0123456789abcdef"] },
    }),
  refusals: { of: () => [{ reason: "websockets-disabled", atMs: 0 }] },
};
export const reloaded: ReloadSummary = {
  changed: ["a.name"],
  needsRestart: [],
  problems: [{ message: "x.properties:3: b.name is wrong", name: "b.name", file: "x.properties", line: 3 }],
  warnings: [],
  listenerErrors: [],
};
