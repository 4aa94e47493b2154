/** Settings: how many requests of `/ajax` a client may make. The endpoint's own bounds: limits.ts. */
import { integer, list, setting, text } from "../../cascade/index.ts";

export const servletMaxRate = setting({
  name: "com.openexchange.servlet.maxRate",
  value: integer(),
  default: 1_500,
  cascade: false,
  reload: false,
  secret: false,
  text: "Requests of `/ajax` from one address with one User-Agent within the time window; beyond it: 429. 0 or less: no limit.",
});

export const servletMaxRateTimeWindow = setting({
  name: "com.openexchange.servlet.maxRateTimeWindow",
  value: integer({ min: 1_000 }),
  unit: "ms",
  default: 300_000,
  cascade: false,
  reload: false,
  secret: false,
  text: `The time window of \`${servletMaxRate.name}\`.`,
});

export const servletMaxRateLenientModules = setting({
  name: "com.openexchange.servlet.maxRateLenientModules",
  value: list(text()),
  default: ["rt", "system"],
  cascade: false,
  reload: false,
  secret: false,
  text: `Modules (\`/ajax/MODULE\`) whose requests do not count for \`${servletMaxRate.name}\`.`,
});

export const maxConcurrentRequests = setting({
  name: "com.openexchange.defaultMaxConcurrentAJAXRequests",
  value: integer(),
  default: 0,
  cascade: false,
  reload: false,
  secret: false,
  text: "Requests of `/ajax` that one session may have under way in one process. 0 or less: no limit. A user's attribute `ajax.maxCount` (docs/directory.md) beats it.",
});
