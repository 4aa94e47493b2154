import { expect, test } from "@jest/globals";
import express from "express";
import { connect } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { SessionsUnreachableError } from "../../../../auth/index.ts";
import { answerFaults, jsonBody } from "../../../../server/http/json-body.ts";
import { waitFor, within } from "../../../support/wait-for.ts";
import { serve } from "./serve.ts";

interface Rig {
  readonly url: string;
  readonly port: number;
  readonly faults: readonly unknown[];
}

/** Answers what it read; `/fault` fails by itself. */
async function rig(): Promise<Rig> {
  const faults: unknown[] = [];
  const app = express();
  app.post("/", jsonBody(1_000), (req, res) => void res.json({ read: (req.body as unknown) ?? "nothing" }));
  app.post("/fault", () => {
    throw new Error("the database of anton is away");
  });
  app.post("/unreachable", () => {
    throw new SessionsUnreachableError("no member is connected");
  });
  app.post("/odd", () => {
    const odd: unknown = { status: "teapot", secret: "s3cret" };
    throw odd;
  });
  app.post("/late", (_req, res) => {
    res.write("begun");
    throw new Error("too late");
  });
  app.post("/named/:name", (req, res) => void res.json({ name: req.params.name }));
  app.use(answerFaults((fault) => void faults.push(fault)));
  const { url, port } = await serve(app);
  return { url, port, faults };
}

const post = (
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> => fetch(url, { method: "POST", body, headers });

test.each([
  "application/json; charset=utf-8",
  "application/json",
  "application/x-www-form-urlencoded",
  "text/plain;charset=UTF-8",
  "application/octet-stream",
  "nonsense",
])("a JSON body is read although its content type says %s", async (contentType) => {
  const { url } = await rig();
  const answer = await post(url, '{"subject":"Äpfel"}', { "Content-Type": contentType });
  expect(await answer.json()).toEqual({ read: { subject: "Äpfel" } });
});

test("where nobody can tell about a session just now the answer is 503 and when to come again", async () => {
  const { url, faults } = await rig();
  const answer = await post(`${url}/unreachable`, "{}");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(await answer.text()).not.toContain("member");
  expect(faults).toHaveLength(1);
});

test("a body without a content type is read", async () => {
  const { url } = await rig();
  const answer = await post(url, new TextEncoder().encode('{"a":1}'));
  expect(await answer.json()).toEqual({ read: { a: 1 } });
});

test.each([
  { body: "null", read: "nothing" },
  { body: "7", read: 7 },
  { body: '"text"', read: "text" },
  { body: "[1]", read: [1] },
])("JSON that is no object is read as it is: $body", async ({ body, read }) => {
  const { url } = await rig();
  expect(await (await post(url, body)).json()).toEqual({ read });
});

const utf16 = new Uint8Array(Buffer.from('{"a":1}', "utf16le"));

test.each([
  { name: "broken JSON", body: '{"subject":"secret', headers: {}, status: 400, error: "the body is not valid JSON" },
  { name: "no JSON at all", body: "secret=1", headers: {}, status: 400, error: "the body is not valid JSON" },
  { name: "one byte too many", body: `"${"x".repeat(999)}"`, headers: {}, status: 413, error: "the body is too large" },
  {
    name: "a compressed body",
    body: new Uint8Array(gzipSync("{}")),
    headers: { "Content-Encoding": "gzip" },
    status: 415,
    error: "the body's encoding is not supported",
  },
  {
    name: "an encoding nobody knows",
    body: "{}",
    headers: { "Content-Encoding": "secret" },
    status: 415,
    error: "the body's encoding is not supported",
  },
  {
    name: "a charset that is not of Unicode",
    body: "{}",
    headers: { "Content-Type": "application/json; charset=iso-8859-1" },
    status: 415,
    error: "the body's charset is not supported",
  },
])("$name is answered by $status in fixed words", async ({ body, headers, status, error }) => {
  const { url, faults } = await rig();
  const answer = await post(url, body, headers);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ error });
  expect(faults).toEqual([]);
});

test("UTF-16 is read where it is announced", async () => {
  const { url } = await rig();
  const answer = await post(url, utf16, { "Content-Type": "application/json; charset=utf-16le" });
  expect(await answer.json()).toEqual({ read: { a: 1 } });
});

test("a body of exactly the limit is read", async () => {
  const { url } = await rig();
  expect((await post(url, `"${"x".repeat(998)}"`)).status).toBe(200);
});

test.each([
  { name: "that is too large without being announced", end: "0\r\n\r\n" },
  { name: "without end", end: "" },
])("a body $name is refused", async ({ end }) => {
  const { port } = await rig();
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => (answer += data.toString()));
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let i = 0; i < 20; i++) socket.write(`64\r\n${"x".repeat(100)}\r\n`);
  socket.write(end);
  socket.on("error", () => undefined); // the server ends while this side still writes
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await waitFor("the refusal", () => answer.startsWith("HTTP/1.1 413"));
  await within("the end", closed);
  expect(answer.match(/HTTP\//g)).toHaveLength(1);
  expect(answer).toMatch(/\{"error":"the body is too large"\}$/);
});

test("a fault of ours is answered by 500 without a word about it, and told once", async () => {
  const { url, faults } = await rig();
  const answer = await post(`${url}/fault`, "");
  expect(answer.status).toBe(500);
  expect(await answer.text()).toBe('{"error":"internal error"}');
  expect(faults).toEqual([new Error("the database of anton is away")]);
});

test("what was thrown without being an error is a fault of ours too", async () => {
  const { url, faults } = await rig();
  const answer = await post(`${url}/odd`, "");
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("s3cret");
  expect(faults).toHaveLength(1);
});

test("a fault behind the first byte ends the connection, so that nobody takes the half for the whole", async () => {
  const { url, port } = await rig();
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  socket.resume();
  await within("the end", once(socket, "close"));
  expect((await post(url, "{}")).status).toBe(200);
});

test("an address with a broken escape is the request's own fault and not called a broken body", async () => {
  const { url, faults } = await rig();
  const answer = await post(`${url}/named/%zz`, "");
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ error: "bad request" });
  expect(faults).toEqual([]);
});

test("a peer that leaves in the middle of its body harms nobody", async () => {
  const { url, port, faults } = await rig();
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a":');
  socket.resetAndDestroy();
  expect(await (await post(url, "{}")).json()).toEqual({ read: {} });
  expect(faults).toEqual([]);
});
