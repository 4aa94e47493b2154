/** The public Express app: what comes before every route, the routes in order, and what comes after. */
import cookieParser from "cookie-parser";
import express from "express";
import type { ErrorRequestHandler, Express, RequestHandler, Router } from "express";

export interface PublicAppDeps {
  /** Requests with a longer URL are refused before anything reads it. */
  readonly maxUrlBytes: number;
  /** Routers in the order in which they are asked; each passes on what is not its own. */
  readonly routes: readonly Router[];
  readonly answerFaults: ErrorRequestHandler;
}

export function createPublicApp({ maxUrlBytes, routes, answerFaults }: PublicAppDeps): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.set("query parser", "simple");
  app.use(refuseLongUrls(maxUrlBytes), cookieParser());
  for (const router of routes) app.use(router);
  app.use((_req, res) => void res.status(404).end());
  app.use(answerFaults);
  return app;
}

const refuseLongUrls =
  (maxUrlBytes: number): RequestHandler =>
  (req, res, next) => {
    if (req.url.length <= maxUrlBytes) next();
    else res.status(414).set("Connection", "close").end();
  };
