/**
 * Errors of the `/ajax` routes other than refusals of a session; JSON, whatever a client takes. Codes are the
 * middleware's where they are known. Those that begin with `OXB` are ours, so that nobody takes them for one of its
 * numbers (docs/decisions/0022).
 */

import type { AjaxError } from "./ajax-answer.ts";

export const missingParameter = (name: string): AjaxError => ({
  code: "SVL-0002",
  category: "ERROR",
  form: "json",
  text: `Missing the following request parameter: ${name}`,
  description: `Missing the following request parameter: ${name}`,
});

export const unknownAction: AjaxError = {
  code: "SVL-0001",
  category: "ERROR",
  form: "json",
  text: "Unknown action.",
  description: "The parameter action names nothing that this module does",
};

export const invalidParameter = (name: string): AjaxError => ({
  code: "OXB-0111",
  category: "USER_INPUT",
  form: "json",
  text: `The request parameter ${name} has an invalid value.`,
  description: `The request parameter ${name} has an invalid value`,
});

export const passwordInUrl: AjaxError = {
  code: "OXB-0112",
  category: "ERROR",
  form: "json",
  text: "The parameter password is not allowed in the URL.",
  description: "URLs end up in logs: send the password in the body of a POST request",
};

export const disabledAction: AjaxError = {
  code: "OXB-0113",
  category: "PERMISSION_DENIED",
  form: "json",
  text: "This action is disabled.",
  description: "com.openexchange.sessiond.autologin is off",
};

export const invalidCookie: AjaxError = {
  code: "OXB-0114",
  category: "TRY_AGAIN",
  form: "json",
  text: "The cookies belong to no valid session.",
  description: "There is no pair of session and secret cookie that fits a live session",
};

export const invalidCredentials: AjaxError = {
  code: "LGI-0006",
  category: "USER_INPUT",
  form: "json",
  text: "The user name or password is incorrect.",
  description: "Invalid credentials",
};

export const tooManyFailures = (retryAfterMs: number): AjaxError => ({
  code: "OXB-0115",
  category: "TRY_AGAIN",
  form: "json",
  text: "Too many failed logins. Please try again later.",
  description: "com.openexchange.ajax.login.maxRate is exceeded for this login and address",
  jsonStatus: 429,
  retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
});

/** Why no session was added at a login. */
export const sessionLimits = {
  "limit-total": {
    code: "SES-0002",
    category: "ERROR",
    form: "json",
    text: "There are too many sessions. Please try again later.",
    description: "com.openexchange.sessiond.maxSession is reached",
  },
  "limit-user": {
    code: "SES-0007",
    category: "USER_INPUT",
    form: "json",
    text: "You are logged in too many times. Please log out elsewhere.",
    description: "com.openexchange.sessiond.maxSessionPerUser is reached",
  },
  "limit-client": {
    code: "SES-0207",
    category: "USER_INPUT",
    form: "json",
    text: "You are logged in too many times with this client. Please log out elsewhere.",
    description: "com.openexchange.sessiond.maxSessionPerClient is reached",
  },
  "duplicate-auth-id": {
    code: "SES-0008",
    category: "ERROR",
    form: "json",
    text: "This login is already in use. Please log in again.",
    description: "A live session has the same authId",
  },
} as const satisfies Readonly<Record<string, AjaxError>>;
