/** Reloads of a large installation under a steady stream of connects, seen from outside the product. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { userAgent } from "../../tests/support/acceptance/http.ts";
import type { BrowserCommands } from "../connect/browsers.ts";
import { startOxbow, type RunningOxbow } from "../connect/oxbow.ts";
import type { Ticket } from "../connect/tickets.ts";
import { forkWithCommands, type ChildWithCommands } from "../support/commands.ts";
import { contexts, contextSetsYaml, directoryYaml, loginOf, plainPassword } from "./people.ts";
import type { Measured } from "./rows.ts";

export interface ReloadSizes {
  readonly reloads: number;
  readonly connectsPerSecond: number;
  /** Under connects alone, before the first reload. */
  readonly beforeMs: number;
}

const browsersModule = fileURLToPath(new URL("../connect/browsers-main.ts", import.meta.url));
const sessions = 50;
const batchMs = 10;

export async function measureReloads({ reloads, connectsPerSecond, beforeMs }: ReloadSizes): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "oxbow-bench-"));
  await mkdir(join(folder, "contextSets"));
  await writeFiles(folder, 0);
  const oxbow = await startOxbow({ "com.openexchange.oxbow.directory": join(folder, "users.yaml") }, [folder]);
  const browsers = forkWithCommands<BrowserCommands>(browsersModule, "the browsers");
  try {
    const tickets = await Promise.all(Array.from({ length: sessions }, (_, at) => logIn(oxbow.url, at + 1)));
    const stream = startStream(browsers, oxbow.url, tickets, connectsPerSecond);
    await pause(1_000); // the compilers
    await longestStallMs(oxbow);
    await pause(beforeMs);
    const stallBefore = await longestStallMs(oxbow);
    const stalls: number[] = [];
    const times: number[] = [];
    for (let turn = 1; turn <= reloads; turn++) {
      await writeFiles(folder, turn);
      await pause(500);
      await longestStallMs(oxbow);
      const startedMs = performance.now();
      await oxbow.reload();
      times.push(performance.now() - startedMs);
      stalls.push(await longestStallMs(oxbow));
    }
    const { connected, refused, seconds } = await stream.stop();
    const closed = (await browsers.call("ends")).length;
    const [stall, reload] = [Math.max(...stalls), Math.max(...times)];
    return { connects: connected / seconds, refused, closed, stallBefore, stall, reload };
  } finally {
    browsers.kill();
    await oxbow.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeFiles(folder: string, turn: number): Promise<void> {
  await writeFile(join(folder, "users.yaml"), directoryYaml(turn));
  await writeFile(join(folder, "contextSets/sets.yml"), contextSetsYaml(turn));
}

async function logIn(url: string, at: number): Promise<Omit<Ticket, "connection">> {
  const response = await fetch(`${url}/ajax/login?action=login`, {
    method: "POST",
    headers: { "User-Agent": userAgent },
    body: new URLSearchParams({ name: loginOf((at % contexts) + 1, at), password: plainPassword }),
  });
  const { session } = z.object({ session: z.string() }).parse(await response.json());
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  return { session, cookie: cookies.join("; ") };
}

/** Since the last call, in ms; what the process measures of itself every 10 ms, those included. */
async function longestStallMs({ internalUrl }: RunningOxbow): Promise<number> {
  const text = await (await fetch(`${internalUrl}/metrics`)).text();
  const [, seconds] = /^nodejs_eventloop_lag_max_seconds ([\d.e-]+)/m.exec(text) ?? [];
  return Number(seconds) * 1_000;
}

/** So many connects a second, whatever becomes of those before. */
function startStream(
  browsers: ChildWithCommands<BrowserCommands>,
  url: string,
  logins: readonly Omit<Ticket, "connection">[],
  perSecond: number,
) {
  const startedMs = performance.now();
  const bursts: ReturnType<typeof connect>[] = [];
  let count = 0;
  const connect = (tickets: readonly Ticket[]) => browsers.call("connect", { url, tickets });
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond) - count;
    const tickets = Array.from({ length: due }, (_, at): Ticket => {
      const login = logins[(count + at) % logins.length] ?? { session: "", cookie: "" };
      return { ...login, connection: `c${count + at}` };
    });
    count += due;
    bursts.push(connect(tickets));
  }, batchMs);
  return {
    stop: async () => {
      clearInterval(timer);
      const seconds = (performance.now() - startedMs) / 1_000;
      const done = await Promise.all(bursts);
      const connected = done.reduce((sum, burst) => sum + burst.connected, 0);
      return { connected, refused: count - connected, seconds };
    },
  };
}
