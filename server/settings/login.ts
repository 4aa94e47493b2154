/** Settings: who may log in, and how often a login may fail. */
import { boolean, integer, optional, setting, text } from "../../cascade/index.ts";

export const directoryFile = setting({
  name: "com.openexchange.oxbow.directory",
  value: optional(text()),
  default: undefined,
  defaultText: "unset: the demo users",
  cascade: false,
  reload: true,
  secret: false,
  text: "File with users and contexts. A relative path counts from the working directory.",
});

export const demoBeyondLoopback = setting({
  name: "com.openexchange.oxbow.demoBeyondLoopback",
  value: boolean,
  default: false,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether the server may listen beyond loopback with the demo users or the demo's REST credentials, which everybody knows.",
});

export const loginMaxRate = setting({
  name: "com.openexchange.ajax.login.maxRate",
  value: integer(),
  default: 50,
  cascade: false,
  reload: false,
  secret: false,
  text: "Failed logins with one login name from one address within the time window; beyond it: 429. 0 or less: no limit.",
});

export const loginMaxRateTimeWindow = setting({
  name: "com.openexchange.ajax.login.maxRateTimeWindow",
  value: integer({ min: 1_000 }),
  unit: "ms",
  default: 300_000,
  cascade: false,
  reload: false,
  secret: false,
  text: `The time window of \`${loginMaxRate.name}\`.`,
});

export const loginDefaultClient = setting({
  name: "com.openexchange.ajax.login.http-auth.client",
  value: text(),
  default: "com.openexchange.ox.gui.dhtml",
  cascade: false,
  reload: false,
  secret: false,
  text: "Client identifier of a login that names none.",
});
