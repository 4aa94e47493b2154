/**
 * `/ajax/capabilities`: what the user may do. The App Suite opens its socket only when `websocket` is among them.
 */

import type { Request, RequestHandler, Response, Router } from "express";
import type { User } from "../../auth/index.ts";
import { exactRouter, otherMethods, sendData, type AjaxError, type SendError } from "./ajax-answer.ts";
import { missingParameter, unknownAction } from "./ajax-errors.ts";
import { parameter } from "./parameters.ts";
import { requiredSessionOf } from "./session-middleware.ts";

export interface CapabilityRoutesDeps {
  readonly requireSession: RequestHandler;
  readonly sendError: SendError;
  /** True while the endpoint is there and this user may open a socket. Not asked for guests, who never get it. */
  readonly hasWebsocket: (user: User) => boolean | Promise<boolean>;
}

/** `action=all` answers with the list, `action=get&id=NAME` with the one, or with an empty object where it is not there. */
export function createCapabilityRoutes(deps: CapabilityRoutesDeps): Router {
  const router = exactRouter();
  router
    .route("/ajax/capabilities")
    .get(deps.requireSession, async (req, res) => {
      const error = await answer(req, res, deps);
      if (error !== undefined) deps.sendError(req, res, error);
    })
    .all(otherMethods("GET, HEAD"));
  return router;
}

/** Answers, or says what is wrong with the request. */
async function answer(
  req: Request,
  res: Response,
  { hasWebsocket }: Pick<CapabilityRoutesDeps, "hasWebsocket">,
): Promise<AjaxError | undefined> {
  const action = parameter(req, "action");
  const id = parameter(req, "id");
  if (action === undefined) return missingParameter("action");
  if (action !== "all" && action !== "get") return unknownAction;
  if (action === "get" && id === undefined) return missingParameter("id");
  const { user } = requiredSessionOf(req);
  const websocket = !user.guest && (await hasWebsocket(user)) ? ["websocket"] : [];
  const all = [...websocket, ...user.capabilities].map((name) => ({ id: name, attributes: {} }));
  sendData(res, action === "all" ? all : (all.find((one) => one.id === id) ?? {}));
  return undefined;
}
