/** The servlet container's own sessions, `JSESSIONID`: a request without one makes a new one. */
import { randomInt } from "node:crypto";
import type { Request, Response } from "express";
import type { Origin } from "./addresses.ts";
import { httpSessionCookie } from "./cookie-names.ts";
import { cookieOf } from "./cookies.ts";

export interface HttpSessions {
  /** The request's own, or a new one whose cookie goes with the answer. */
  of(req: Request, res: Response, origin: Origin): string;
  /** How many were made so far. */
  readonly made: number;
  forget(id: string): void;
}

/** @param route suffix of the ids, by which a load balancer finds the node */
export function createHttpSessions(route = "OX0"): HttpSessions {
  const known = new Set<string>();
  let made = 0;
  return {
    of: (req, res, origin) => {
      const given = cookieOf(req, httpSessionCookie);
      if (given !== undefined && known.has(given)) return given;
      made += 1;
      const id = `${String(randomInt(2 ** 47)).padStart(15, "0")}${String(made).padStart(4, "0")}.${route}`;
      known.add(id);
      res.cookie(httpSessionCookie, id, { path: "/", httpOnly: true, secure: origin.secure });
      return id;
    },
    get made() {
      return made;
    },
    forget: (id) => known.delete(id),
  };
}
