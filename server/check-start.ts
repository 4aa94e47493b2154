/**
 * What a start reads besides settings, and what makes it refuse them: looked at without starting, by the code that a start
 * runs. Not here: whether others answer (members, the middleware) and whether addresses are free, which no file can tell.
 */
import { createEmbeddedDirectory, DirectoryFileError, readDirectory } from "../auth/index.ts";
import type { ListedContext } from "../auth/index.ts";
import { checkAttributes } from "../cascade/index.ts";
import type { Finding, LoadedSettings, Setting } from "../cascade/index.ts";
import { hazelcastClientConfig, UnusableClusterSettings } from "./cluster/hazelcast-client-config.ts";
import { createIpCheck } from "./ip-check.ts";
import { AuthoritiesUnreadable, readAuthorities, whyAddressesMayBeWrong } from "./middleware.ts";
import { hazelcastEnabled } from "./settings/cluster.ts";
import { directoryFile } from "./settings/login.ts";
import { middlewareCaFile, sessionSource } from "./settings/middleware.ts";
import { whyUnsafe } from "./unsafe-settings.ts";

export interface StartCheck {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** @param known all declared settings. Never rejects. */
export async function checkStart(settings: LoadedSettings, known: readonly Setting<unknown>[]): Promise<StartCheck> {
  const unsafe = whyUnsafe(settings);
  const isEmbedded = settings.read(sessionSource) === "embedded";
  const checks = [
    { problems: unsafe === undefined ? [] : [{ message: unsafe }], warnings: [] },
    isEmbedded ? await checkUsers(settings.read(directoryFile), known) : nothing,
    isEmbedded ? await checkExemptions(settings) : await checkMiddleware(settings),
    settings.read(hazelcastEnabled) ? await checkCluster(settings) : nothing,
  ];
  return {
    problems: checks.flatMap(({ problems }) => problems),
    warnings: checks.flatMap(({ warnings }) => warnings),
  };
}

const nothing: StartCheck = { problems: [], warnings: [] };

async function checkUsers(file: string | undefined, known: readonly Setting<unknown>[]): Promise<StartCheck> {
  let listed: readonly ListedContext[] = [];
  const directory = createEmbeddedDirectory({
    file: () => file,
    readAside: (text) => {
      const read = readDirectory(text);
      if (read.ok) listed = read.directory.contexts;
      return Promise.resolve(read);
    },
    onFault: () => undefined, // of listeners, and there are none
  });
  try {
    await directory.start();
  } catch (fault) {
    if (!(fault instanceof DirectoryFileError)) throw fault;
    return { problems: fault.findings(), warnings: [] };
  }
  const attributes = listed.flatMap((context) => [
    { of: "context", attributes: context.attributes } as const,
    ...context.users.map((user) => ({ of: "user", attributes: user.attributes }) as const),
  ]);
  return { problems: [], warnings: checkAttributes(attributes, file ?? "", known) };
}

async function checkExemptions(settings: LoadedSettings): Promise<StartCheck> {
  const says = await createIpCheck(settings, settings.directories).reload();
  return { problems: [], warnings: says.map((message) => ({ message })) };
}

async function checkMiddleware(settings: LoadedSettings): Promise<StartCheck> {
  const danger = whyAddressesMayBeWrong(settings);
  const warnings = danger === undefined ? [] : [{ message: danger }];
  try {
    await readAuthorities(settings.read(middlewareCaFile));
    return { problems: [], warnings };
  } catch (fault) {
    if (!(fault instanceof AuthoritiesUnreadable)) throw fault;
    return { problems: [{ message: fault.message }], warnings };
  }
}

async function checkCluster(settings: LoadedSettings): Promise<StartCheck> {
  const warnings: Finding[] = [];
  try {
    await hazelcastClientConfig(settings, (message) => warnings.push({ message }));
    return { problems: [], warnings };
  } catch (fault) {
    if (!(fault instanceof UnusableClusterSettings)) throw fault;
    return { problems: [{ message: fault.message }], warnings };
  }
}
