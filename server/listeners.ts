/** Both listeners from the settings: the public one and the internal one. */
import type { RequestListener } from "node:http";
import type { Settings } from "../cascade/index.ts";
import { createListener } from "./http/listener.ts";
import type { Listener } from "./http/listener.ts";
import * as limits from "./settings/limits.ts";
import * as network from "./settings/network.ts";

export function createListeners(
  settings: Pick<Settings, "read">,
  apps: { readonly publicApp: RequestListener; readonly internalApp: RequestListener },
): { readonly publicListener: Listener; readonly internalListener: Listener } {
  const bounds = {
    maxHeaderBytes: settings.read(limits.maxHeaderBytes),
    // Node leaves out what is more; one more than allowed is how the app sees that there are too many.
    maxHeadersCount: settings.read(limits.maxHeadersCount) + 1,
    headersTimeoutMs: settings.read(limits.headersTimeout),
    requestTimeoutMs: settings.read(limits.requestTimeout),
    upgradeTimeoutMs: settings.read(limits.connectTimeout),
  };
  const { host, port } = publicAddress(settings);
  const publicListener = createListener(apps.publicApp, {
    host,
    port,
    settings: `${network.networkListenerHost.name} and ${network.networkListenerPort.name} (or ${network.host.name}, ${network.port.name})`,
    ...bounds,
  });
  const internalListener = createListener(apps.internalApp, {
    settings: `${network.internalHost.name} and ${network.internalPort.name}`,
    host: settings.read(network.internalHost),
    port: settings.read(network.internalPort),
    ...bounds,
  });
  return { publicListener, internalListener };
}

/** The middleware's names, unless ours say otherwise: both may run on one host and read the same files. */
export const publicAddress = (settings: Pick<Settings, "read">): { readonly host: string; readonly port: number } => ({
  host: settings.read(network.host) ?? settings.read(network.networkListenerHost),
  port: settings.read(network.port) ?? settings.read(network.networkListenerPort),
});
