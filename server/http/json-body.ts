/** Bodies of the REST routes: JSON, bounded, never decompressed; and the one place that answers what went wrong in a route. */
import express from "express";
import type { ErrorRequestHandler, RequestHandler } from "express";

/**
 * Reads a JSON body whatever its content type says: Dovecot, `curl -d` and the middleware each name another.
 * Larger than `maxBytes`: 413. Compressed: 415. Not JSON: 400. All of them through `answerFaults`.
 */
export const jsonBody = (maxBytes: number): RequestHandler =>
  express.json({ limit: maxBytes, type: () => true, inflate: false, strict: false });

/** Answers what was thrown or passed on: the request's own faults by their status, ours with 500 and nothing else. */
export function answerFaults(onFault: (fault: unknown) => void): ErrorRequestHandler {
  return (fault: unknown, _req, res, next) => {
    if (res.headersSent) {
      next(fault);
      return;
    } // Express ends the connection
    const status = clientStatusOf(fault);
    if (status === undefined) {
      onFault(fault);
      res.status(500).json({ error: "internal error" });
      return;
    }
    res.status(status).json({ error: words[status] ?? "bad request" });
  };
}

/** Fixed words: the parser's own would repeat parts of the body. */
const words: Readonly<Record<number, string>> = {
  400: "the body is not valid JSON",
  413: "the body is too large",
  415: "the body's encoding or charset is not supported",
};

function clientStatusOf(fault: unknown): number | undefined {
  if (typeof fault !== "object" || fault === null || !("status" in fault)) return undefined;
  const { status } = fault;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
