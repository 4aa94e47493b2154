/**
 * The answers of the middleware's `/ajax` routes: JSON as `text/javascript`, the error object with its code, and plain
 * HTML for clients that do not take JSON. Not here: which error a refusal gets (refusals.ts).
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { Router, type RequestHandler } from "express";

/** Categories of errors as the middleware numbers them. */
const categories = {
  USER_INPUT: 1,
  PERMISSION_DENIED: 3,
  TRY_AGAIN: 4,
  SERVICE_DOWN: 5,
  ERROR: 8,
  CAPACITY: 11,
} as const;

/** One error of an `/ajax` route. Clients switch on `code`. */
export interface AjaxError {
  readonly code: string;
  readonly category: keyof typeof categories;
  /** Shown to the user. Holds nothing that came with the request, as it becomes part of HTML too. */
  readonly text: string;
  /** Technical message, for developers. */
  readonly description: string;
  /** Status where the client takes JSON. Default 200: the middleware's clients look at the body, not at the status. */
  readonly jsonStatus?: number;
  /** Status of the HTML page. Default 403. */
  readonly htmlStatus?: number;
  /** The same form for everybody. Absent: JSON for clients that take it, a page for the others. */
  readonly form?: "html" | "json";
  readonly retryAfterSeconds?: number;
}

/** Answers with an error. `params` are the values that the text speaks of. */
export type SendError = (
  req: IncomingMessage,
  res: ServerResponse,
  error: AjaxError,
  params?: readonly string[],
) => void;

/** @param newErrorId makes the id by which one error is found again; unique in this server. */
export function createSendError(newErrorId: () => string): SendError {
  return (req, res, error, params = []) => {
    if (error.retryAfterSeconds !== undefined) res.setHeader("Retry-After", error.retryAfterSeconds);
    if ((error.form ?? (takesJson(req.headers.accept) ? "json" : "html")) === "html") {
      sendPage(res, error);
      return;
    }
    res.statusCode = error.jsonStatus ?? 200;
    sendJson(res, {
      error: error.text,
      error_params: params,
      categories: error.category,
      category: categories[error.category],
      code: error.code,
      error_id: newErrorId(),
      error_desc: error.description,
    });
  };
}

/** Answers with a value as JSON, uncached. The status is what it was set to before. */
export function sendJson(res: ServerResponse, value: unknown): void {
  end(res, "text/javascript; charset=UTF-8", JSON.stringify(value));
}

/** Answers 200 with `{"data": ...}`. */
export const sendData = (res: ServerResponse, data: unknown): void => sendJson(res, { data });

/** Answers 200 without a body. */
export const sendEmpty = (res: ServerResponse): void => end(res, "text/javascript; charset=UTF-8", "");

/** Refuses every method but those routed before it. */
export const otherMethods =
  (allowed: string): RequestHandler =>
  (_req, res) => {
    res.set("Allow", allowed).status(405).end();
  };

/** A router that takes a path only as it is written: no other case, no slash at the end. */
export const exactRouter = (): Router => Router({ caseSensitive: true, strict: true });

/**
 * True when the client takes JSON: no `Accept`, or one that gives `application/json` or `text/javascript` the quality 1.
 * A browser that navigates gives them less and gets a page.
 */
export function takesJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  const ranges = accept.split(",").map(mediaRange);
  return ["application/json", "text/javascript"].some((type) => {
    const fitting = [type, `${type.slice(0, type.indexOf("/"))}/*`, "*/*"]; // the most specific range decides
    const decisive = fitting.map((name) => ranges.find((range) => range.name === name)).find((range) => range);
    return decisive?.quality === 1;
  });
}

function mediaRange(text: string): { readonly name: string; readonly quality: number } {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return { name, quality: quality === undefined ? 1 : Number(quality) };
}

function sendPage(res: ServerResponse, error: AjaxError): void {
  const status = error.htmlStatus ?? 403;
  res.statusCode = status;
  res.setHeader("Content-Security-Policy", "default-src 'none'");
  const title = `${status} ${error.code}`;
  end(
    res,
    "text/html; charset=UTF-8",
    `<!DOCTYPE html>\n<html lang="en"><head><title>${title}</title></head>` +
      `<body><h1>${title}</h1><p>${error.text}</p></body></html>\n`,
  );
}

/** Written past Express's `send`, which spells the charset its own way and adds an ETag. */
function end(res: ServerResponse, contentType: string, body: string): void {
  res.setHeader("Content-Type", contentType);
  res.setHeader("Cache-Control", "no-store, no-cache, must-revalidate");
  res.setHeader("Pragma", "no-cache");
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.end(body);
}
