/** Settings: the Hazelcast cluster that joins the nodes. */
import { boolean, list, optional, setting, text, timeSpan } from "../../cascade/index.ts";

const address = text({
  pattern: /^(\[[0-9a-fA-F:.]+\]|[^\s:,]+)(:\d{1,5})?$/,
  allowed: "HOST or HOST:PORT, an IPv6 address in brackets",
});

export const hazelcastEnabled = setting({
  name: "com.openexchange.hazelcast.enabled",
  value: boolean,
  default: false,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether this node joins the others through Hazelcast. Without it it serves its own sockets only.",
});

export const hazelcastGroupName = setting({
  name: "com.openexchange.hazelcast.group.name",
  value: text(),
  default: "ox",
  cascade: false,
  reload: false,
  secret: false,
  text: "Name of the Hazelcast cluster.",
});

/** The middleware knows more words (`multicast`, `kubernetes`, ...); `cluster/hazelcast-client-config.ts` refuses them with a hint. */
export const hazelcastJoin = setting({
  name: "com.openexchange.hazelcast.network.join",
  value: text(),
  default: "static",
  cascade: false,
  reload: false,
  secret: false,
  text: "How members are found: `static` or `dns`. Anything else stops the start.",
});

export const hazelcastStaticNodes = setting({
  name: "com.openexchange.hazelcast.network.join.static.nodes",
  value: list(address),
  default: [],
  defaultText: "empty: 127.0.0.1:5701, with a warning",
  cascade: false,
  reload: false,
  secret: false,
  text: "Members, with `join=static`: `HOST[:PORT]`, separated by commas. One that answers is enough; the others are learnt from it.",
});

export const hazelcastDomainNames = setting({
  name: "com.openexchange.hazelcast.network.join.dns.domainNames",
  value: list(address),
  default: [],
  defaultText: "empty",
  cascade: false,
  reload: false,
  secret: false,
  text: "Domain names of the members, with `join=dns`: `NAME[:PORT]`, separated by commas. Resolved anew at each attempt to connect.",
});

export const clusterStartTimeout = setting({
  name: "com.openexchange.oxbow.clusterStartTimeout",
  value: timeSpan({ min: 0, max: 60_000 }),
  unit: "ms",
  default: 2_000,
  cascade: false,
  reload: false,
  secret: false,
  text: "How long the start waits for the cluster. Later the node serves its own sockets, says `degraded` and joins by itself.",
});

export const hazelcastTls = setting({
  name: "com.openexchange.oxbow.hazelcast.tls",
  value: boolean,
  default: false,
  cascade: false,
  reload: false,
  secret: false,
  text: "Whether members are spoken to by TLS (Hazelcast Enterprise, or a TLS proxy before each member). Certificate and name are always checked.",
});

export const hazelcastTlsCa = setting({
  name: "com.openexchange.oxbow.hazelcast.tls.ca",
  value: optional(text()),
  default: undefined,
  defaultText: "unset: the authorities that Node.js knows",
  cascade: false,
  reload: false,
  secret: false,
  text: "File with the certificates (PEM) of the authority that signed the members'.",
});

export const hazelcastTlsServerName = setting({
  name: "com.openexchange.oxbow.hazelcast.tls.serverName",
  value: optional(text()),
  default: undefined,
  defaultText: "unset: the address that is connected to",
  cascade: false,
  reload: false,
  secret: false,
  text: "Name that each member's certificate must be for. Members announce addresses, so one name for all is the usual case.",
});

export const hazelcastUsername = setting({
  name: "com.openexchange.oxbow.hazelcast.username",
  value: optional(text()),
  default: undefined,
  defaultText: "unset",
  cascade: false,
  reload: false,
  secret: false,
  text: "User name for members that ask for one (Hazelcast Enterprise).",
});

export const hazelcastPassword = setting({
  name: "com.openexchange.oxbow.hazelcast.password",
  value: optional(text()),
  default: undefined,
  defaultText: "unset",
  cascade: false,
  reload: false,
  secret: true,
  text: "Password for members that ask for one (Hazelcast Enterprise).",
});
