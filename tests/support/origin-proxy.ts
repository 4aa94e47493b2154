/**
 * A reverse proxy in front of several programs, so that a browser sees one origin: by the beginning of the path, Web
 * Sockets included, with the three headers that programs behind a proxy need. The small sibling of deploy/nginx/, for
 * tests and first looks where no proxy is installed.
 * Not here: TLS, time-outs, retries and load balancing.
 */
import { createServer, request as ask, type IncomingMessage, type RequestOptions } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export interface Route {
  /** Beginning of the path; the first route that fits is taken. */
  readonly from: string;
  /** Target, without a slash at the end. Left out: nobody is at home, 404. */
  readonly to?: string;
  /** Replaces the beginning of the path. Default: it stays. */
  readonly as?: string;
}

export interface OriginProxy {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Listens on 127.0.0.1; the caller stops it. A path without a route is answered with 404, a target that cannot be
 * reached with 502.
 * @param at default: a free port
 */
export async function startOriginProxy(
  routes: readonly Route[],
  at: { readonly port: number } = { port: 0 },
): Promise<OriginProxy> {
  const server = createServer((req, res) => {
    const onward = onwardOf(req, routes);
    if (onward === undefined) return void res.writeHead(404).end();
    const asked = ask(onward, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    asked.on("error", () => (res.headersSent ? res.destroy() : res.writeHead(502).end()));
    res.once("close", () => asked.destroy());
    req.pipe(asked);
  });
  const sockets = new Set<Duplex>();
  server.on("upgrade", (req, socket: Duplex, head) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const onward = onwardOf(req, routes);
    if (onward === undefined) socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    else passOn(onward, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, port, stop: () => (stopped ??= stop()) };
}

function onwardOf(req: IncomingMessage, routes: readonly Route[]): RequestOptions | undefined {
  const path = req.url ?? "/";
  const route = routes.find(({ from }) => path.startsWith(from));
  if (route?.to === undefined) return undefined;
  const { hostname, port } = new URL(route.to);
  // `Host` stays as the browser sent it: the check of Origin compares with it. What it sent by the other three names is
  // worth nothing.
  const forwarded = {
    "x-forwarded-for": req.socket.remoteAddress ?? "",
    "x-forwarded-proto": "http",
    "x-forwarded-host": req.headers.host ?? "",
  };
  return {
    hostname,
    port,
    ...(req.method === undefined ? {} : { method: req.method }),
    path: `${route.as ?? route.from}${path.slice(route.from.length)}`,
    headers: { ...req.headers, ...forwarded },
  };
}

/** The answer to an upgrade, whichever it is, then bytes both ways until either side ends. */
function passOn(onward: RequestOptions, socket: Duplex, head: Buffer): void {
  const asked = ask(onward);
  socket.once("close", () => asked.destroy());
  asked.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n"));
  asked.on("response", (answer) => {
    socket.write(headOf(answer, ["transfer-encoding", "connection"], ["Connection: close"])); // the pieces were put together
    answer.pipe(socket);
  });
  asked.on("upgrade", (answer, target, targetHead) => {
    target.on("error", () => socket.destroy());
    target.once("close", () => socket.destroy());
    socket.once("close", () => target.destroy());
    socket.write(headOf(answer));
    socket.write(targetHead);
    target.write(head);
    target.pipe(socket).pipe(target);
  });
  asked.end();
}

function headOf(
  { statusCode = 502, statusMessage = "", rawHeaders }: IncomingMessage,
  without: readonly string[] = [],
  further: readonly string[] = [],
): string {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !without.includes(name.toLowerCase()) ? [`${name}: ${rawHeaders[index + 1] ?? ""}`] : [],
  );
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, ...further, "", ""].join("\r\n");
}
