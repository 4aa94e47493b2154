/** The admin API over real HTTP, on a view that answers from a list of sockets in this process. */
import { expect, test } from "@jest/globals";
import express from "express";
import { request } from "node:http";
import { createAdminAuth } from "../../../../../server/ops/admin/admin-auth.ts";
import { createAdminRouter } from "../../../../../server/ops/admin/admin-router.ts";
import { adminRoutes } from "../../../../../server/ops/admin/admin-routes.ts";
import { createOwnNode } from "../../../../../server/ops/admin/node-directory.ts";
import { createAnswerer } from "../../../../../server/ops/admin/node-questions.ts";
import { createInspection } from "../../../../../server/ops/admin/inspection.ts";
import { createSocketsView } from "../../../../../server/ops/admin/sockets-view.ts";
import { createOpenSockets } from "../../../../../server/realtime/open-sockets.ts";
import { asObject } from "../../../../support/acceptance/http.ts";
import { serve } from "../../http/serve.ts";
import { recordedSocket } from "../../recorded-socket.ts";
import { anton, enabledEntry, enabledName, inspector, reloaded } from "./example-answers.ts";

const node = "000000000000000a";
const token = "the-token-of-this-test";
const bearer = { Authorization: `Bearer ${token}` };
const basic = (login: string, password: string): { readonly Authorization: string } => ({
  Authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`,
});

async function open() {
  const openSockets = createOpenSockets(() => 100);
  const sockets = ["1", "2", "3"].map((connection) => recordedSocket({ connection, session: "0123456789abcdef" }));
  for (const socket of sockets) openSockets.add(socket);
  const describeNode = () => ({
    node,
    host: "host",
    pid: 1,
    version: "1.2.3",
    phase: "ready" as const,
    sockets: openSockets.size,
    since: "2026-01-01T00:00:00.000Z",
  });
  const answerer = createAnswerer({ openSockets, self: () => node, describeNode, inspector });
  const audit: unknown[] = [];
  const refused: string[] = [];
  const asking = { nodes: createOwnNode(() => node, answerer), timeoutMs: 1_000, onFault: () => undefined };
  const view = createSocketsView(asking);
  const router = createAdminRouter({
    view,
    inspection: createInspection(asking, view),
    reload: () => Promise.resolve(reloaded),
    administratorOf: createAdminAuth({
      token: () => token,
      credentials: () => ({ login: "rest", password: "rest-secret" }),
    }),
    ownNames: ["node-1.example"],
    auditLog: { info: (fields: unknown) => void audit.push(fields) },
    onRefused: (reason) => void refused.push(reason),
  });
  const { url, port } = await serve(express().use(router));
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url + path, { headers: bearer, ...init });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: asObject(text === "" ? {} : JSON.parse(text)) };
  };
  return { ask, audit, refused, sockets, port };
}

/** `fetch` writes the header Host itself. */
async function statusWith(port: number, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: "/admin/v1/nodes", headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once("error", reject).end();
  });
}

test.each([
  { name: "the token", headers: bearer, status: 200 },
  { name: "the token, its scheme in small letters", headers: { Authorization: `bearer ${token}` }, status: 200 },
  { name: "the REST credentials", headers: basic("rest", "rest-secret"), status: 200 },
  { name: "nothing", headers: {}, status: 401 },
  { name: "another token", headers: { Authorization: `Bearer ${token}x` }, status: 401 },
  { name: "an empty token", headers: { Authorization: "Bearer " }, status: 401 },
  { name: "another password", headers: basic("rest", "rest"), status: 401 },
  { name: "the token as a password", headers: basic("rest", token), status: 401 },
])("$name gets $status", async ({ headers, status }) => {
  const { ask, refused } = await open();
  const answer = await ask("/admin/v1/nodes", { headers });
  expect(answer.status).toBe(status);
  expect(refused).toEqual(status === 401 ? ["credentials"] : []);
  if (status !== 401) return;
  expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer .*, Basic /);
  expect(typeof answer.json["error"]).toBe("string");
});

test.each([
  { name: "an address", host: "127.0.0.1", status: 200 },
  { name: "an address with a port", host: "192.0.2.1:8016", status: 200 },
  { name: "an IPv6 address", host: "[::1]:8016", status: 200 },
  { name: "localhost", host: "LOCALHOST:8016", status: 200 },
  { name: "the own name", host: "Node-1.example:8016", status: 200 },
  { name: "a name that somebody points here", host: "attacker.example:8016", status: 403 },
  { name: "a name that begins like an address", host: "127.0.0.1.attacker.example", status: 403 },
  { name: "no name at all", host: "/", status: 403 },
])("addressed by $name: $status", async ({ host, status }) => {
  const { port } = await open();
  expect(await statusWith(port, { ...bearer, Host: host })).toBe(status);
});

test.each([
  { origin: "http://127.0.0.1:8016", status: 200 },
  { origin: "https://127.0.0.1:8016", status: 200 },
  { origin: "http://127.0.0.1:8009", status: 403 },
  { origin: "http://attacker.example", status: 403 },
  { origin: "null", status: 403 },
])("a page of $origin gets $status", async ({ origin, status }) => {
  const { port, refused } = await open();
  expect(await statusWith(port, { ...bearer, Host: "127.0.0.1:8016", Origin: origin })).toBe(status);
  expect(refused).toEqual(status === 403 ? ["foreign-page"] : []);
});

test("sockets are listed with what is to be seen of them, and never cached", async () => {
  const { ask } = await open();
  const { status, json, headers } = await ask("/admin/v1/sockets?limit=1");
  expect(status).toBe(200);
  expect(json).toMatchObject({ total: 3, complete: true, missing: [] });
  expect(json["sockets"]).toEqual([
    {
      context: 1,
      user: 3,
      session: "0123456789abcdef",
      connection: "1",
      client: "open-xchange-appsuite",
      address: "192.0.2.1",
      path: "/socket.io/appsuite/",
      protocol: 4,
      node,
      since: "2023-11-14T22:13:20.000Z",
    },
  ]);
  expect(headers.get("cache-control")).toBe("no-store");
});

test.each(adminRoutes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "the example of %s has the fields of a real answer",
  async (_name, { method, path, example }) => {
    const { ask } = await open();
    const { json } = await ask(path + (queries[`${method} ${path}`] ?? ""), { method });
    expect(fieldsOf(json)).toEqual(fieldsOf(example));
  },
);

/** Without which there is no answer. */
const queries: Readonly<Record<string, string>> = {
  "DELETE /admin/v1/sockets": "?all=true",
  "GET /admin/v1/explain": "?context=1&user=3",
};

/** Names of fields, those of the first item of a list included. */
const fieldsOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.slice(0, 1).map(fieldsOf)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fieldsOf(inner)]))
      : typeof value;

test("the next page is that of the cursor", async () => {
  const { ask } = await open();
  const first = await ask("/admin/v1/sockets?limit=2");
  const second = await ask(`/admin/v1/sockets?limit=2&cursor=${String(first.json["next"])}`);
  expect(second.json["sockets"]).toEqual([expect.objectContaining({ connection: "3" })]);
  expect(second.json).not.toHaveProperty("next");
});

test.each([
  ["context=x", /^context: /],
  ["context=1&context=2", /^context: /],
  ["user=3", /^user: needs the parameter context/],
  ["session=0123456789abcdef0123456789abcdef", /^session: .*fingerprint/],
  ["limit=0", /^limit: /],
  ["limit=1001", /^limit: .*1000/],
  ["limit=9999", /^limit: .*1000/],
  ["cursor=x", /^cursor: /],
  ["usr=3", /^unknown parameter "usr"$/],
  ["context=1&usr=3", /^unknown parameter "usr"$/],
])("a list with %s is refused by name", async (query, words) => {
  const { ask } = await open();
  const { status, json } = await ask(`/admin/v1/sockets?${query}`);
  expect(status).toBe(400);
  expect(json["error"]).toMatch(words);
});

test("what was wrong is not repeated: it may be the id of a session", async () => {
  const { ask } = await open();
  const { json } = await ask("/admin/v1/sockets?session=secret-session-id&cursor=secret-session-id");
  expect(JSON.stringify(json)).not.toContain("secret-session-id");
});

test.each(["", "?all=false", "?all=true&context=1", "?dryRun=true", "?context=1&dryRun=yes", "?context=1&usr=3"])(
  "a close with the query %j is refused, and nothing is closed",
  async (query) => {
    const { ask, sockets, audit } = await open();
    expect((await ask(`/admin/v1/sockets${query}`, { method: "DELETE" })).status).toBe(400);
    expect(sockets.flatMap(({ ends }) => ends)).toEqual([]);
    expect(audit).toEqual([]);
  },
);

test("a close says how many, and the audit log tells who, what, how many, and no connection id", async () => {
  const { ask, sockets, audit } = await open();
  const answer = await ask("/admin/v1/sockets?context=1&user=3&connection=2", { method: "DELETE" });
  expect([answer.status, answer.json]).toEqual([200, { count: 1, dryRun: false, complete: true, missing: [] }]);
  expect(sockets.map(({ ends }) => ends)).toEqual([[], ["administrator"], []]);
  expect(audit).toEqual([
    {
      action: "sockets.close",
      by: "token",
      address: "127.0.0.1",
      filter: { context: 1, user: 3, connection: "given" },
      count: 1,
      complete: true,
    },
  ]);
});

test("all sockets are closed when that is said in so many words", async () => {
  const { ask, audit } = await open();
  const headers = basic("rest", "rest-secret");
  const answer = await ask("/admin/v1/sockets?all=true", { method: "DELETE", headers });
  expect(answer.json["count"]).toBe(3);
  expect(audit).toEqual([expect.objectContaining({ by: "login", login: "rest", filter: {} })]);
});

test("a dry run counts, closes nothing and changes nothing that would be audited", async () => {
  const { ask, sockets, audit } = await open();
  const { json } = await ask("/admin/v1/sockets?context=1&dryRun=true", { method: "DELETE" });
  expect(json).toMatchObject({ count: 3, dryRun: true });
  expect(sockets.flatMap(({ ends }) => ends)).toEqual([]);
  expect(audit).toEqual([]);
});

test.each([
  ["/admin/v1/sockets", "POST", "GET, HEAD, DELETE"],
  ["/admin/v1/nodes", "DELETE", "GET, HEAD"],
])("%s by %s: 405, and what is allowed", async (path, method, allow) => {
  const { ask } = await open();
  const answer = await ask(path, { method });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
});

test("HEAD is GET without a body", async () => {
  const { ask } = await open();
  expect(await ask("/admin/v1/nodes", { method: "HEAD" })).toMatchObject({ status: 200, json: {} });
});

test("a reload answers with its report, is audited, and takes POST only", async () => {
  const { ask, audit } = await open();
  const answer = await ask("/admin/v1/reload", { method: "POST" });
  expect([answer.status, answer.json]).toEqual([200, reloaded]);
  expect(audit).toEqual([expect.objectContaining({ action: "reload", by: "token", count: 1, complete: false })]);
  const asked = await ask("/admin/v1/reload");
  expect([asked.status, asked.headers.get("allow")]).toEqual([405, "POST"]);
});

test("settings come with their origin, for a user too, and who is meant is named whole", async () => {
  const { ask } = await open();
  const answer = await ask(`/admin/v1/config?prefix=${enabledName}&context=1&user=anton`);
  expect([answer.status, answer.json]).toEqual([200, { person: anton, entries: [enabledEntry] }]);
  expect(await ask("/admin/v1/config?context=1")).toMatchObject({ status: 400 });
  expect(await ask("/admin/v1/config?context=nowhere&user=3")).toMatchObject({
    status: 404,
    json: { error: "there is no context of that name" },
  });
});

test("an explanation goes through the steps in order and ends in a sentence", async () => {
  const { ask } = await open();
  const { status, json } = await ask("/admin/v1/explain?context=1&user=3");
  expect(status).toBe(200);
  expect(json).toMatchObject({ person: anton, verdict: "blocked", complete: true, missing: [] });
  expect(json["sentence"]).toBe(
    `anton, user 3 of context 1, has no push: ${enabledName} is false (contextSets: trial.yml:3, context set trial ` +
      `with tags "trial"), before true (server: a.properties:1), though 3 sockets opened before may still be open.`,
  );
  const steps = json["steps"];
  expect(Array.isArray(steps) && steps.map((one: unknown) => asObject(one)["step"])).toEqual([
    ...["package", "setting", "context", "user", "capability", "sessions", "sockets", "refusals"],
  ]);
});
