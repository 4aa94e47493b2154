/**
 * The failures of the stand-in and how they look: the error object of both generations, or a page.
 * Codes whose numbers are not known end in a word instead; no client may depend on them.
 */
import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import type { Switches } from "./switches.ts";

const categories = { ERROR: 8, PERMISSION_DENIED: 3, TRY_AGAIN: 4, USER_INPUT: 1 } as const;

interface Appearance {
  readonly code: string;
  readonly category: keyof typeof categories;
  /** Status of the page for clients that do not take JSON; JSON comes with 200. */
  readonly pageStatus: number;
  /** A page for everybody. */
  readonly pageOnly?: true;
}

const expired: Appearance = { code: "SES-0203", category: "TRY_AGAIN", pageStatus: 403 };
const ofInput = (code: string): Appearance => ({ code, category: "USER_INPUT", pageStatus: 500 });

const appearances = {
  noParameter: { code: "SVL-0002", category: "USER_INPUT", pageStatus: 400, pageOnly: true },
  nosession: expired,
  multifactor: { code: "MFA-0001", category: "USER_INPUT", pageStatus: 500 },
  nosecretcookie: expired,
  secretmismatch: expired,
  usernonexistent: expired,
  userdisabled: expired,
  contextDisabled: { code: "SES-0204", category: "TRY_AGAIN", pageStatus: 403 },
  ipcheck: expired,
  missingParameter: ofInput("SVL-0002"),
  unknownAction: ofInput("SVL-0001"),
  passwordInUrl: ofInput("SVL-PASSWORD"),
  disabledAction: ofInput("SVL-DISABLED"),
  invalidCookie: { code: "SVL-COOKIE", category: "TRY_AGAIN", pageStatus: 403 },
  invalidCredentials: { code: "LGI-0006", category: "USER_INPUT", pageStatus: 403 },
  duplicateAuthId: { code: "SES-0008", category: "ERROR", pageStatus: 403 },
} as const satisfies Readonly<Record<string, Appearance>>;

/** Why a request fails; those written as one word are the middleware's own reason identifiers. */
export type Failure = keyof typeof appearances;

/** What differed up to 7.10.3. */
const oldAppearances: Partial<Record<Failure, Appearance>> = {
  nosecretcookie: { code: "SES-0206", category: "TRY_AGAIN", pageStatus: 403 },
  secretmismatch: { code: "SES-0206", category: "TRY_AGAIN", pageStatus: 403 },
  ipcheck: { code: "SES-0205", category: "PERMISSION_DENIED", pageStatus: 403 },
};

/** Answers 200 with the error object, or with a page where the client does not take JSON. */
export function sendFailure(
  req: Request,
  res: Response,
  { errors }: Pick<Switches, "errors">,
  failure: Failure,
  params: readonly string[] = [],
): void {
  const appearance: Appearance = (errors === "old" ? oldAppearances[failure] : undefined) ?? appearances[failure];
  if (appearance.pageOnly || !takesJson(req.headers.accept)) {
    sendPage(res, appearance.pageStatus, appearance.code);
    return;
  }
  sendScript(res, {
    error: `The request failed (${failure}).`,
    error_params: params,
    categories: appearance.category,
    category: categories[appearance.category],
    code: appearance.code,
    error_id: randomUUID(),
    error_desc: `A stand-in answers with ${appearance.code}.`,
  });
}

/** What `SES-0203` names among its parameters. */
export const shownSessionId = (id: string): string => (/^[0-9a-f]{32}$/i.test(id) ? id : "<invalid_sessionid>");

/** JSON under the content type of the HTTP API, uncached. */
export const sendScript = (res: Response, value: unknown): void => sendScriptText(res, JSON.stringify(value));

/** Any text in its place. Not by `send`, which would write the content type in its own way. */
export const sendScriptText = (res: Response, text: string): void =>
  void res.status(200).set("Cache-Control", "no-store").set("Content-Type", "text/javascript; charset=UTF-8").end(text);

export function sendPage(res: Response, status: number, title: string): void {
  res
    .status(status)
    .set("Cache-Control", "no-store")
    .type("html")
    .send(`<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${status}</h1></body></html>`);
}

/** No `Accept`, or quality 1 for JSON in one of its two forms, wildcards included. */
export function takesJson(accept = ""): boolean {
  if (accept.trim() === "") return true;
  const taken = ["application/json", "text/javascript", "application/*", "text/*", "*/*"];
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return taken.includes(type) && (quality === undefined || Number(quality.slice(2)) === 1);
  });
}
