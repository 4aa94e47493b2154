/** Settings: where the server listens and which proxies it believes. */
import {
  addressRange,
  boolean,
  host as hostType,
  list,
  optional,
  port as portType,
  setting,
  text,
} from "../../cascade/index.ts";

export const networkListenerHost = setting({
  name: "com.openexchange.connector.networkListenerHost",
  value: hostType,
  default: "127.0.0.1",
  cascade: false,
  reload: false,
  secret: false,
  text: "Address of the public listener. `*`: all addresses.",
});

export const networkListenerPort = setting({
  name: "com.openexchange.connector.networkListenerPort",
  value: portType,
  default: 8009,
  cascade: false,
  reload: false,
  secret: false,
  text: "Port of the public listener. 0: the system chooses one.",
});

export const host = setting({
  name: "com.openexchange.oxbow.host",
  value: optional(hostType),
  default: undefined,
  defaultText: "unset",
  cascade: false,
  reload: false,
  secret: false,
  text: `Address of the public listener, instead of \`${networkListenerHost.name}\`: for a middleware on the same host whose files are read too.`,
});

export const port = setting({
  name: "com.openexchange.oxbow.port",
  value: optional(portType),
  default: undefined,
  defaultText: "unset",
  cascade: false,
  reload: false,
  secret: false,
  text: `Port of the public listener, instead of \`${networkListenerPort.name}\`.`,
});

export const internalHost = setting({
  name: "com.openexchange.oxbow.internalHost",
  value: hostType,
  default: "127.0.0.1",
  cascade: false,
  reload: false,
  secret: false,
  text: "Address of the internal listener (probes, health, metrics).",
});

export const internalPort = setting({
  name: "com.openexchange.oxbow.internalPort",
  value: portType,
  default: 8016,
  cascade: false,
  reload: false,
  secret: false,
  text: "Port of the internal listener. 0: the system chooses one.",
});

export const considerXForwards = setting({
  name: "com.openexchange.server.considerXForwards",
  value: boolean,
  default: false,
  cascade: false,
  reload: true,
  secret: false,
  text: "Whether client address, scheme and host are taken from the headers of a known proxy.",
});

export const knownProxies = setting({
  name: "com.openexchange.server.knownProxies",
  value: list(addressRange),
  default: [],
  defaultText: "empty",
  cascade: false,
  reload: true,
  secret: false,
  text: "Proxies whose forwarding headers are believed. Headers from any other address are ignored.",
});

const headerName = text({ pattern: /^[!#$%&'*+.^_`|~\w-]+$/, allowed: "the name of an HTTP header" });

export const forHeader = setting({
  name: "com.openexchange.server.forHeader",
  value: headerName,
  default: "X-Forwarded-For",
  cascade: false,
  reload: true,
  secret: false,
  text: "Header in which a known proxy passes on the address of the client.",
});

export const protocolHeader = setting({
  name: "com.openexchange.server.protocolHeader",
  value: headerName,
  default: "X-Forwarded-Proto",
  cascade: false,
  reload: true,
  secret: false,
  text: "Header in which a known proxy passes on the scheme that the browser used.",
});
