/** A node that is one process: the node itself, and the internal listener by which it is watched and operated. */
import type { LoadedSettings, PackageStatus } from "../cascade/index.ts";
import { createAdmin } from "./admin.ts";
import type { ReadAside } from "./aside/read-aside.ts";
import { announce } from "./announce.ts";
import { createNode } from "./create-node.ts";
import { answerFaults } from "./http/json-body.ts";
import { createInternalListener } from "./listeners.ts";
import { createInternalApp } from "./ops/internal-app.ts";
import type { ReloadSummary } from "./ops/admin/reload-report.ts";
import type { RuntimePlaces } from "./ops/admin/token-file.ts";
import type { Logger } from "./ops/log.ts";

export interface ServerInput {
  readonly settings: LoadedSettings;
  readonly packageStatus: PackageStatus;
  readonly log: Logger;
  readonly version: string;
  /** How a reload reads the users; absent: in this thread. */
  readonly readAside?: Pick<ReadAside, "users">;
  /** Where the admin token may be left. */
  readonly places: RuntimePlaces;
}

export interface OxbowServer {
  /** Resolves when both listeners answer. @throws what stops a start: an unusable address, directory or combination */
  start(): Promise<{ readonly url: string; readonly internalUrl: string }>;
  /** Takes nothing new, closes every transport (1012) and both listeners. */
  stop(): Promise<void>;
  /** Reads settings and directory again; logs and reports what changed and what was bad. Never rejects. */
  reload(): Promise<ReloadSummary>;
}

export function createServer(input: ServerInput): OxbowServer {
  const { settings, packageStatus, log, places } = input;
  const node = createNode(input);
  const { metrics, warn, onFault } = node.observer;
  const admin = createAdmin({ settings, nodes: node.nodes, reload: () => node.reload(), places, log, warn, onFault });
  const answerRouteFaults = answerFaults((fault) => onFault("a request failed", fault));
  const internalApp = createInternalApp(node.state, metrics.registry, admin.router, answerRouteFaults);
  const internalListener = createInternalListener(settings, internalApp);
  return {
    start: async () => {
      const internalUrl = await internalListener.start(); // first: probes see the node start
      await admin.token.start(internalUrl);
      const url = await node.start();
      announce(log, { url, internalUrl, settings, packageStatus, demo: node.isDemo() });
      return { url, internalUrl };
    },
    stop: async () => {
      await node.stop();
      await admin.token.stop();
      const unwatched = internalListener.stop(); // last: probes see the node stop
      internalListener.destroy();
      await unwatched;
    },
    reload: () => node.reload(),
  };
}
