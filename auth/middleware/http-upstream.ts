/**
 * The only file that names `undici`: one URL of the middleware behind a pool of kept-alive connections. Redirects are not
 * followed, answers are bounded in bytes and each one in time, from the connect to the last byte.
 */
import { isIP } from "node:net";
import { isNativeError } from "node:util/types";
import { buildConnector, errors, Pool } from "undici";
import { MiddlewareFault } from "./fault.ts";
import { maxPeeks } from "./liveness.ts";
import { whenPatienceEnds } from "./patience.ts";
import type { Upstream } from "./upstreams.ts";

export interface HttpUpstreamOptions {
  /** `http` or `https`; a path is put before the path of every question. */
  readonly url: string;
  /** Certificates (PEM) of the authorities to trust instead of the public ones. Read at the first question. */
  readonly authorities: () => string | undefined;
  /** Bound for each answer, from the connect to the last byte; time in which this process stands still does not count. */
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
    // its timer counts ticks, so that a standstill of this process does not count here either
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
      const callOff = whenPatienceEnds(timeoutMs, () => deadline.abort());
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
        callOff();
      }
    },
    close: async () => {
      await pool?.destroy();
    },
  };
}

/** Nothing of the cause but its words: a parser's error holds what it has read. */
function faultOf(cause: unknown): unknown {
  if (cause instanceof errors.InvalidArgumentError) return cause; // it cannot be sent: no fault of the middleware
  if (cause instanceof errors.ResponseExceededMaxSizeError) return new MiddlewareFault("rubbish", "too long an answer");
  if (cause instanceof errors.HTTPParserError) return new MiddlewareFault("rubbish", "its answer is no HTTP");
  if (!isNativeError(cause)) return cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  return new MiddlewareFault("unreachable", cause.message === "" ? code : cause.message);
}
