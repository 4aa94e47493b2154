/** The playground's routes over real HTTP; the page itself is tried in a browser (tests/browser/playground.test.ts). */
import { afterEach, expect, test } from "@jest/globals";
import express from "express";
import type { Request, RequestHandler } from "express";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createPlaygroundRoutes } from "../../server/pages/playground.ts";
import type { PlaygroundDeps } from "../../server/pages/playground.ts";

const assets = join(import.meta.dirname, "../../server/pages/assets");
const anton = { id: "0123456789abcdef0123456789abcdef", contextId: 1, userId: 3 };
const berta = { id: "fedcba9876543210fedcba9876543210", contextId: 1, userId: 4 };
const servers = new Set<Server>();

afterEach(async () => {
  await Promise.all([...servers].map(close));
  servers.clear();
});

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

const sessionOf = (req: Request): typeof anton | undefined =>
  [anton, berta].find(({ id }) => id === req.query["session"]);

/** Refuses in the manner of the real one: an error object with status 200. */
const requireSession: RequestHandler = (req, res, next) => {
  if (sessionOf(req) === undefined) res.json({ code: "SES-0203", error: "Your session expired." });
  else next();
};

interface Playground {
  readonly url: string;
  readonly mails: readonly unknown[];
  readonly ended: readonly string[];
}

async function open(changes: Partial<PlaygroundDeps> = {}): Promise<Playground> {
  const mails: unknown[] = [];
  const ended: string[] = [];
  const app = express().use(
    createPlaygroundRoutes({
      requireSession,
      sessionOf,
      sendTestMail: (user) => void mails.push(user),
      endSession: (id) => Promise.resolve(void ended.push(id)),
      transports: () => ["websocket"],
      demoUsers: [{ login: "anton", password: "secret" }],
      ...changes,
    }),
  );
  const server = createServer(app);
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { url: `http://127.0.0.1:${address.port}`, mails, ended };
}

