/** Settings: who may hand in pushes and ask for sessions over REST. */
import { setting, text } from "../../cascade/index.ts";

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
