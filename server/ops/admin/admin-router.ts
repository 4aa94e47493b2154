/** The admin API as a router of the internal listener: who may ask, which method, then the route itself. */
import { Router } from "express";
import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "../log.ts";
import { isAddressedHere } from "./admin-auth.ts";
import type { Administrator } from "./admin-auth.ts";
import { adminRoutes } from "./admin-routes.ts";
import type { AdminRoute, AuditDetails } from "./admin-routes.ts";
import type { Inspection } from "./inspection.ts";
import type { ReloadSummary } from "./reload-report.ts";
import type { SocketsView } from "./sockets-view.ts";

export interface AdminRouterDeps {
  readonly view: SocketsView;
  readonly inspection: Inspection;
  /** Reads the files of this node again. */
  readonly reload: () => Promise<ReloadSummary>;
  readonly administratorOf: (request: Request) => Administrator | undefined;
  /** Names of this machine by which it may be addressed, besides addresses and `localhost`; in lower case. */
  readonly ownNames: readonly string[];
  /** Where changes are told, whatever the level of the other log lines is. */
  readonly auditLog: Pick<Logger, "info">;
  /** A request without valid credentials, or made by a web page, came from this address. */
  readonly onRefused: (reason: "credentials" | "foreign-page") => void;
}

export function createAdminRouter(deps: AdminRouterDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use("/admin", guard(deps));
  for (const path of new Set(adminRoutes.map((route) => route.path))) {
    const here = adminRoutes.filter((route) => route.path === path);
    router.all(path, async (req, res) => {
      // HEAD is GET without a body: Node.js leaves it out
      const route = here.find(({ method }) => method === (req.method === "HEAD" ? "GET" : req.method));
      if (route === undefined) refuseMethod(res, here);
      else await run(route, req, res, deps);
    });
  }
  return router;
}

function guard({ ownNames, administratorOf, onRefused }: AdminRouterDeps): RequestHandler {
  return (req, res, next) => {
    res.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    if (!isAddressedHere(req, ownNames)) {
      onRefused("foreign-page");
      const error = "address this node by its IP address, its host name or localhost, and not from a page of elsewhere";
      res.status(403).json({ error });
      return;
    }
    if (administratorOf(req) === undefined) {
      onRefused("credentials");
      const challenges = ['Bearer realm="oxbow"', 'Basic realm="oxbow", charset="UTF-8"'];
      res.status(401).set("WWW-Authenticate", challenges.join(", "));
      res.json({ error: "the admin token (Bearer) or the credentials of the REST routes (Basic) are needed" });
      return;
    }
    next();
  };
}

function refuseMethod(res: Response, here: readonly AdminRoute[]): void {
  const methods = here.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  res
    .status(405)
    .set("Allow", methods.join(", "))
    .json({ error: `only ${methods.join(", ")} here` });
}

async function run(route: AdminRoute, req: Request, res: Response, deps: AdminRouterDeps): Promise<void> {
  const { auditLog, administratorOf, ...call } = deps;
  const administrator = administratorOf(req);
  const audit = (action: string, { filter, ...rest }: AuditDetails): void =>
    auditLog.info(
      // a connection id is nobody's business but the browser's
      {
        action,
        ...administrator,
        address: req.socket.remoteAddress,
        ...(filter === undefined
          ? {}
          : { filter: { ...filter, ...(filter.connection === undefined ? {} : { connection: "given" }) } }),
        ...rest,
      },
      `an administrator changed something: ${action}`,
    );
  const answer = await route.answer(req.query, { ...call, audit });
  if (answer.ok) res.json(answer.body);
  else res.status(answer.status ?? 400).json({ error: answer.problem });
}
