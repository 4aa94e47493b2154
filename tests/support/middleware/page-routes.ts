/** A page of the stand-in's own, which does what App Suite does: one login, then a socket at the same origin. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Router } from "express";

const page = readFileSync(join(import.meta.dirname, "page.html"), "utf8");
const require = createRequire(import.meta.url);
const client = join(dirname(require.resolve("socket.io-client/package.json")), "dist/socket.io.esm.min.js");

export function createPageRoutes(): Router {
  const router = Router();
  router.get("/", (_req, res) => void res.type("html").send(page));
  router.get("/socket.io-client.js", (_req, res) => res.sendFile(client));
  return router;
}
