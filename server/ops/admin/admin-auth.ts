/**
 * Who may use the admin API: whoever brings the admin token (Bearer), or the credentials of the REST routes (Basic).
 * Requests that a web page could have made are refused before that, whatever they bring: a name that its owner points at
 * this machine (DNS rebinding) must not turn somebody's browser into a client of this API.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { equalSecrets } from "../../../auth/index.ts";
import { basicLogin } from "../../http/basic-auth.ts";
import type { Credentials } from "../../http/basic-auth.ts";

/** Who asks, for the audit log. */
export type Administrator = { readonly by: "token" } | { readonly by: "login"; readonly login: string };

export interface AdminAuthDeps {
  /** Both are asked at each request, so that a reload counts at once. */
  readonly token: () => string;
  readonly credentials: () => Credentials;
}

/** Undefined: nobody who may. Takes the same time whatever part of a secret is right. */
export const createAdminAuth =
  ({ token, credentials }: AdminAuthDeps) =>
  (request: IncomingMessage): Administrator | undefined => {
    const [, bearer] = /^Bearer +([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (bearer !== undefined) return equalSecrets(bearer, token()) ? { by: "token" } : undefined;
    const login = basicLogin(request, credentials());
    return login === undefined ? undefined : { by: "login", login };
  };

/**
 * Whether the request is addressed to this node by a name that nobody else can give away, and comes from no foreign page.
 * @param ownNames in lower case; addresses and `localhost` always fit
 */
export function isAddressedHere(request: IncomingMessage, ownNames: readonly string[]): boolean {
  const { host = "", origin } = request.headers;
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0;
  if (!isAddress && !["localhost", ...ownNames].includes(hostname)) return false;
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}
