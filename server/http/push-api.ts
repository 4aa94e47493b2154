/** Any producer's way in: `POST /preliminary/oxbow/v1/push`. */
import { Router } from "express";
import type { Request, RequestHandler, Response } from "express";
import type { Directory } from "../../auth/index.ts";
import { pushBody } from "../push/push-body.ts";
import type { PushBody } from "../push/push-body.ts";
import { seenBy } from "../push/push.ts";
import type { Delivery, Push } from "../push/push.ts";
import type { Repeats } from "../push/repeats.ts";
import { otherMethods } from "./ajax-answer.ts";
import { jsonBody } from "./json-body.ts";

export interface PushApiDeps {
  readonly requireBasicAuth: RequestHandler;
  /** Undefined: users are known elsewhere, and pushes are taken for any. */
  readonly directory: Pick<Directory, "user"> | undefined;
  /** @param waitMs how long its browsers are waited for; undefined: not at all */
  readonly deliver: (push: Push, waitMs: number | undefined) => Delivery;
  readonly repeats: Repeats;
  readonly isOpen: () => boolean;
  readonly maxBodyBytes: number;
  readonly newPushId: () => string;
  readonly nowMs: () => number;
}

const defaultWaitMs = 5_000;
const longestWaitMs = 60_000;

/**
 * Answers 202 `{id, sockets}`: written to that many sockets of this node; `repeat: true` when the id came before. With
 * `?wait=seen` 200 `{id, sockets, seen}` once their browsers have confirmed it, or when `timeout` (ms) is over.
 * 400 names the field that is wrong, 404: the directory has no such user, 503: not taken, try again.
 */
export function createPushApiRoutes(deps: PushApiDeps): Router {
  const router = Router({ strict: true, caseSensitive: true });
  router
    .route("/preliminary/oxbow/v1/push")
    .post(deps.requireBasicAuth, jsonBody(deps.maxBodyBytes), (req, res) => take(req, res, deps))
    .all(otherMethods("POST"));
  return router;
}

async function take(req: Request, res: Response, deps: PushApiDeps): Promise<void> {
  const acceptedAtMs = deps.nowMs();
  const waitMs = readWait(req);
  const body = pushBody.safeParse(req.body);
  if (!body.success || waitMs === "malformed") {
    const fields = body.error?.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`) ?? [];
    res
      .status(400)
      .json({ error: fields.join("; ") || "wait must be `seen`, timeout a number of milliseconds up to 60000" });
    return;
  }
  if (!deps.isOpen()) {
    res.status(503).set("Retry-After", "1").json({ error: "this node is not ready" });
    return;
  }
  const { context, user } = body.data;
  if (deps.directory !== undefined && (await deps.directory.user(context, user)) === undefined) {
    res.status(404).json({ error: `no user ${user} in context ${context}` });
    return;
  }
  await answer(res, body.data, { acceptedAtMs, waitMs }, deps);
}

async function answer(
  res: Response,
  body: PushBody,
  how: { readonly acceptedAtMs: number; readonly waitMs: number | undefined },
  deps: PushApiDeps,
): Promise<void> {
  const { context: contextId, user: userId, event, payload, source } = body;
  const id = body.id ?? deps.newPushId();
  if (body.id !== undefined && (await deps.repeats.isRepeat(JSON.stringify([contextId, userId, id])))) {
    res.status(202).json({ id, sockets: 0, repeat: true });
    return;
  }
  const { acceptedAtMs, waitMs } = how;
  const here = deps.deliver({ contextId, userId, event, payload, source, acceptedAtMs }, waitMs);
  const [seenHere, elsewhere] = await Promise.all([
    waitMs === undefined ? 0 : seenBy(here.sockets, waitMs),
    here.elsewhere ?? { sockets: 0, seen: 0 },
  ]);
  const sockets = here.sockets.length + elsewhere.sockets;
  if (waitMs === undefined) res.status(202).json({ id, sockets });
  else res.status(200).json({ id, sockets, seen: seenHere + elsewhere.seen });
}

/** Milliseconds to wait for the browsers; undefined: not at all. */
function readWait(req: Request): number | undefined | "malformed" {
  const { wait, timeout } = req.query;
  if (wait === undefined) return undefined;
  if (wait !== "seen") return "malformed";
  if (timeout === undefined) return defaultWaitMs;
  if (typeof timeout !== "string" || !/^\d{1,5}$/.test(timeout) || Number(timeout) > longestWaitMs) return "malformed";
  return Number(timeout);
}
