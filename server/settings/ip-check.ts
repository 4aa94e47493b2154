/** Settings: may a session go on from another address than that of its login? Besides them: `noipcheck.cnf` (docs/sessions.md). */
import { boolean, enumeration, list, optional, prefixLength, setting, text } from "../../cascade/index.ts";

export const ipCheckMode = setting({
  name: "com.openexchange.ipcheck.mode",
  value: optional(enumeration("none", "strict", "countrycode")),
  default: undefined,
  defaultText: "empty: none",
  cascade: true,
  reload: true,
  secret: false,
  text: "What a request from another address than that of the login means: `none`: the session moves there; `strict`: it ends. `countrycode` is not available and stops the start; as a value of a user or of a context set it acts as `strict`.",
});

export const ipCheck = setting({
  name: "com.openexchange.IPCheck",
  value: optional(boolean),
  default: undefined,
  defaultText: "unset",
  cascade: true,
  reload: true,
  secret: false,
  text: `The older name: \`true\` means \`strict\`, whatever \`${ipCheckMode.name}\` says.`,
});

export const ipMaskV4 = setting({
  name: "com.openexchange.IPMaskV4",
  value: optional(prefixLength(32)),
  default: undefined,
  defaultText: "empty",
  cascade: true,
  reload: true,
  secret: false,
  text: "With `strict`: IPv4 addresses within one network of this size count as one place.",
});

export const ipMaskV6 = setting({
  name: "com.openexchange.IPMaskV6",
  value: optional(prefixLength(128)),
  default: undefined,
  defaultText: "empty",
  cascade: true,
  reload: true,
  secret: false,
  text: "With `strict`: IPv6 addresses within one network of this size count as one place.",
});

export const ipCheckWhitelist = setting({
  name: "com.openexchange.IPCheckWhitelist",
  value: list(text()),
  default: ["open-xchange-mailapp", "open-xchange-mobile-api-facade"],
  cascade: true,
  reload: true,
  secret: false,
  text: "Ids of clients whose sessions move along whatever the check says; `*` stands for any text, capitals do not count.",
});
