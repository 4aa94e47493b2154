/** `/ajax/system?action=whoami` and `/ajax/capabilities`. */
import { Router } from "express";
import { sendFailure, sendScript } from "./errors.ts";
import { loginFields } from "./login-routes.ts";
import type { SessionRecord } from "./session-table.ts";
import { parameterOf, requireSession, type World } from "./validation.ts";

export function createSystemRoutes(world: World): Router {
  const router = Router();
  router.all("/ajax/system", (req, res) => {
    const action = parameterOf(req, "action");
    if (action === undefined) sendFailure(req, res, world.switches, "missingParameter", ["action"]);
    else if (action !== "whoami") sendFailure(req, res, world.switches, "unknownAction", [action]);
    else {
      const session = requireSession(world, req, res);
      if (session !== undefined) sendScript(res, { data: loginFields(session) });
    }
  });
  router.all("/ajax/capabilities", (req, res) => {
    const session = requireSession(world, req, res);
    if (session === undefined) return;
    const all = ["webmail", "calendar", ...(mayUseSockets(world, session) ? ["websocket"] : [])];
    const asked = parameterOf(req, "action") === "get" ? all.filter((id) => id === parameterOf(req, "id")) : all;
    sendScript(res, { data: asked.map((id) => ({ id, attributes: {} })) });
  });
  return router;
}

/** Undefined in every scope is on; of a value only `true` is. Never for guests. */
function mayUseSockets({ properties }: World, session: SessionRecord): boolean {
  const value = properties.get("com.openexchange.websockets.enabled", session) ?? "true";
  return !session.guest && value.trim().toLowerCase() === "true";
}
