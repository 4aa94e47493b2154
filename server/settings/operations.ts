/** Settings: how the process is watched and stopped. */
import { enumeration, optional, setting, text, timeSpan } from "../../cascade/index.ts";

export const adminToken = setting({
  name: "com.openexchange.oxbow.adminToken",
  value: optional(text({ pattern: /^[\x21-\x7e]{16,}$/, allowed: "at least 16 printable characters without blanks" })),
  default: undefined,
  defaultText: "unset: made at start",
  cascade: false,
  reload: true,
  secret: true,
  text: "Token for what shows or changes users on the internal listener. Unset: one is made at start and left in a file that only this system user can read, where the command line finds it.",
});

export const logLevel = setting({
  name: "com.openexchange.oxbow.logLevel",
  value: enumeration("error", "warn", "info", "debug", "trace"),
  default: "info",
  cascade: false,
  reload: true,
  secret: false,
  text: "Least level of what is logged.",
});

export const stopTimeout = setting({
  name: "com.openexchange.oxbow.stopTimeout",
  value: timeSpan({ min: 1_000, max: 600_000 }),
  unit: "ms",
  default: 10_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "Time the process has to close its sockets and listeners when it is told to stop.",
});
