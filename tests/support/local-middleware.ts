/**
 * The stand-in middleware, oxbow behind it and a proxy that makes them one origin, as a newcomer wants to see them: one
 * command, free ports of loopback. Nothing of Jest in here.
 */
import { fileURLToPath } from "node:url";
import { startProgram, type Program } from "./child-process.ts";
import { startStandIn, type StandIn } from "./middleware/stand-in.ts";
import { startOriginProxy, type OriginProxy } from "./origin-proxy.ts";
import { within } from "./wait-for.ts";

export interface LocalMiddleware {
  readonly middleware: StandIn;
  readonly oxbow: { readonly url: string; readonly internalUrl: string; readonly program: Program };
  readonly proxy: OriginProxy;
  /** Stops oxbow as an operator would, then the others. */
  stop(): Promise<void>;
}

const oxbowProgram = fileURLToPath(new URL("../../server/oxbow.mjs", import.meta.url));
const bundledConfiguration = fileURLToPath(new URL("../../etc", import.meta.url));
const startWithinMs = 60_000;
const stopWithinMs = 15_000;

/** The stand-in as it is started by hand: behind a proxy of this machine, with its control endpoint and its page. */
export const startStandInByHand = (port?: number): Promise<StandIn> =>
  startStandIn({
    ...(port === undefined ? {} : { port }),
    byHand: true,
    switches: { considerXForwards: true, knownProxies: ["127.0.0.1"] },
  });

/** What oxbow is told, to run behind this middleware and a proxy of this machine. */
export const settingsBehind = (middlewareUrl: string): Readonly<Record<string, string>> => ({
  "com.openexchange.oxbow.sessionSource": "middleware",
  "com.openexchange.oxbow.middlewareUrl": middlewareUrl,
  "com.openexchange.oxbow.peekPeriod": "5000",
  "com.openexchange.rest.services.basic-auth.login": "rest",
  "com.openexchange.rest.services.basic-auth.password": "rest",
  "com.openexchange.server.considerXForwards": "true",
  "com.openexchange.server.knownProxies": "127.0.0.1",
});

/** @throws Error with what oxbow printed when it did not start; nothing is left running then */
export async function startLocalMiddleware(): Promise<LocalMiddleware> {
  const middleware = await startStandInByHand();
  const ports = {
    "com.openexchange.connector.networkListenerPort": "0",
    "com.openexchange.oxbow.internalPort": "0",
  };
  const set = Object.entries({ ...ports, ...settingsBehind(middleware.url) });
  const program = startProgram(process.execPath, [
    ...[oxbowProgram, "start", "--config", bundledConfiguration],
    ...set.flatMap(([name, value]) => ["--set", `${name}=${value}`]),
  ]);
  const stopOxbow = async (): Promise<void> => {
    program.signal("SIGTERM");
    await within("oxbow stops", program.ended, stopWithinMs).catch(() => program.kill());
  };
  try {
    const oxbow = { ...(await addressesOf(program)), program };
    const proxy = await startOriginProxy([
      { from: "/socket.io/", to: oxbow.url },
      { from: "/appsuite/api/", as: "/ajax/", to: middleware.url },
      // Neither producers nor the test switches come through the door of the browsers.
      { from: "/preliminary/" },
      { from: "/control" },
      { from: "/", to: middleware.url },
    ]);
    const stop = async (): Promise<void> => {
      await stopOxbow();
      await Promise.all([proxy.stop(), middleware.stop()]);
    };
    return { middleware, oxbow, proxy, stop };
  } catch (fault) {
    await stopOxbow();
    await middleware.stop();
    throw fault;
  }
}

async function addressesOf(program: Program): Promise<{ url: string; internalUrl: string }> {
  await program.printed(/"event":"listening"/, startWithinMs);
  const url = /"url":"([^"]+)"/.exec(program.output())?.[1];
  const internalUrl = /"internalUrl":"([^"]+)"/.exec(program.output())?.[1];
  if (url === undefined || internalUrl === undefined) throw new Error("oxbow did not say where it listens");
  return { url: url.replace(/\/$/, ""), internalUrl: internalUrl.replace(/\/$/, "") };
}

/** What to try with it, to be printed. */
export const whatToTry = ({ middleware, oxbow, proxy }: LocalMiddleware): string => `
one origin  ${proxy.url}/    /socket.io/ goes to oxbow, everything else to the middleware
middleware  ${middleware.url}/    its test switches: ${middleware.url}/control/state
oxbow       ${oxbow.url}/    ${oxbow.internalUrl}/health

1. Open ${proxy.url}/ and log in as anton (password secret). The login is the middleware's, the socket oxbow's.
2. Hand in a mail at oxbow as Dovecot would; it appears on the page:
   curl -u rest:rest -X PUT -H 'Content-Type: application/json' ${oxbow.url}/preliminary/http-notify/v1/notify \\
     -d '{"user":"3@1","event":"messageNew","folder":"INBOX","imap-uid":4,"from":"jm@example.org","subject":"Hello"}'
3. Remove the session at the middleware without telling anybody; the page hears of it within five seconds:
   ${post(middleware, "remove", { user: "anton" })}
4. Freeze the middleware and log in on a second page: its socket waits. The first one stays open:
   ${post(middleware, "disturb", { place: "whoami", disturbance: { kind: "freeze" } })}
   ${post(middleware, "calm", {})}
5. Switch web sockets off for anton; the socket ends, and a new one is refused:
   ${post(middleware, "properties", { name: "com.openexchange.websockets.enabled", value: "false", context: 1, user: 3 })}
6. What the middleware was asked: curl -s ${middleware.url}/control/requests

Ctrl-C stops everything.
`;

const post = ({ url }: StandIn, what: string, body: object): string =>
  `curl -X POST -H 'Content-Type: application/json' ${url}/control/${what} -d '${JSON.stringify(body)}'`;

/** The stand-in alone: how to put oxbow and a proxy of one's own beside it. */
export const whatElseToStart = ({ url }: StandIn): string => `
middleware  ${url}/    its test switches: ${url}/control/state

oxbow, in another terminal:
  npm start -- ${Object.entries(settingsBehind(url))
    .map(([name, value]) => `--set ${name}=${value}`)
    .join(" \\\n    ")}

A proxy in front of both: docs/behind-the-middleware.md. Ctrl-C stops the stand-in.
`;
