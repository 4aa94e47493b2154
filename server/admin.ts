/** The admin API from the settings: its token, who may ask, the view over all nodes, and the audit log. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Router } from "express";
import type { Settings } from "../cascade/index.ts";
import { createAdminAuth } from "./ops/admin/admin-auth.ts";
import { createAdminRouter } from "./ops/admin/admin-router.ts";
import { createAdminToken } from "./ops/admin/admin-token.ts";
import type { AdminToken } from "./ops/admin/admin-token.ts";
import type { NodeDirectory } from "./ops/admin/node-directory.ts";
import { createInspection } from "./ops/admin/inspection.ts";
import type { ReloadSummary } from "./ops/admin/reload-report.ts";
import { createSocketsView } from "./ops/admin/sockets-view.ts";
import { createTokenFile } from "./ops/admin/token-file.ts";
import type { RuntimePlaces } from "./ops/admin/token-file.ts";
import { createAuditLog } from "./ops/log.ts";
import type { Logger } from "./ops/log.ts";
import { internalHost } from "./settings/network.ts";
import { adminToken } from "./settings/operations.ts";
import { basicAuthLogin, basicAuthPassword } from "./settings/push.ts";

export interface AdminDeps {
  readonly settings: Settings;
  /** All nodes, this one included. */
  readonly nodes: NodeDirectory;
  /** Reads the files of this node again. */
  readonly reload: () => Promise<ReloadSummary>;
  readonly places: RuntimePlaces;
  readonly log: Logger;
  /** Logs, at most now and then for one key. */
  readonly warn: (key: string, message: string) => void;
  readonly onFault: (what: string, cause: unknown) => void;
}

export interface Admin {
  readonly router: Router;
  readonly token: AdminToken;
}

/** How long a node may take to answer before the answer goes without it. */
const askTimeoutMs = 2_000;

export function createAdmin({ settings, nodes, reload, places, log, warn, onFault }: AdminDeps): Admin {
  const token = createAdminToken({
    configured: () => settings.read(adminToken),
    onChange: (listener) =>
      settings.onChange((names) => {
        if (names.has(adminToken.name)) listener();
      }),
    newToken: () => randomBytes(32).toString("base64url"),
    fileFor: (internalUrl) => createTokenFile(places, internalUrl),
    warn: (message) => log.warn({ event: "admin" }, `${message}; set ${adminToken.name}`),
  });
  const asking = { nodes, onFault, timeoutMs: askTimeoutMs };
  const view = createSocketsView(asking);
  const router = createAdminRouter({
    view,
    inspection: createInspection(asking, view),
    reload,
    administratorOf: createAdminAuth({
      token: token.current,
      credentials: () => ({ login: settings.read(basicAuthLogin), password: settings.read(basicAuthPassword) }),
    }),
    ownNames: [hostname(), settings.read(internalHost)].map((name) => name.toLowerCase()),
    auditLog: createAuditLog(log),
    onRefused: (reason) => warn(`admin-${reason}`, `a request of the admin API was refused: ${refusals[reason]}`),
  });
  return { router, token };
}

const refusals = {
  credentials: "it brought neither the admin token nor the credentials of the REST routes",
  "foreign-page": "it was addressed by a foreign name, or came from a page of elsewhere",
} as const;
