/** What the stand-in was asked: counted for ever, remembered in full for the latest requests. */
import type { IncomingHttpHeaders } from "node:http";
import type { Request, RequestHandler } from "express";
import { places, type Place } from "./disturbances.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** When it came, monotonic. */
  readonly atMs: number;
}

export interface Load {
  /** Requests so far. */
  requests: number;
  /** Being answered at this moment; one that its client gave up ends with its connection. */
  inFlight: number;
  /** The most at one moment. */
  maxInFlight: number;
}

export interface Traffic {
  /** The latest requests below this place, oldest first. */
  seen(place: Place): readonly SeenRequest[];
  of(place: Place): Readonly<Load>;
  /** Requests below this place for one session. */
  ofSession(place: Place, sessionId: string): Readonly<Load>;
  /** The highest of all sessions' `maxInFlight`. */
  mostInFlightOfOneSession(place: Place): number;
  forget(): void;
  readonly handler: RequestHandler;
}

const remembered = 1_000;

export function createTraffic(): Traffic {
  let latest: SeenRequest[] = [];
  const loads = new Map<string, Load>();
  const loadOf = (key: string): Load => {
    const load = loads.get(key) ?? { requests: 0, inFlight: 0, maxInFlight: 0 };
    loads.set(key, load);
    return load;
  };
  return {
    seen: (place) => latest.filter(({ path }) => path.startsWith(places[place])),
    of: (place) => ({ ...loadOf(place) }),
    ofSession: (place, sessionId) => ({ ...loadOf(`${place} ${sessionId}`) }),
    mostInFlightOfOneSession: (place) =>
      Math.max(0, ...[...loads].filter(([key]) => key.startsWith(`${place} `)).map(([, load]) => load.maxInFlight)),
    forget: () => {
      latest = [];
      for (const load of loads.values()) Object.assign(load, { requests: 0, maxInFlight: load.inFlight });
    },
    handler: (req, res, next) => {
      const seen = see(req);
      latest.push(seen);
      if (latest.length > 2 * remembered) latest = latest.slice(-remembered);
      const counted = keysOf(seen).map(loadOf);
      for (const load of counted) begin(load);
      // Not "finish": a request that is never answered ends when its connection does.
      res.once("close", () => {
        for (const load of counted) load.inFlight -= 1;
      });
      next();
    },
  };
}

function see(req: Request): SeenRequest {
  const { pathname, searchParams } = new URL(req.originalUrl, "http://stand-in");
  return { method: req.method, path: pathname, query: searchParams, headers: req.headers, atMs: performance.now() };
}

function keysOf({ path, query }: SeenRequest): readonly string[] {
  const session = query.get("session") ?? /^\/preliminary\/session\/v1\/get\/(\w+)/.exec(path)?.[1];
  return placesOf(path).flatMap((place) => (session === undefined ? [place] : [place, `${place} ${session}`]));
}

const placesOf = (path: string): readonly string[] =>
  Object.entries(places).flatMap(([place, beginning]) => (path.startsWith(beginning) ? [place] : []));

function begin(load: Load): void {
  load.requests += 1;
  load.inFlight += 1;
  load.maxInFlight = Math.max(load.maxInFlight, load.inFlight);
}
