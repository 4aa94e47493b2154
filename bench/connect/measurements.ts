/** What is measured, each with fresh processes: a burst of handshakes, a frozen middleware, a thousand log-outs. */
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { logIn, logOut, pushTo, userAgent } from "../../tests/support/acceptance/http.ts";
import { startProgram } from "../../tests/support/child-process.ts";
import { startMembers } from "../../tests/support/hazelcast-members.ts";
import { hashOf, secretCookie } from "../../tests/support/middleware/cookie-names.ts";
import { startStandIn, type StandIn } from "../../tests/support/middleware/stand-in.ts";
import { waitFor } from "../../tests/support/wait-for.ts";
import { percentile } from "../relay/statistics.ts";
import { forkWithCommands, type ChildWithCommands } from "../support/commands.ts";
import type { BrowserCommands } from "./browsers.ts";
import { startOxbow, type RunningOxbow } from "./oxbow.ts";
import type { Measured } from "./rows.ts";
import { nowMs, type Burst, type Ticket } from "./tickets.ts";

export interface Sizes {
  readonly connects: number;
  readonly sessions: number;
  /** Sockets that are open while the middleware is frozen. */
  readonly open: number;
  readonly frozenMs: number;
  /** Handshakes of unknown sessions while it is frozen. */
  readonly waiting: number;
  readonly logOuts: number;
}

export const fullSizes: Sizes = {
  ...{ connects: 10_000, sessions: 500, open: 2_000, frozenMs: 30_000, waiting: 500, logOuts: 1_000 },
};
export const quickSizes: Sizes = {
  ...{ connects: 500, sessions: 25, open: 100, frozenMs: 6_000, waiting: 20, logOuts: 30 },
};

const MIDDLEWARE_MS = 5;
const CLIENT = "open-xchange-appsuite";
const PUSHES_PER_SECOND = 50;
const PUSHED_MS = 10_000;
/** Pushes go to one user, who has these of the sessions. */
const PUSHED_USER = 4;
const PUSHED_SESSIONS = 5;

type Browsers = ChildWithCommands<BrowserCommands>;

const startBrowsers = (): Browsers =>
  forkWithCommands<BrowserCommands>(fileURLToPath(new URL("browsers-main.ts", import.meta.url)), "the browsers");

/** Runs `work` with browsers of its own. */
async function withBrowsers<T>(work: (browsers: Browsers) => Promise<T>): Promise<T> {
  const browsers = startBrowsers();
  try {
    return await work(browsers);
  } finally {
    await browsers.end();
  }
}

/** The same burst against a bare Socket.IO server. */
export async function measureBare({ connects, sessions }: Sizes): Promise<Measured> {
  const tickets = ticketsOf(
    connects,
    Array.from({ length: sessions }, (_, i) => ({ session: `s${i}`, cookie: "a=b" })),
  );
  const server = startProgram(process.execPath, [
    ...["--import", fileURLToPath(new URL("../../tests/support/typescript.mjs", import.meta.url))],
    fileURLToPath(new URL("bare-server.ts", import.meta.url)),
  ]);
  try {
    await server.printed(/"url"/, 30_000);
    const [, url = ""] = /"url":"([^"]+)"/.exec(server.output()) ?? [];
    const burst = await withBrowsers((browsers) => browsers.call("connect", { url, tickets }));
    return { bareRate: rateOf(burst) };
  } finally {
    await server.kill();
  }
}

/** A burst of handshakes over a few sessions, with a middleware that takes 5 ms for each answer. */
export async function measureConnects(sizes: Sizes): Promise<Measured> {
  return behindMiddleware(sizes.sessions, async (middleware, oxbow, known) =>
    withBrowsers(async (browsers) => {
      middleware.disturb("everything", { kind: "delay", ms: MIDDLEWARE_MS });
      const burst = await browsers.call("connect", { url: oxbow.url, tickets: ticketsOf(sizes.connects, known) });
      const most = middleware.traffic.mostInFlightOfOneSession("whoami");
      return { rate: rateOf(burst), refused: sizes.connects - burst.connected, inFlight: most };
    }),
  );
}

/** A middleware that takes every request and answers none, under open sockets, pushes and new handshakes. */
export async function measureFrozen(sizes: Sizes): Promise<Measured> {
  return behindMiddleware(sizes.sessions, async (middleware, oxbow, known) =>
    withBrowsers(async (browsers) => {
      await browsers.call("connect", { url: oxbow.url, tickets: ticketsOf(sizes.open, known) });
      const before = await pushesFor(PUSHED_MS, oxbow, browsers);
      middleware.disturb("everything", { kind: "freeze" });
      const strangers = ticketsOf(sizes.waiting, [{ session: "0".repeat(32), cookie: "a=b" }]);
      const [during, refused] = await Promise.all([
        pushesFor(sizes.frozenMs, oxbow, browsers),
        browsers.call("connect", { url: oxbow.url, tickets: strangers }),
      ]);
      const closed = (await browsers.call("ends")).length;
      middleware.calm();
      return {
        frozenClosed: closed,
        pushBefore: percentile(before, 0.99),
        pushFrozen: percentile(during, 0.99),
        held: refused.longestRefusalMs,
        notComeAgain: sizes.waiting - (refused.refused["503"] ?? 0) + refused.withoutRetryAfter,
      };
    }),
  );
}

