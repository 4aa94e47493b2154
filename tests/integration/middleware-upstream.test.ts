/** One URL of the middleware over real connections: what is sent, how long it may take, how much it may be, and TLS. */
import { expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import { createHttpUpstream, MiddlewareFault } from "../../auth/index.ts";
import { createTestAuthority } from "../support/certificates.ts";
import { onCleanUp } from "../support/clean-up.ts";
import { waitFor, within } from "../support/wait-for.ts";
import { listening, serve } from "../unit/server/http/serve.ts";

type Upstream = ReturnType<typeof createHttpUpstream>;

function open(url: string, options: { readonly authorities?: string; readonly timeoutMs?: number } = {}): Upstream {
  const upstream = createHttpUpstream({
    url,
    authorities: () => options.authorities,
    timeoutMs: options.timeoutMs ?? 5_000,
    maxAsking: 4,
  });
  onCleanUp(() => upstream.close());
  return upstream;
}

const ask = (upstream: Upstream, headers: Readonly<Record<string, string>> = {}) =>
  within("the question is over", upstream.get({ path: "/ajax/system?action=whoami", headers }));

const problemOf = (upstream: Upstream): Promise<string> =>
  ask(upstream).then(
    ({ status }) => `status ${status}`,
    (fault: unknown) => {
      if (fault instanceof MiddlewareFault) return fault.problem;
      throw fault;
    },
  );

async function recording(app: RequestListener) {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const { url, server } = await serve((req, res) => {
    requests.push(req);
    sockets.add(req.socket);
    app(req, res);
  });
  return { url, server, requests, sockets };
}

test("headers arrive as they are given, Host among them, and nothing is added that a browser would not send", async () => {
  const { url, requests } = await recording((_req, res) => {
    res.setHeader("Content-Type", "text/javascript").end("{}");
  });
  const headers = { host: "ox.example.com", cookie: "a=1; b=\xe4", "user-agent": "Browser/1.0" };
  expect(await ask(open(url), headers)).toEqual({ status: 200, contentType: "text/javascript", body: "{}" });
  expect(requests[0]?.headers).toEqual({ connection: "keep-alive", ...headers });
  expect(requests[0]?.url).toBe("/ajax/system?action=whoami");
});

test("a path of the URL comes before the path of the question", async () => {
  const { url, requests } = await recording((_req, res) => res.end());
  await ask(open(`${url}/appsuite/api/`));
  expect(requests[0]?.url).toBe("/appsuite/api/ajax/system?action=whoami");
});

test("connections are kept, whatever Host the browsers sent", async () => {
  const { url, sockets } = await recording((_req, res) => res.end());
  const upstream = open(url);
  for (let i = 0; i < 20; i++) await ask(upstream, { host: `${i % 3}.example.com` });
  expect(sockets.size).toBeLessThan(3); // one may still be ending an answer when the next question comes
});

test("as many questions as may be asked at once do not wait for each other", async () => {
  const waiting: (() => void)[] = [];
  const { url } = await recording((_req, res) => waiting.push(() => res.end()));
  const upstream = open(url);
  const all = Promise.all([1, 2, 3, 4].map(() => ask(upstream)));
  await waitFor("all four have arrived", () => waiting.length === 4);
  for (const answer of waiting) answer();
  expect((await all).length).toBe(4);
});

test("a status and a body of failure are an answer; a redirect is not followed", async () => {
  const { url, requests } = await recording((_req, res) => res.writeHead(302, { Location: "/elsewhere" }).end("moved"));
  expect(await ask(open(url))).toMatchObject({ status: 302, body: "moved" });
  expect(requests.length).toBe(1);
});

test.each<[string, RequestListener, string]>([
  ["never answers", () => undefined, "timeout"],
  ["stops in the middle", (_req, res) => res.write("{"), "timeout"],
  ["cuts the connection", (req) => req.socket.destroy(), "unreachable"],
  [
    "cuts it in the middle",
    (req, res) => {
      res.writeHead(200, { "Content-Length": "100" }).write("{", () => req.socket.destroy());
    },
    "unreachable",
  ],
  ["answers too much", (_req, res) => res.end("x".repeat(300_000)), "rubbish"],
  ["answers no HTTP", (req) => req.socket.end("SMTP ready\r\n"), "rubbish"],
])("a middleware that %s is a fault", async (_name, app, problem) => {
  const { url } = await recording(app);
  expect(await problemOf(open(url, { timeoutMs: 300 }))).toBe(problem);
});

test("nobody there is a fault that names the address", async () => {
  const { url, server } = await serve(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  await expect(ask(open(url))).rejects.toThrow("ECONNREFUSED");
});

test("what the deadline ends leaves no connection behind", async () => {
  const { url, sockets } = await recording(() => undefined);
  expect(await problemOf(open(url, { timeoutMs: 100 }))).toBe("timeout");
  await waitFor("the connection is closed", () => [...sockets].every(({ destroyed }) => destroyed));
});

test("closing breaks off what is under way", async () => {
  const { url, requests } = await recording(() => undefined);
  const upstream = open(url);
  const problem = problemOf(upstream);
  await waitFor("it was asked", () => requests.length === 1);
  await upstream.close();
  expect(await problem).toBe("unreachable");
});

test("with TLS the certificate must be the server's, of the given authority, whatever Host the browser sent", async () => {
  const authority = await createTestAuthority();
  onCleanUp(() => authority.stop());
  const server = createTlsServer(await authority.issue("localhost"), (_req, res) => res.end("{}"));
  let connections = 0;
  server.on("secureConnection", () => connections++);
  const { port } = await listening(server);
  const url = `https://localhost:${port}`;
  const authorities = await readFile(authority.caFile, "utf8");
  const trusting = open(url, { authorities });
  for (let i = 0; i < 10; i++) expect(await ask(trusting, { host: `${i}.example.com` })).toMatchObject({ status: 200 });
  expect(connections).toBeLessThan(3); // no handshake of TLS for another Host
  expect(await problemOf(open(url))).toBe("unreachable");
  await expect(
    within(
      "it is refused",
      open(`https://127.0.0.1:${port}`, { authorities }).get({ path: "/", headers: { host: "localhost" } }),
    ),
  ).rejects.toThrow("127.0.0.1");
});

test("a port that takes connections and is no TLS is a fault", async () => {
  const { port } = await serve((_req, res) => res.end());
  expect(await problemOf(open(`https://127.0.0.1:${port}`, { timeoutMs: 1_000 }))).toBe("unreachable");
  const socket = connect(port, "127.0.0.1"); // it still serves others
  onCleanUp(() => socket.destroy());
  await within("it connects", new Promise((resolve) => socket.once("connect", resolve)));
});
