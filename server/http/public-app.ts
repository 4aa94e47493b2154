/** The public Express app: what comes before every route, the routes in order, and what comes after. */
import cookieParser from "cookie-parser";
import express from "express";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";

export interface PublicAppDeps {
  /** Requests with a longer URL are refused before anything reads it. */
  readonly maxUrlBytes: number;
  /** Requests with more header lines are refused: some of theirs, such as `Origin` or a proxy's, were left out. */
  readonly maxHeadersCount: number;
  /** Middleware in the order in which it is asked; each passes on what is not its own. */
  readonly routes: readonly RequestHandler[];
  readonly answerFaults: ErrorRequestHandler;
}

export function createPublicApp({ maxUrlBytes, maxHeadersCount, routes, answerFaults }: PublicAppDeps): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.set("query parser", "simple");
  app.use(refuseOversized({ maxUrlBytes, maxHeadersCount }), cookieParser());
  for (const route of routes) app.use(route);
  app.use((_req, res) => void res.status(404).end());
  app.use(answerFaults);
  return app;
}

const refuseOversized =
  ({ maxUrlBytes, maxHeadersCount }: Pick<PublicAppDeps, "maxUrlBytes" | "maxHeadersCount">): RequestHandler =>
  (req, res, next) => {
    const lines = req.rawHeaders.length / 2; // names and values in turn
    if (req.url.length > maxUrlBytes) res.status(414).set("Connection", "close").end();
    else if (lines > maxHeadersCount) res.status(431).set("Connection", "close").end();
    else next();
  };
