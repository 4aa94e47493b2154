/** Settings: who may hand in pushes and ask for sessions over REST. */
import { setting, text, timeSpan } from "../../cascade/index.ts";

export const basicAuthLogin = setting({
  name: "com.openexchange.rest.services.basic-auth.login",
  value: text(),
  default: "",
  defaultText: "empty",
  cascade: false,
  reload: true,
  secret: false,
  text: "User name of the REST routes below `/preliminary`. Empty: they answer 401. The stand-alone demo sets `rest`.",
});

export const basicAuthPassword = setting({
  name: "com.openexchange.rest.services.basic-auth.password",
  value: text(),
  default: "",
  cascade: false,
  reload: true,
  secret: true,
  text: "Password of the REST routes below `/preliminary`. Empty: they answer 401. The stand-alone demo sets `rest`.",
});

export const replayWindow = setting({
  name: "com.openexchange.oxbow.replayWindow",
  value: timeSpan({ max: 3_600_000 }),
  unit: "ms",
  default: 120_000,
  cascade: false,
  reload: true,
  secret: false,
  text: "How long the `id` of a push is remembered, so that a repeat is recognised and not delivered again.",
});