test.each([
  { path: "/", type: "text/html; charset=utf-8" },
  { path: "/playground/playground.css", type: "text/css; charset=utf-8" },
  { path: "/playground/icon.svg", type: "image/svg+xml" },
  { path: "/playground/playground.js", type: "text/javascript; charset=utf-8" },
  { path: "/playground/connection.js", type: "text/javascript; charset=utf-8" },
  { path: "/playground/socket.io.js", type: "text/javascript; charset=utf-8" },
  { path: "/playground/options", type: "application/json; charset=utf-8" },
])("$path is served as $type, under the page's protection", async ({ path, type }) => {
  const { url } = await open();
  const answer = await fetch(url + path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe(type);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  expect(answer.headers.get("content-security-policy")).not.toBeNull();
});

test("the policy allows nothing inline, nothing evaluated and no other host", async () => {
  const { url } = await open();
  const policy = (await fetch(url)).headers.get("content-security-policy") ?? "";
  const directives = new Map(
    policy.split("; ").map((text) => [text.split(" ")[0], text.split(" ").slice(1).join(" ")]),
  );
  expect(directives.get("default-src")).toBe("'none'");
  expect(directives.get("frame-ancestors")).toBe("'none'");
  expect(directives.get("base-uri")).toBe("'none'");
  expect(directives.get("form-action")).toBe("'none'");
  for (const name of ["script-src", "style-src", "img-src", "connect-src"]) expect(directives.get(name)).toBe("'self'");
  expect(directives.get("require-trusted-types-for")).toBe("'script'");
});

test("every file that the page or its scripts ask for is served", async () => {
  const { url } = await open();
  const sources = (await readdir(assets)).filter((name) => /\.(html|js)$/.test(name));
  const texts = await Promise.all(
    sources.map(async (name) => ({ name, text: await readFile(join(assets, name), "utf8") })),
  );
  const wanted = texts.flatMap(({ text }) =>
    [...text.matchAll(/(?:from|src=|href=)\s*"(?:\.\/|\/playground\/)([^"]+)"/g)].map(([, name]) => name ?? ""),
  );
  expect(wanted).toEqual(expect.arrayContaining(["playground.js", "playground.css", "socket.io.js", "page.js"]));
  for (const name of new Set(wanted)) {
    expect({ name, status: (await fetch(`${url}/playground/${name}`)).status }).toEqual({ name, status: 200 });
  }
});

test("the page holds no inline script, style or handler and names no other host", async () => {
  const html = await readFile(join(assets, "playground.html"), "utf8");
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|https?:\/\//);
});

test.each([
  "/playground/",
  "/playground",
  "/playground/tsconfig.json",
  "/playground/playground.html",
  "/playground/nothing.js",
  "/playground/../playground.ts",
  "/playground/..%2fplayground.ts",
  "/playground/%2e%2e/%2e%2e/package.json",
  "/playground/socket.io.js/",
  "/PLAYGROUND/page.js",
  "/index.html",
  "/socket.io/socket.io.js",
])("%s is not there", async (path) => {
  const { url } = await open();
  expect((await fetch(url + path)).status).toBe(404);
});

test("a browser keeps no file: after an update the page and its scripts are of one version", async () => {
  const { url } = await open();
  for (const path of ["/", "/playground/playground.js", "/playground/socket.io.js"]) {
    expect((await fetch(url + path)).headers.get("cache-control")).toBe("no-store");
  }
});

test("the options name the transports of now and the demo users, and are not stored", async () => {
  let transports: readonly ("websocket" | "polling")[] = ["websocket"];
  const { url } = await open({ transports: () => transports });
  const answer = await fetch(`${url}/playground/options`);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const demoUsers = [{ login: "anton", password: "secret" }];
  expect(await answer.json()).toEqual({ transports: ["websocket"], demoUsers });
  transports = ["websocket", "polling"];
  expect(await (await fetch(`${url}/playground/options`)).json()).toEqual({ transports, demoUsers });
});

test("with another directory no user is shown", async () => {
  const { url } = await open({ demoUsers: undefined });
  expect(await (await fetch(`${url}/playground/options`)).json()).toEqual({ transports: ["websocket"], demoUsers: [] });
});

test("a test mail goes to the user of the session and to nobody that the request names", async () => {
  const playground = await open();
  const url = `${playground.url}/playground/test-mail?session=${berta.id}&userId=3&user=3`;
  expect((await fetch(url, { method: "POST" })).status).toBe(204);
  expect(playground.mails).toEqual([{ contextId: 1, userId: 4 }]);
});

test("a session ends only itself", async () => {
  const playground = await open();
  const url = `${playground.url}/playground/end-session?session=${anton.id}&sessionId=${berta.id}`;
  expect((await fetch(url, { method: "POST" })).status).toBe(204);
  expect(playground.ended).toEqual([anton.id]);
});

test.each(["test-mail", "end-session"])("%s without a valid session does nothing", async (action) => {
  const playground = await open();
  for (const query of ["", "?session=", `?session=${"0".repeat(32)}`]) {
    const answer = await fetch(`${playground.url}/playground/${action}${query}`, { method: "POST" });
    expect(await answer.json()).toMatchObject({ code: "SES-0203" });
  }
  expect(playground.mails).toEqual([]);
  expect(playground.ended).toEqual([]);
});

test.each(["test-mail", "end-session"])("%s is not done by following a link", async (action) => {
  const playground = await open();
  expect((await fetch(`${playground.url}/playground/${action}?session=${anton.id}`)).status).toBe(404);
  expect(playground.mails).toEqual([]);
  expect(playground.ended).toEqual([]);
});

test("a session that cannot be ended is a failure, not a success", async () => {
  const playground = await open({ endSession: () => Promise.reject(new Error("the store is away")) });
  const url = `${playground.url}/playground/end-session?session=${anton.id}`;
  expect((await fetch(url, { method: "POST" })).status).toBe(500);
});
