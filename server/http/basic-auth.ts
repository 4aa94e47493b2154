/** Basic authentication of the REST routes, one pair of credentials for all of them. */

import type { IncomingMessage } from "node:http";
import basicAuth from "basic-auth";
import type { RequestHandler } from "express";
import { equalSecrets } from "../../auth/index.ts";

export interface Credentials {
  /** Empty, here or below: nobody gets in. */
  readonly login: string;
  readonly password: string;
}

/** @param credentials asked at each request, so that a reload counts at once */
export function createBasicAuth(credentials: () => Credentials): RequestHandler {
  return (req, res, next) => {
    if (basicLogin(req, credentials()) !== undefined) next();
    else res.status(401).set("WWW-Authenticate", 'Basic realm="oxbow", charset="UTF-8"').end();
  };
}

/** The login name of a request that brings these credentials; undefined for every other one. */
export function basicLogin(request: IncomingMessage, { login, password }: Credentials): string | undefined {
  const given = basicAuth(request);
  // Both are compared whatever the first comparison says: the time tells nothing.
  const fits = [equalSecrets(given?.name ?? "", login), equalSecrets(given?.pass ?? "", password)];
  return given !== undefined && login !== "" && password !== "" && fits.every(Boolean) ? login : undefined;
}
