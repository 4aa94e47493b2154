/** What can go wrong between a client and the stand-in, at the level of answers and connections. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { sendPage, sendScriptText } from "./errors.ts";

export const disturbanceSchema = z.discriminatedUnion("kind", [
  /** Answers rightly, later. */
  z.strictObject({ kind: z.literal("delay"), ms: z.number().nonnegative() }),
  /** Answers rightly once `calm` is called. */
  z.strictObject({ kind: z.literal("freeze") }),
  /** A page with this status. */
  z.strictObject({ kind: z.literal("status"), status: z.number().int().min(400).max(599) }),
  /** A page with 200, as of a captive portal. */
  z.strictObject({ kind: z.literal("html") }),
  /** Bytes that are no JSON, with the content type of JSON and 200. */
  z.strictObject({ kind: z.literal("rubbish") }),
  /** JSON with 200 that is no answer to the question. */
  z.strictObject({ kind: z.literal("nonsense") }),
  z.strictObject({ kind: z.literal("empty") }),
  /** The error object with this code and 200. */
  z.strictObject({ kind: z.literal("code"), code: z.string() }),
  /** Takes the request and never answers, also after `calm`. */
  z.strictObject({ kind: z.literal("silence") }),
  /** Sends the head and half of the body; then nothing, while the connection stays open. */
  z.strictObject({ kind: z.literal("half") }),
  /** Sends the head and half of the body, then resets the connection. */
  z.strictObject({ kind: z.literal("cut") }),
  /** Resets the connection instead of an answer. */
  z.strictObject({ kind: z.literal("reset") }),
  /** A body that never ends. */
  z.strictObject({ kind: z.literal("flood") }),
]);
export type Disturbance = z.output<typeof disturbanceSchema>;

/** Beginnings of paths, by what they are about. */
export const places = {
  whoami: "/ajax/system",
  login: "/ajax/login",
  peek: "/preliminary/session/",
  configuration: "/preliminary/configuration/",
  everything: "/",
} as const;
export type Place = keyof typeof places;

export interface Disturbances {
  /** From now on; a later disturbance of the same place replaces it. @param times default: until `calm` */
  readonly disturb: (place: Place, disturbance: Disturbance, times?: number) => void;
  /** Ends all of them and lets frozen requests go on. */
  readonly calm: () => void;
  readonly handler: RequestHandler;
}

export function createDisturbances(): Disturbances {
  const active = new Map<Place, { readonly disturbance: Disturbance; left: number }>();
  const frozen = new Set<() => void>();
  const take = (path: string): Disturbance | undefined => {
    for (const [place, entry] of active) {
      if (!path.startsWith(places[place]) || path.startsWith("/control")) continue;
      entry.left -= 1;
      if (entry.left <= 0) active.delete(place);
      return entry.disturbance;
    }
    return undefined;
  };
  return {
    disturb: (place, disturbance, times = Infinity) => {
      active.delete(place);
      active.set(place, { disturbance, left: times });
    },
    calm: () => {
      active.clear();
      for (const goOn of frozen) goOn();
      frozen.clear();
    },
    handler: (req, res, next) => {
      const disturbance = take(req.path);
      if (disturbance === undefined) next();
      else if (disturbance.kind === "freeze") frozen.add(next);
      else disturbWith(disturbance, { req, res, next });
    },
  };
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
}

const halfBody = '{"data":{"session":"0123';

function disturbWith(disturbance: Exclude<Disturbance, { kind: "freeze" }>, { req, res, next }: Exchange): void {
  const script = (body: string): void => sendScriptText(res, body);
  switch (disturbance.kind) {
    case "delay": {
      const timer = setTimeout(next, disturbance.ms);
      res.once("close", () => clearTimeout(timer)); // its client gave up, or the stand-in stops
      return;
    }
    case "status":
      sendPage(res, disturbance.status, "Out of order");
      return;
    case "html":
      sendPage(res, 200, "Welcome to this network");
      return;
    case "rubbish":
      return script("\u0000\ufffd{]not JSON");
    case "nonsense":
      return script('{"data":[{"session":7}],"code":12}');
    case "empty":
      return script("");
    case "code":
      return script(JSON.stringify({ error: "An error.", error_params: [], category: 8, code: disturbance.code }));
    case "silence":
      return;
    case "half":
    case "cut":
      res.writeHead(200, { "Content-Type": "text/javascript; charset=UTF-8", "Content-Length": "400" });
      res.write(halfBody, () => {
        if (disturbance.kind === "cut") req.socket.resetAndDestroy();
      });
      return;
    case "reset":
      req.socket.resetAndDestroy();
      return;
    case "flood":
      flood(res);
  }
}

/** Writes as fast as it is read, until the reader has had enough. */
function flood(res: Response): void {
  const chunk = Buffer.alloc(65_536, "a");
  res.type("text/javascript; charset=UTF-8");
  const pour = (): void => {
    while (!res.destroyed && res.write(chunk));
  };
  res.on("drain", pour);
  pour();
}
