/**
 * The playground: the page at `/` of the stand-alone product, where a newcomer logs in and watches a push arrive.
 * Why a page of ours: it uses the product from outside, through the same routes and the same socket as the App Suite.
 * Not here: sessions and pushes themselves, which are handed in. What the page does stands in `assets/playground.js`.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Router } from "express";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Session } from "../../auth/session.ts";
import { packageRoot } from "../package-root.ts";

export interface PlaygroundDeps {
  /** Answers a request without a valid session itself; lets all others pass. */
  readonly requireSession: RequestHandler;
  /** The session that `requireSession` found. */
  readonly sessionOf: (req: Request) => Pick<Session, "id" | "contextId" | "userId"> | undefined;
  /** Pushes a made-up new mail to this user, the way a real one goes. */
  readonly sendTestMail: (user: { readonly contextId: number; readonly userId: number }) => void;
  /** Removes a session as an administrator would. */
  readonly endSession: (sessionId: string) => Promise<void>;
  /** The transports that the endpoint accepts; with `polling` among them the page offers the choice. */
  readonly transports: () => readonly ("websocket" | "polling")[];
  /** Shown on the page, passwords included; read at each request. Undefined: another directory, and nobody is shown. */
  readonly demoUsers: readonly { readonly login: string; readonly password: string }[] | undefined;
}

/** Nothing else in the folder is served. */
const assetNames = [
  "playground.css",
  "icon.svg",
  "playground.js",
  "connection.js",
  "event-list.js",
  "page.js",
  "server.js",
];

/**
 * Routes of the page: `/`, its files and data below `/playground/`. The two that change something want a session:
 * `POST /playground/test-mail` and `POST /playground/end-session`, both answered by 204.
 */
export function createPlaygroundRoutes(deps: PlaygroundDeps): Router {
  const router = Router({ strict: true, caseSensitive: true });
  router.all(["/", "/playground/*rest"], protect);
  for (const [path, file] of Object.entries(files())) {
    router.get(path, (_req, res, next) => sendAsset(file, res, next));
  }
  router.get("/playground/options", (_req, res) => {
    res.json({ transports: deps.transports(), demoUsers: deps.demoUsers ?? [] });
  });
  router.post("/playground/test-mail", deps.requireSession, (req, res) => {
    const { contextId, userId } = foundSession(deps, req);
    deps.sendTestMail({ contextId, userId });
    res.status(204).end();
  });
  router.post("/playground/end-session", deps.requireSession, async (req, res) => {
    await deps.endSession(foundSession(deps, req).id);
    res.status(204).end();
  });
  return router;
}

/** Paths of the page and the files behind them. */
function files(): Readonly<Record<string, string>> {
  const assets = join(packageRoot(), "server", "pages", "assets");
  const client = join(dirname(createRequire(import.meta.url).resolve("socket.io/package.json")), "client-dist");
  return {
    "/": join(assets, "playground.html"),
    ...Object.fromEntries(assetNames.map((name) => [`/playground/${name}`, join(assets, name)])),
    // Not at /socket.io/socket.io.js, where Socket.IO would serve it: the paths of the endpoint are exact.
    "/playground/socket.io.js": join(client, "socket.io.esm.min.js"),
    "/playground/socket.io.esm.min.js.map": join(client, "socket.io.esm.min.js.map"),
  };
}

/**
 * Mail texts are hostile, so nothing on the page can become a script: no inline code, no foreign host, and Trusted Types
 * turn a forgotten `innerHTML` into an error. `connect-src 'self'` covers `ws:` and `wss:` of the same host (CSP 3).
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'", // the script logs in; without it the password must not end up in a URL
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

function protect(_req: Request, res: Response, next: NextFunction): void {
  res.set({
    "Content-Security-Policy": contentSecurityPolicy,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    // npm gives the files of every version the same date, so a browser asking "newer than mine?" would keep the old page.
    "Cache-Control": "no-store",
  });
  next();
}

function sendAsset(file: string, res: Response, next: NextFunction): void {
  // dotfiles: the path is ours, and `npx` installs below `~/.npm`.
  res.sendFile(file, { cacheControl: false, dotfiles: "allow" }, (fault?: Error) => {
    // A reader who went away in the middle has had its answer begun; there is nobody left to tell.
    if (fault !== undefined && !res.headersSent) next(fault);
  });
}

/** A fault here means that `requireSession` let a request pass without a session. */
function foundSession(deps: PlaygroundDeps, req: Request): Pick<Session, "id" | "contextId" | "userId"> {
  const session = deps.sessionOf(req);
  if (session === undefined) throw new Error("a request of the playground passed without a session");
  return session;
}
