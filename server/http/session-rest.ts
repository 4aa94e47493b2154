/** `GET /preliminary/session/v1/get/SESSION`: whose session is it? For other services; never extends its life. */

import type { RequestHandler, Router } from "express";
import { isSessionId, type SessionStore } from "../../auth/index.ts";
import { exactRouter, otherMethods } from "./ajax-answer.ts";

export interface SessionRestDeps {
  readonly requireBasicAuth: RequestHandler;
  readonly sessions: Pick<SessionStore, "peek">;
}

/** Answers 200 with context, user and guest; with `{}` for a session that is not there. */
export function createSessionRestRoutes({ requireBasicAuth, sessions }: SessionRestDeps): Router {
  const router = exactRouter();
  router
    .route("/preliminary/session/v1/get/:session")
    .get(requireBasicAuth, async (req, res) => {
      const { session: id } = req.params;
      const session = isSessionId(id) ? await sessions.peek(id) : undefined;
      res.set("Cache-Control", "no-store");
      if (session === undefined) res.json({});
      else res.json({ context: session.contextId, user: session.userId, guest: session.guest });
    })
    .all(otherMethods("GET, HEAD"));
  return router;
}
