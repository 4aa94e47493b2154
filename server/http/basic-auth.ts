/** Basic authentication of the REST routes, one pair of credentials for all of them. */

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
    const { login, password } = credentials();
    const given = basicAuth(req);
    // Both are compared whatever the first comparison says: the time tells nothing.
    const fits = [equalSecrets(given?.name ?? "", login), equalSecrets(given?.pass ?? "", password)];
    if (given !== undefined && login !== "" && password !== "" && fits.every(Boolean)) next();
    else res.status(401).set("WWW-Authenticate", 'Basic realm="oxbow", charset="UTF-8"').end();
  };
}
