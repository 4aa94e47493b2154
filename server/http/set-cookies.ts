/** Puts cookies into an answer. Which ones, and with which attributes, says auth/cookies.ts. */

import type { Response } from "express";
import type { Cookie, CookieChannel } from "../../auth/index.ts";
import type { Client } from "./client.ts";

export function setCookies(res: Response, cookies: readonly Cookie[]): void {
  for (const { name, value, maxAgeSeconds, ...attributes } of cookies) {
    const life = maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds * 1_000 };
    res.cookie(name, value, { ...attributes, ...life });
  }
}

/** What cookies need to know of the connection, as the browser sees it. */
export const channelOf = ({ scheme, host = "" }: Client): CookieChannel => ({
  secure: scheme === "https",
  serverName: host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase(),
});
