/**
 * The only file that names `undici`: one URL of the middleware behind a pool of kept-alive connections. Redirects are not
 * followed, answers are bounded in bytes and each one in time, from the connect to the last byte.
 */
import { isIP } from "node:net";
import { buildConnector, Pool } from "undici";
import { MiddlewareFault } from "./fault.ts";
import { maxPeeks } from "./liveness.ts";
import type { Upstream } from "./upstreams.ts";

export interface HttpUpstreamOptions {
  /** `http` or `https`; a path is put before the path of every question. */
  readonly url: string;
  /** Certificates (PEM) of the authorities to trust instead of the public ones. Read at the first question. */
  readonly authorities: () => string | undefined;
  /** Bound for each answer, from the connect to the last byte. */
  readonly timeoutMs: number;
  /** Questions for handshakes at once; peeks have connections of their own. */
  readonly maxAsking: number;
}

export interface HttpUpstream extends Upstream {
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** A `whoami` answer has a few hundred bytes, with modules and the like some thousand. */
const maxAnswerBytes = 262_144;

export function createHttpUpstream({ url, authorities, timeoutMs, maxAsking }: HttpUpstreamOptions): HttpUpstream {
  const { origin, hostname, pathname } = new URL(url);
  const prefix = pathname.replace(/\/+$/, "");
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, "")) !== 0; // which TLS does not name
  let pool: Pool | undefined;
  const open = (): Pool => {
    const ca = authorities();
    const connect = buildConnector({ timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) });
    return new Pool(origin, {
      connections: maxAsking + maxPeeks,
      pipelining: 1,
      maxResponseSize: maxAnswerBytes,
      connect: (options, done) => connect({ ...options, servername: isAddress ? "" : hostname }, done),
    });
  };
  return {
    origin,
    get: async ({ path, headers }) => {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      try {
        const request = {
          method: "GET" as const,
          path: `${prefix}${path}`,
          headers,
          signal: deadline.signal,
          // Else the browser's `Host` would be: the name that the certificate must have, and a reason to connect anew.
          servername: hostname,
        };
        const answer = await (pool ??= open()).request(request);
        const contentType = [answer.headers["content-type"] ?? ""].flat().join();
        return { status: answer.statusCode, contentType, body: await answer.body.text() };
      } catch (cause) {
        if (deadline.signal.aborted) throw new MiddlewareFault("timeout", `no answer within ${timeoutMs} ms`);
        throw faultOf(cause);
      } finally {
        clearTimeout(timer);
      }
    },
    close: async () => {
      await pool?.destroy();
    },
  };
}

function faultOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (code === "UND_ERR_INVALID_ARG") return cause; // a question that cannot be sent: no fault of the middleware
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return new MiddlewareFault("rubbish", "its answer is too long");
  if (code.startsWith("HPE_")) return new MiddlewareFault("rubbish", "its answer is no HTTP");
  return new MiddlewareFault("unreachable", cause.message || code || cause.name);
}
