/** What one read of one setting for one user costs, beside a plain look-up in a map of the same users. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedDirectory } from "../../auth/index.ts";
import { loadSettings, type LoadedSettings } from "../../cascade/index.ts";
import { allSettings } from "../../server/settings/index.ts";
import { maxSocketsPerUser } from "../../server/settings/limits.ts";
import { websocketsEnabled } from "../../server/settings/websockets.ts";
import { contexts, contextSetsYaml, directoryYaml, usersPerContext } from "./people.ts";
import type { Measured } from "./rows.ts";

const users = Array.from({ length: contexts * usersPerContext }, (_, at) => ({
  contextId: Math.floor(at / usersPerContext) + 1,
  userId: (at % usersPerContext) + 1,
}));

export async function measureReads(passes: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "oxbow-bench-"));
  try {
    const settings = await openSettings(folder);
    const flat = new Map(users.map((user) => [user.contextId * 1_000 + user.userId, true]));
    const first = nanosecondsPerRead(1, (user) => settings.readFor(websocketsEnabled, user));
    const [plain, bySet, byUser] = [
      () => nanosecondsPerRead(passes, ({ contextId, userId }) => flat.get(contextId * 1_000 + userId)),
      () => nanosecondsPerRead(passes, (user) => settings.readFor(websocketsEnabled, user)),
      () => nanosecondsPerRead(passes, (user) => settings.readFor(maxSocketsPerUser, user) > 1_000),
    ];
    for (const warmUp of [plain, bySet, byUser]) warmUp();
    const [map, set, user] = [plain(), bySet(), byUser()];
    return { map, set, user, setRatio: set / map, userRatio: user / map, first: first / 1_000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openSettings(folder: string): Promise<LoadedSettings> {
  await mkdir(join(folder, "contextSets"));
  await writeFile(join(folder, "contextSets/sets.yml"), contextSetsYaml(1));
  const file = join(folder, "users.yaml");
  await writeFile(file, directoryYaml(1));
  const loaded = await loadSettings({ directories: [folder], assignments: [], known: allSettings });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  const directory = createEmbeddedDirectory({ file: () => file, onFault: () => undefined });
  await directory.start();
  loaded.settings.useDirectory(directory.facts, () => undefined);
  return loaded.settings;
}

/** Over all users in turn, so that no read finds what the one before has left. */
function nanosecondsPerRead(passes: number, read: (user: (typeof users)[number]) => boolean | undefined): number {
  let found = 0;
  const startedMs = performance.now();
  for (let pass = 0; pass < passes; pass++) for (const user of users) if (read(user) === true) found++;
  const elapsedMs = performance.now() - startedMs;
  if (found !== passes * users.length) throw new Error(`${found} reads of ${passes * users.length} found their value`);
  return (elapsedMs * 1e6) / found;
}
