/** The product behind the stand-in middleware, and upgrades at it as a browser sends them. */
import { userAgent, type Login } from "./http.ts";
import { type RawAnswer, rawRequest, upgradeBytes } from "./raw-http.ts";
import type { StandIn } from "../middleware/stand-in.ts";
import { type Oxbow, restCredentials, startOxbow } from "../oxbow-process.ts";
import { onCleanUp } from "../clean-up.ts";
import { type StandInOptions, startStandIn } from "../middleware/stand-in.ts";

/** One peek of each session in this time. */
export const peekPeriodMs = 1_000;

/** What every product behind a middleware is told here; the REST credentials of both are the same. */
export const behind = (middlewareUrls: string): Readonly<Record<string, string>> => ({
  ...restCredentials,
  "com.openexchange.oxbow.sessionSource": "middleware",
  "com.openexchange.oxbow.middlewareUrl": middlewareUrls,
  "com.openexchange.oxbow.peekPeriod": String(peekPeriodMs),
});

/** A product and a middleware that both believe the proxies of this machine. */
export const believingProxies = {
  "com.openexchange.server.considerXForwards": "true",
  "com.openexchange.server.knownProxies": "127.0.0.1",
} as const;

/** Stopped when the test, or the file, is over. */
export async function openMiddleware(options: StandInOptions = {}): Promise<StandIn> {
  const middleware = await startStandIn(options);
  onCleanUp(() => middleware.stop());
  return middleware;
}

export const openOxbow = async (
  middlewareUrls: string,
  properties: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Oxbow> => startOxbow({ properties: { ...behind(middlewareUrls), ...properties }, args });

export interface UpgradeOptions {
  readonly protocol?: 3 | 4;
  /** Replace or extend the usual ones; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly deadlineMs?: number;
}

/** Asks for a socket and gives it up once the answer is there. */
export const upgrade = async (
  { url }: Pick<Oxbow, "url">,
  login: Pick<Login, "session" | "cookie">,
  { protocol = 4, headers = {}, deadlineMs = 10_000 }: UpgradeOptions = {},
): Promise<RawAnswer> =>
  rawRequest(
    url,
    upgradeBytes({
      target: `/socket.io/appsuite/?session=${login.session}&EIO=${protocol}&transport=websocket`,
      host: new URL(url).host,
      userAgent,
      cookie: login.cookie,
      headers,
    }),
    { deadlineMs, untilAnswer: true },
  );
