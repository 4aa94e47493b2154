/** Both listeners from the settings: the public one and the internal one. */
import type { RequestListener } from "node:http";
import type { Settings } from "../cascade/index.ts";
import { createListener } from "./http/listener.ts";
import type { Listener } from "./http/listener.ts";
import * as limits from "./settings/limits.ts";
import * as network from "./settings/network.ts";

export function createPublicListener(settings: Pick<Settings, "read">, app: RequestListener): Listener {
  return createListener(app, {
    ...publicAddress(settings),
    settings: `${network.networkListenerHost.name} and ${network.networkListenerPort.name} (or ${network.host.name}, ${network.port.name})`,
    ...boundsOf(settings),
  });
}

export function createInternalListener(settings: Pick<Settings, "read">, app: RequestListener): Listener {
  return createListener(app, {
    host: settings.read(network.internalHost),
    port: settings.read(network.internalPort),
    settings: `${network.internalHost.name} and ${network.internalPort.name}`,
    ...boundsOf(settings),
  });
}

/** An upgrade may wait for its turn in a burst, then for a source of sessions that fails. No client waits longer than this. */
const longestUpgradeMs = 30_000;

const boundsOf = (settings: Pick<Settings, "read">) => ({
  maxHeaderBytes: settings.read(limits.maxHeaderBytes),
  // Node leaves out what is more; one more than allowed is how the app sees that there are too many.
  maxHeadersCount: settings.read(limits.maxHeadersCount) + 1,
  headersTimeoutMs: settings.read(limits.headersTimeout),
  requestTimeoutMs: settings.read(limits.requestTimeout),
  upgradeTimeoutMs: longestUpgradeMs,
});

/** The middleware's names, unless ours say otherwise: both may run on one host and read the same files. */
export const publicAddress = (settings: Pick<Settings, "read">): { readonly host: string; readonly port: number } => ({
  host: settings.read(network.host) ?? settings.read(network.networkListenerHost),
  port: settings.read(network.port) ?? settings.read(network.networkListenerPort),
});
