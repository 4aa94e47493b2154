/** The proxy that makes several programs one origin: routes, headers, Web Sockets, and targets that are gone. */
import { expect, test } from "@jest/globals";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { ask } from "../../support/acceptance/http.ts";
import { rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { type OriginProxy, type Route, startOriginProxy } from "../../support/origin-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

interface Target {
  readonly url: string;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  readonly server: Server;
}

async function startTarget(name: string): Promise<Target> {
  const requests: Target["requests"] = [];
  const server = createServer((req, res) => {
    let body = "";
    req.setEncoding("utf8").on("data", (text: string) => (body += text));
    req.on("end", () => {
      requests.push({ url: req.url ?? "", headers: req.headers, body });
      res.writeHead(201, [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
      ]);
      res.write(`${name} `);
      res.end("answers");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server };
}

const open = async (routes: readonly Route[]): Promise<OriginProxy> => owned(await startOriginProxy(routes));

test("the first route that fits is taken, and replaces the beginning of the path when it says so", async () => {
  const [a, b] = [await startTarget("a"), await startTarget("b")];
  const { url } = await open([
    { from: "/api/", to: a.url, as: "/ajax/" },
    { from: "/hidden" },
    { from: "/", to: b.url },
  ]);
  expect((await ask(`${url}/api/login?x=%20y`)).text).toBe("a answers");
  expect((await ask(`${url}/apis`)).text).toBe("b answers");
  expect((await ask(`${url}/hidden/x`)).status).toBe(404);
  expect([a.requests[0]?.url, b.requests[0]?.url]).toEqual(["/ajax/login?x=%20y", "/apis"]);
});

test("body, status and repeated headers pass; forwarding headers are the proxy's own", async () => {
  const target = await startTarget("a");
  const { url, port } = await open([{ from: "/", to: target.url }]);
  const headers = { "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https" };
  const answer = await ask(url, { method: "POST", body: "a body", headers });
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([201, ["a=1", "b=2"]]);
  expect(target.requests[0]?.body).toBe("a body");
  expect(target.requests[0]?.headers).toMatchObject({
    host: `127.0.0.1:${port}`,
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": `127.0.0.1:${port}`,
    "x-forwarded-proto": "http",
  });
});

test("a Web Socket passes, and ends with either side", async () => {
  const target = await startTarget("a");
  const sockets = new WebSocketServer({ server: target.server });
  sockets.on("connection", (socket) => {
    socket.send("welcome"); // may arrive together with the answer
    socket.on("message", (data: Buffer) => socket.send(data.toString("utf8").toUpperCase()));
  });
  const { url } = await open([{ from: "/socket", to: target.url }]);
  const client = new WebSocket(`${url.replace("http", "ws")}/socket`);
  onCleanUp(() => client.terminate());
  const received: string[] = [];
  let code: number | undefined;
  client.on("message", (data: Buffer) => received.push(data.toString("utf8")));
  client.on("close", (closeCode) => (code = closeCode));
  await waitFor("the welcome", () => received.length === 1);
  client.send("hello");
  await waitFor("an answer", () => received.length === 2);
  expect(received).toEqual(["welcome", "HELLO"]);
  for (const socket of sockets.clients) socket.close(4_000);
  expect(await waitFor("the close", () => code)).toBe(4_000);
});

test("a refused upgrade is answered as the target answers it", async () => {
  const target = await startTarget("a");
  target.server.on("upgrade", (_req, socket) => {
    socket.end("HTTP/1.1 403 Forbidden\r\nX-Why: never\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
  });
  const { url } = await open([{ from: "/", to: target.url }]);
  const answer = await rawRequest(url, upgradeBytes({ target: "/socket" }));
  expect([answer.status, answer.headers.get("x-why"), answer.body, answer.closed]).toEqual([403, "never", "no", true]);
});

test("a target that is gone is 502, an upgrade without a route 404", async () => {
  const target = await startTarget("a");
  target.server.close();
  target.server.closeAllConnections();
  const { url } = await open([{ from: "/a", to: target.url }]);
  expect((await ask(`${url}/a`)).status).toBe(502);
  expect((await rawRequest(url, upgradeBytes({ target: "/a" }))).status).toBe(502);
  expect((await rawRequest(url, upgradeBytes({ target: "/b" }))).status).toBe(404);
});
