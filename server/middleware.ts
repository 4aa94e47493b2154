/** The middleware as the source of sessions, joined from the settings: how it is asked, counted and shown in `/health`. */
import { readFile } from "node:fs/promises";
import { createHttpUpstream, createMiddlewareSource, MiddlewareFault } from "../auth/index.ts";
import type { MiddlewareSource, SessionSource, UpstreamState, UserValues, WhoAmIRules } from "../auth/index.ts";
import type { LoadedSettings, Settings } from "../cascade/index.ts";
import { serverMode } from "./ip-check.ts";
import type { NodeState } from "./ops/internal-app.ts";
import type { Metrics } from "./ops/metrics.ts";
import { createSessionCheckMeter } from "./ops/session-check-meter.ts";
import { ipCheck, ipCheckMode } from "./settings/ip-check.ts";
import { maxSocketsPerUser } from "./settings/limits.ts";
import * as middleware from "./settings/middleware.ts";
import * as network from "./settings/network.ts";
import { basicAuthLogin, basicAuthPassword } from "./settings/push.ts";
import { cookieHashFields } from "./settings/sessions.ts";
import { websocketsEnabled } from "./settings/websockets.ts";

export interface MiddlewareDeps {
  readonly settings: LoadedSettings;
  readonly metrics: Pick<Metrics, "registry">;
  readonly nowMs: () => number;
  /** Logs once. */
  readonly warn: (message: string) => void;
  /** Logs, at most now and then for one key. */
  readonly warnNowAndThen: (key: string, message: string) => void;
  readonly onFault: (what: string, cause: unknown) => void;
}

/** The file of the middleware's authorities cannot be read. */
export class AuthoritiesUnreadable extends Error {
  readonly code = "OXB-0132";
}

export interface Middleware {
  readonly source: SessionSource;
  /** Values of users in its cascade. */
  readonly values: UserValues;
  /** For `/health`. */
  readonly state: () => NodeState["sessionSource"];
  /** @throws {AuthoritiesUnreadable} */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createMiddleware(deps: MiddlewareDeps): Middleware {
  const { settings, warn } = deps;
  let authorities: string | undefined;
  const source = createSource(deps, () => authorities);
  settings.useMiddleware(source.values, ({ message }) => warn(message));
  return {
    source,
    values: source.values,
    state: () => stateOf(source),
    start: async () => {
      authorities = await readAuthorities(settings.read(middleware.middlewareCaFile));
      const danger = whyAddressesMayBeWrong(settings);
      if (danger !== undefined) warn(danger);
      source.start();
    },
    stop: () => source.stop(),
  };
}

function createSource(deps: MiddlewareDeps, authorities: () => string | undefined): MiddlewareSource {
  const { settings, metrics, nowMs } = deps;
  const timeoutMs = settings.read(middleware.middlewareTimeout);
  const maxAsking = settings.read(middleware.middlewareMaxRequests);
  return createMiddlewareSource({
    upstreams: settings
      .read(middleware.middlewareUrl)
      .map((url) => createHttpUpstream({ url, authorities, timeoutMs, maxAsking })),
    credentials: () => restCredentialsOf(settings),
    rules: () => rulesOf(settings),
    enabledProperty: websocketsEnabled.name,
    openingProperties: [maxSocketsPerUser.name],
    isEnabled: (user) => settings.readFor(websocketsEnabled, user),
    peekPeriodMs: () => settings.read(middleware.peekPeriod),
    maxAsking,
    maxWaiting: settings.read(middleware.middlewareMaxWaiting),
    nowMs,
    meter: createSessionCheckMeter(metrics.registry, nowMs),
    onFault: (fault) => tellFault(fault, deps),
    onUnknownProxy: () => deps.warnNowAndThen("unknown-proxy", unknownProxy),
  });
}

const restCredentialsOf = (settings: Settings) => ({
  login: settings.read(middleware.middlewareLogin) ?? settings.read(basicAuthLogin),
  password: settings.read(middleware.middlewarePassword) ?? settings.read(basicAuthPassword),
});

const rulesOf = (settings: Settings): WhoAmIRules => ({
  forHeader: settings.read(network.forHeader),
  protocolHeader: settings.read(network.protocolHeader),
  hashFields: settings.read(cookieHashFields),
});

/** What the middleware fails with is an operator's business, told now and then; all else is a fault of ours. */
function tellFault(fault: unknown, { warnNowAndThen, onFault }: MiddlewareDeps): void {
  if (fault instanceof MiddlewareFault)
    warnNowAndThen(`middleware-${fault.problem}`, `the middleware could not be asked: ${fault.message}`);
  else onFault("asking the middleware failed", fault);
}

function stateOf(source: MiddlewareSource): NodeState["sessionSource"] {
  const { whoami, rest } = source.state();
  const urls = whoami.map((one, index) => urlState(one, rest[index]));
  return { kind: "middleware", reachable: urls.some(({ reachable }) => reachable), urls };
}

function urlState(whoami: UpstreamState, rest: UpstreamState | undefined) {
  const problems = [whoami.lastProblem, rest?.lastProblem].filter((one) => one !== undefined);
  const [last] = problems.sort((a, b) => a.agoMs - b.agoMs);
  return {
    url: whoami.origin,
    reachable: whoami.reachable && rest?.reachable !== false,
    lastProblem: last === undefined ? null : `${last.says} (${Math.round(last.agoMs / 1_000)} s ago)`,
  };
}

/** Settings that leave nobody to ask. Undefined: there is somebody. */
export function whyNobodyToAsk(settings: Pick<Settings, "read">): string | undefined {
  if (settings.read(middleware.sessionSource) !== "middleware") return undefined;
  const named = `${middleware.sessionSource.name}=middleware`;
  if (settings.read(middleware.middlewareUrl).length === 0)
    return `${named} needs ${middleware.middlewareUrl.name}: where the middleware is asked, for example http://core-mw:8009`;
  const login = settings.read(middleware.middlewareLogin) ?? settings.read(basicAuthLogin);
  if (login === "")
    return `${named} needs ${middleware.middlewareLogin.name} and .password (or ${basicAuthLogin.name}, .password): without them nobody can ask the middleware whether a session lives`;
  return undefined;
}

const unknownProxy =
  `a handshake came through a proxy that is not in ${network.knownProxies.name}: the middleware is told the proxy's ` +
  `address as the browser's, and ends the session where it checks addresses`;

/**
 * The middleware ends a session that is asked for from another address, when it checks addresses. Its own settings are
 * known only where it reads the same files.
 */
export function whyAddressesMayBeWrong(settings: Pick<Settings, "read">): string | undefined {
  const considers = settings.read(network.considerXForwards);
  const missing = considers ? network.knownProxies.name : `${network.considerXForwards.name}=true`;
  if (considers && settings.read(network.knownProxies).length > 0) return undefined;
  return (
    `${serverMode(settings) === "strict" ? "the IP check is on" : "if the middleware checks addresses"} (${ipCheck.name}, ${ipCheckMode.name}): ` +
    `it ends every session whose socket is asked for with another address than the browser's. Set ${missing} here if a ` +
    `proxy is in front of this server, and there list this server in ${network.knownProxies.name}`
  );
}

/** The text of the file; undefined: none is set. @throws {AuthoritiesUnreadable} */
export async function readAuthorities(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new AuthoritiesUnreadable(`${middleware.middlewareCaFile.name}: cannot read ${file}`, { cause });
  }
}
