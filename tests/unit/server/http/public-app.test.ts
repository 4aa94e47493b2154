import { expect, test } from "@jest/globals";
import { Router } from "express";
import type { Request } from "express";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { answerFaults } from "../../../../server/http/json-body.ts";
import { createPublicApp } from "../../../../server/http/public-app.ts";
import { within } from "../../../support/wait-for.ts";
import { serve } from "./serve.ts";

/** A router that tells what it sees of `/seen`, and one behind it that would answer everything. */
async function open(...routes: readonly Router[]) {
  const faults: unknown[] = [];
  const app = createPublicApp({
    maxUrlBytes: 100,
    maxHeadersCount: 10,
    routes,
    answerFaults: answerFaults((fault) => void faults.push(fault)),
  });
  const { url, port } = await serve(app);
  return { url, port, faults };
}

const telling = (what: (req: Request) => unknown): Router =>
  Router().get("/seen", (req, res) => void res.json(what(req)));

test("the first router that knows a path answers", async () => {
  const { url } = await open(
    Router().get("/other", (_req, res) => void res.json("other")),
    telling(() => "first"),
    telling(() => "second"),
  );
  expect(await (await fetch(`${url}/seen`)).json()).toBe("first");
  expect(await (await fetch(`${url}/other`)).json()).toBe("other");
});

test.each(["/", "/nowhere", "/seen/else", "/seen.json"])(
  "%s, which nobody knows, is answered by an empty 404",
  async (path) => {
    const { url } = await open(telling(() => "seen"));
    const answer = await fetch(url + path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe("");
  },
);

test("an answer says neither who made it nor gives browsers a tag to follow", async () => {
  const { url } = await open(telling(() => ({ some: "content" })));
  const { headers } = await fetch(`${url}/seen`);
  expect(headers.has("x-powered-by")).toBe(false);
  expect(headers.has("etag")).toBe(false);
});

test("cookies are read, the first of a name counts, and odd ones harm nobody", async () => {
  const { url } = await open(telling((req) => req.cookies as unknown));
  const Cookie = "a=1; a=2; b=%C3%BC; c=%zz; =x; d; __proto__=y; e=j:broken";
  const cookies: unknown = await (await fetch(`${url}/seen`, { headers: { Cookie } })).json();
  expect(cookies).toMatchObject({ a: "1", b: "ü", c: "%zz", e: "j:broken" });
});

test.each([
  { query: "a=1&a=2", read: { a: ["1", "2"] } },
  { query: "a[b]=1", read: { "a[b]": "1" } },
  { query: "a=%zz", read: { a: "%zz" } },
])("a query is read flat: $query", async ({ query, read }) => {
  const { url } = await open(telling((req) => req.query));
  expect(await (await fetch(`${url}/seen?${query}`)).json()).toEqual(read);
});

test.each([
  { length: 100, status: 200 },
  { length: 101, status: 414 },
  { length: 4_000, status: 414 },
])("a URL of $length characters is answered by $status", async ({ length, status }) => {
  let reached = false;
  const { url } = await open(telling(() => (reached = true)));
  const answer = await fetch(`${url}${"/seen?".padEnd(length, "x")}`);
  expect(answer.status).toBe(status);
  expect(reached).toBe(status === 200);
  if (status === 414) expect(answer.headers.get("connection")).toBe("close");
});

test.each([
  { count: 10, status: 200 },
  { count: 11, status: 431 },
])(
  "$count header lines are answered by $status, since lines beyond the bound are not read",
  async ({ count, status }) => {
    const { port } = await open(telling(() => "seen"));
    const more = Array.from({ length: count - 2 }, (_, i) => `X-${i}: x`);
    const socket = connect(port, "127.0.0.1");
    socket.write(["GET /seen HTTP/1.1", "Host: oxbow", "Connection: close", ...more, "", ""].join("\r\n"));
    expect(await within("an answer", text(socket))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  },
);

test("a fault of a router is answered without a word about it and told", async () => {
  const failing = Router().get("/seen", async () => {
    await Promise.resolve();
    throw new Error("secret");
  });
  const { url, faults } = await open(failing);
  const answer = await fetch(`${url}/seen`);
  expect(answer.status).toBe(500);
  expect(await answer.text()).toBe('{"error":"internal error"}');
  expect(faults).toEqual([new Error("secret")]);
});

test.each(["//seen", "/seen/../seen", "/%2e%2e/seen", "/seen%00", "/%zz", "http://other.example/seen", "*"])(
  "the odd target %s is answered like any other",
  async (path) => {
    const { port, faults } = await open(telling(() => "seen"));
    const status = new Promise((resolve, reject) => {
      request({ port, host: "127.0.0.1", path }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once("error", reject)
        .end();
    });
    expect([200, 400, 404]).toContain(await within("an answer", status));
    expect(faults).toEqual([]);
  },
);
