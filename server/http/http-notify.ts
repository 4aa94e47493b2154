/** Dovecot's way in: one request for each new mail of a user with METADATA. */
import { Router } from "express";
import type { RequestHandler } from "express";
import { readMailNotification, mailEvent } from "../push/mail.ts";
import type { Push } from "../push/push.ts";
import type { Directory } from "../../auth/index.ts";
import { otherMethods } from "./ajax-answer.ts";
import { jsonBody } from "./json-body.ts";

export interface HttpNotifyDeps {
  readonly requireBasicAuth: RequestHandler;
  /** Undefined: users are known elsewhere, and pushes are taken for any. */
  readonly directory: Pick<Directory, "user"> | undefined;
  readonly deliver: (push: Push) => void;
  readonly isOpen: () => boolean;
  readonly maxBodyBytes: number;
  readonly nowMs: () => number;
  /** A request that was refused with 400. */
  readonly onMalformed: (problem: string) => void;
}

/**
 * Answers 200 when the push was written to the user's sockets here (there may be none), and for every event that is no
 * new mail. 400: names the field that is wrong. 404: no such user. 503: not taken, try again.
 */
export function createHttpNotifyRoutes(deps: HttpNotifyDeps): Router {
  const router = Router({ strict: true, caseSensitive: true });
  router
    .route("/preliminary/http-notify/v1/notify")
    .put(deps.requireBasicAuth, jsonBody(deps.maxBodyBytes), async (req, res) => {
      const acceptedAtMs = deps.nowMs();
      const read = readMailNotification(req.body);
      if (read.kind === "malformed") {
        deps.onMalformed(read.problem);
        res.status(400).json({ error: read.problem });
        return;
      }
      if (!deps.isOpen()) {
        res.status(503).set("Retry-After", "1").json({ error: "this node is not ready" });
        return;
      }
      if (read.kind === "mail") {
        const { contextId, userId, payload } = read;
        if (deps.directory !== undefined && (await deps.directory.user(contextId, userId)) === undefined) {
          res.status(404).json({ error: `no user ${userId} in context ${contextId}` });
          return;
        }
        deps.deliver({ contextId, userId, event: mailEvent, payload: { ...payload }, acceptedAtMs });
      }
      res.json({ success: true });
    })
    .all(otherMethods("PUT"));
  return router;
}
