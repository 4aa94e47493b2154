/**
 * Which pages may open a socket. Browsers send cookies along with every upgrade, whatever page asked for it, and Socket.IO's
 * own `cors` does not look at upgrades (CWE-1385), so the Origin is checked before anything else is.
 */

/** The address of this service as the browser sees it. */
export interface SeenAs {
  readonly scheme: string;
  /** `Host` header: name and port. */
  readonly host: string | undefined;
}

export type Allowed = "same-origin" | readonly string[];

/**
 * True when a page of this `Origin` may connect.
 * - Scheme, host and port must be equal; `ws` counts as `http`, `wss` as `https`; default ports may be left out; case of the host is ignored.
 * - `null` (sandboxed frames, files) and anything that is no origin is refused.
 * - No `Origin`: native clients send none, and browsers leave it out of same-origin polling. It is allowed unless
 *   `Sec-Fetch-Site`, which pages cannot forge, says that another site asks.
 */
export function isOriginAllowed(
  headers: { readonly origin?: string | undefined; readonly secFetchSite?: string | undefined },
  seenAs: SeenAs,
  allowed: Allowed,
): boolean {
  if (headers.origin === undefined) return !["cross-site", "same-site"].includes(headers.secFetchSite ?? "none");
  const origin = normalOrigin(headers.origin);
  if (origin === undefined) return false;
  if (allowed !== "same-origin") return allowed.some((entry) => normalOrigin(entry) === origin);
  return seenAs.host !== undefined && normalOrigin(`${seenAs.scheme}://${seenAs.host}`) === origin;
}

/** `scheme://host:port` in one spelling; undefined when the text is no origin, for example has a path. */
export function normalOrigin(text: string): string | undefined {
  const parts = /^(https?|wss?):\/\/([^/?#@\\\s]+)$/i.exec(text);
  const [, scheme, host] = parts ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  const secure = /^(https|wss)$/i.test(scheme);
  try {
    return new URL(`${secure ? "https" : "http"}://${host}`).origin;
  } catch {
    return undefined; // a host or port that no URL has
  }
}
