/** The product as the benchmark runs it: a process with the limits raised that the load of one machine would reach. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "../../tests/support/child-process.ts";
import { waitFor, within } from "../../tests/support/wait-for.ts";

export interface RunningOxbow {
  readonly url: string;
  readonly internalUrl: string;
  /** SIGHUP; resolves when everything has been read again. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL("../../server/oxbow.mjs", import.meta.url));

/** Everything comes from one address and a few users; nothing of it is about what a handshake costs. */
export const raisedLimits = {
  "com.openexchange.oxbow.maxSocketsPerUser": "10000",
  "com.openexchange.oxbow.maxHandshakesPerAddress": "1000000",
  "com.openexchange.servlet.maxRate": "0",
  "com.openexchange.sessiond.maxSessionPerUser": "0",
} as const;

const always = {
  "com.openexchange.connector.networkListenerPort": "0",
  "com.openexchange.oxbow.internalPort": "0",
  "com.openexchange.oxbow.logLevel": "info",
  "com.openexchange.rest.services.basic-auth.login": "rest",
  "com.openexchange.rest.services.basic-auth.password": "rest",
} as const;

/**
 * @param directories configuration directories besides the one of the settings
 * @throws Error with what it printed when it does not start
 */
export async function startOxbow(
  settings: Readonly<Record<string, string>>,
  directories: readonly string[] = [],
): Promise<RunningOxbow> {
  const directory = await mkdtemp(join(tmpdir(), "oxbow-bench-"));
  const properties = Object.entries({ ...always, ...raisedLimits, ...settings });
  await writeFile(join(directory, "bench.properties"), properties.map((pair) => `${pair.join("=")}\n`).join(""));
  const running = startProgram(process.execPath, [
    ...[program, "start"],
    ...[directory, ...directories].flatMap((one) => ["--config", one]),
  ]);
  const stop = async (): Promise<void> => {
    running.signal("SIGTERM");
    await within("oxbow stops", running.ended, 20_000).catch(() => running.kill());
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await running.printed(/"event":"listening"/, 60_000);
  } catch (fault) {
    await stop();
    throw fault;
  }
  const [, internalUrl = ""] = /"internalUrl":"([^"]+?)\/?"/.exec(running.output()) ?? [];
  const [, url = ""] = /"url":"([^"]+?)\/?"/.exec(running.output()) ?? [];
  const reload = async (): Promise<void> => {
    const reloads = (): number => running.output().split('"event":"reloaded"').length;
    const before = reloads();
    running.signal("SIGHUP");
    await waitFor("oxbow has read everything again", () => reloads() > before || !running.isRunning(), 60_000);
  };
  return { url, internalUrl, reload, stop };
}
