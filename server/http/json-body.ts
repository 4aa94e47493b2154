/** Bodies of the REST routes: JSON, bounded, never decompressed; and the one place that answers what went wrong in a route. */
import express from "express";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { MiddlewareFault, SessionsUnreachableError } from "../../auth/index.ts";

/**
 * Reads a JSON body whatever its content type says: Dovecot, `curl -d` and the middleware each name another.
 * Larger than `maxBytes`: 413. Compressed: 415. Not JSON: 400. All of them through `answerFaults`.
 */
export const jsonBody = (maxBytes: number): RequestHandler =>
  bounded(maxBytes, express.json({ limit: maxBytes, type: () => true, inflate: false, strict: false }));

/** Reads a form, whatever the content type says, under the same bounds. */
export const formBody = (maxBytes: number): RequestHandler =>
  bounded(
    maxBytes,
    express.urlencoded({ limit: maxBytes, type: () => true, inflate: false, extended: false, parameterLimit: 100 }),
  );

/**
 * The parser answers a body that is too large only when its end has come; one without end would never be answered. So the bytes are
 * counted beside it.
 */
function bounded(maxBytes: number, parse: RequestHandler): RequestHandler {
  return (req, res, next) => {
    let bytes = 0;
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes || res.headersSent) return;
      res
        .status(413)
        .set("Connection", "close")
        .json({ error: words.get("entity.too.large") });
    });
    parse(req, res, (fault?: unknown) => {
      if (!res.headersSent) next(fault);
    });
  };
}

/**
 * Answers what was thrown or passed on: the request's own faults by their status, ours with 500 and nothing else, and 503
 * where nobody could tell about a session or a user just now.
 */
export function answerFaults(onFault: (fault: unknown) => void): ErrorRequestHandler {
  return (fault: unknown, _req, res, next) => {
    if (res.headersSent) {
      next(fault); // Express ends the connection
      return;
    }
    if (fault instanceof SessionsUnreachableError || fault instanceof MiddlewareFault) {
      onFault(fault);
      res.status(503).set("Retry-After", "2").json({ error: "try again later" });
      return;
    }
    const status = clientStatusOf(fault);
    if (status === undefined) {
      onFault(fault);
      res.status(500).json({ error: "internal error" });
      return;
    }
    res.status(status).json({ error: words.get(typeOf(fault)) ?? "bad request" });
  };
}

/** Fixed words for the parser's types of faults: its own would repeat parts of the body. */
const words: ReadonlyMap<unknown, string> = new Map([
  ["entity.parse.failed", "the body is not valid JSON"],
  ["entity.too.large", "the body is too large"],
  ["encoding.unsupported", "the body's encoding is not supported"],
  ["charset.unsupported", "the body's charset is not supported"],
]);

const typeOf = (fault: unknown): unknown =>
  typeof fault === "object" && fault !== null && "type" in fault ? fault.type : undefined;

function clientStatusOf(fault: unknown): number | undefined {
  if (typeof fault !== "object" || fault === null || !("status" in fault)) return undefined;
  const { status } = fault;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
