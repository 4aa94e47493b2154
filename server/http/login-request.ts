/** Reads the parameters of a login and says what is wrong with them. Lengths are bounded: most of them are kept. */

import { isIP } from "node:net";
import type { Request } from "express";
import type { LoginRequest } from "../../auth/index.ts";
import type { AjaxError } from "./ajax-answer.ts";
import { invalidParameter, missingParameter } from "./ajax-errors.ts";
import { formValues, parameter } from "./parameters.ts";

export type ReadLogin =
  { readonly ok: true; readonly request: LoginRequest } | { readonly ok: false; readonly error: AjaxError };

/** What a parameter that is there must look like. */
const accepted: Readonly<Record<string, (value: string) => boolean>> = {
  name: (value) => value.length <= 1_024,
  client: (value) => /^[\x20-\x7e]{1,256}$/.test(value),
  clientUserAgent: (value) => value.length <= 4_096,
  authId: (value) => /^[\x21-\x7e]{1,128}$/.test(value),
  clientIP: isAddress,
};

/** @param defaults what stands in for parameters that are not there, and what is known of the connection */
export function readLogin(
  req: Request,
  defaults: { readonly client: string; readonly address: string | undefined },
): ReadLogin {
  const name = parameter(req, "name")?.trim();
  const [password] = formValues(req, "password"); // never from the URL
  if (name === undefined || name === "") return { ok: false, error: missingParameter("name") };
  if (password === undefined || password === "") return { ok: false, error: missingParameter("password") };
  const wrong = wrongParameter(req);
  if (wrong !== undefined) return { ok: false, error: invalidParameter(wrong) };
  const [authId, clientIp, clientUserAgent] = ["authId", "clientIP", "clientUserAgent"].map((one) =>
    parameter(req, one),
  );
  return {
    ok: true,
    request: {
      name,
      password,
      client: parameter(req, "client") ?? defaults.client,
      ...(authId === undefined ? {} : { authId }),
      ...(clientIp === undefined ? {} : { clientIp }),
      ...(clientUserAgent === undefined ? {} : { clientUserAgent }),
      staySignedIn: parameter(req, "staySignedIn")?.toLowerCase() === "true",
      headers: req.headers,
      address: defaults.address,
    },
  };
}

/** The name of a parameter that is not as it must be. */
export const wrongParameter = (req: Request): string | undefined =>
  Object.entries(accepted).find(([name, accepts]) => {
    const value = parameter(req, name);
    return value !== undefined && !accepts(value);
  })?.[0];

function isAddress(value: string): boolean {
  return isIP(value) !== 0;
}