/** Sessions of three nodes, each with a socket, logged out at one of the nodes as fast as it takes them. */
export async function measureLogOuts({ logOuts }: Sizes): Promise<Measured> {
  const members = await startMembers({ count: 2, java: [] });
  const settings = {
    "com.openexchange.hazelcast.enabled": "true",
    "com.openexchange.hazelcast.group.name": members.clusterName,
    "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
    "com.openexchange.oxbow.sessionKey": "key-of-the-benchmark-and-of-nothing-else-0123456789",
  };
  const nodes: RunningOxbow[] = [];
  try {
    for (let i = 0; i < 3; i++) nodes.push(await startOxbow(settings));
    return await withBrowsers((browsers) => logAllOut(nodes, browsers, logOuts));
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await members.stop();
  }
}

async function logAllOut(nodes: readonly RunningOxbow[], browsers: Browsers, count: number): Promise<Measured> {
  const [first] = nodes;
  if (first === undefined) throw new Error("no node");
  const logins = await inTurns(count, 8, () => logIn(first.url));
  for (const [index, { url }] of nodes.entries()) {
    const own = logins.filter((_, i) => i % nodes.length === index);
    const burst = await browsers.call("connect", { url, tickets: ticketsOf(own.length, own) });
    if (burst.connected !== own.length) throw new Error(`only ${burst.connected} of ${own.length} are connected`);
  }
  const answered = new Map<string, number>();
  await inTurns(count, 32, async (i) => {
    const login = logins[i];
    if (login === undefined) return;
    const { status } = await logOut(first.url, login);
    if (status !== 200) throw new Error(`a log-out was answered with ${status}`);
    answered.set(login.session, nowMs());
  });
  await waitFor("all are closed", async () => (await browsers.call("open")) === 0, 30_000).catch(() => undefined);
  const ends = await browsers.call("ends");
  const delays = ends.map(({ session, atMs }) => Math.max(0, atMs - (answered.get(session) ?? NaN)));
  return {
    slowestEnd: ends.length === count ? Math.max(...delays) : NaN,
    untold: count - ends.filter(({ told }) => told).length,
  };
}

/** Calls `work` so many times, so many at once. */
async function inTurns<T>(count: number, atOnce: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
  return results;
}

type Known = Pick<Ticket, "session" | "cookie">;

async function behindMiddleware(
  sessions: number,
  work: (middleware: StandIn, oxbow: RunningOxbow, known: readonly Known[]) => Promise<Measured>,
): Promise<Measured> {
  const middleware = await startStandIn();
  try {
    const known = Array.from({ length: sessions }, (_, i) => sessionAt(middleware, i < PUSHED_SESSIONS));
    const oxbow = await startOxbow({
      "com.openexchange.oxbow.sessionSource": "middleware",
      "com.openexchange.oxbow.middlewareUrl": middleware.url,
    });
    try {
      return await work(middleware, oxbow, known);
    } finally {
      await oxbow.stop();
    }
  } finally {
    await middleware.stop();
  }
}

function sessionAt(middleware: StandIn, isPushed: boolean): Known {
  const hash = hashOf({ userAgent, client: CLIENT });
  const localIp = "127.0.0.1";
  const user = isPushed ? { userId: PUSHED_USER, login: "berta" } : { userId: 3, login: "anton" };
  const rest = { contextId: 1, client: CLIENT, guest: false, staySignedIn: false, multifactor: "none" } as const;
  const session = middleware.sessions.add({ ...user, ...rest, hash, localIp });
  if (session === undefined) throw new Error("the stand-in refused a session");
  return { session: session.id, cookie: `${secretCookie(hash)}=${session.secret}; JSESSIONID=${session.altId}.node1` };
}

const ticketsOf = (count: number, known: readonly Known[]): Ticket[] =>
  Array.from({ length: count }, (_, i) => {
    const { session = "", cookie = "" } = known[i % known.length] ?? {};
    return { session, cookie, connection: `c${i}` };
  });

const rateOf = ({ connected, ms }: Burst): number => (connected / ms) * 1e3;

/** Pushes at a steady rate to the user of a few of the sockets. @returns ms until each frame was there */
async function pushesFor(ms: number, oxbow: RunningOxbow, browsers: Browsers): Promise<number[]> {
  await browsers.call("latencies");
  const pauseMs = 1_000 / PUSHES_PER_SECOND;
  const untilMs = nowMs() + ms;
  while (nowMs() < untilMs) {
    await pushTo(oxbow.url, PUSHED_USER, "bench", { sentMs: nowMs() });
    await pause(pauseMs);
  }
  return browsers.call("latencies");
}
