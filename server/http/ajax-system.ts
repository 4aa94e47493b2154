/** `/ajax/system?action=whoami`: whose session is this? The cheapest request that runs every step of the validator. */

import type { RequestHandler, Router } from "express";
import { exactRouter, otherMethods, sendData, type SendError } from "./ajax-answer.ts";
import { missingParameter, unknownAction } from "./ajax-errors.ts";
import { parameter } from "./parameters.ts";
import { sessionFields } from "./session-fields.ts";
import { requiredSessionOf } from "./session-middleware.ts";

export interface SystemRoutesDeps {
  readonly requireSession: RequestHandler;
  readonly sendError: SendError;
}

export function createSystemRoutes({ requireSession, sendError }: SystemRoutesDeps): Router {
  const router = exactRouter();
  router
    .route("/ajax/system")
    .get(requireSession, (req, res) => {
      const action = parameter(req, "action");
      if (action === "whoami") sendData(res, sessionFields(requiredSessionOf(req).session));
      else sendError(req, res, action === undefined ? missingParameter("action") : unknownAction);
    })
    .all(otherMethods("GET, HEAD"));
  return router;
}
