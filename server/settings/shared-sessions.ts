/** Settings: sessions that the nodes of a cluster share in Hazelcast. */
import { minSealKeyLength } from "../../auth/index.ts";
import { setting, text, timeSpan } from "../../cascade/index.ts";

const sealKeys = text({
  pattern: new RegExp(String.raw`^\s*(\S{${minSealKeyLength},}(\s+\S{${minSealKeyLength},})*\s*)?$`),
  allowed: `one or more keys of at least ${minSealKeyLength} characters each, separated by blanks`,
});

export const sessionKey = setting({
  name: "com.openexchange.oxbow.sessionKey",
  value: sealKeys,
  default: "",
  defaultText: "unset: each node keeps its own sessions, with a warning",
  cascade: false,
  reload: true,
  secret: true,
  text: "Seals the sessions that nodes share in Hazelcast; the same on all nodes. The first key seals, all open: to change it, put the new one behind the old one on every node, then before it, then take the old one away.",
});

export const sessionOutageTime = setting({
  name: "com.openexchange.oxbow.sessionOutageTime",
  value: timeSpan({ min: 0, max: 86_400_000 }),
  unit: "ms",
  default: 600_000,
  cascade: false,
  reload: true,
  secret: false,
  text: "How long a node that reaches no Hazelcast member serves the shared sessions that it has seen. A log-out at another node is not noticed meanwhile.",
});
