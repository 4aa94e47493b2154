/** The worked example of docs/configuration.md: its files are loaded as they stand there, and mean what the page says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createEmbeddedDirectory } from "../../auth/index.ts";
import { loadSettings } from "../../cascade/index.ts";
import { allSettings } from "../../server/settings/index.ts";
import { maxSocketsPerUser } from "../../server/settings/limits.ts";
import { websocketsEnabled } from "../../server/settings/websockets.ts";
import { folderWith } from "./cascade/temporary-folder.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");

/** Blocks below a line that is nothing but a file's name. */
const files = Object.fromEntries(
  [...page.matchAll(/^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, name = "", text = ""]) => [name, text]),
);

test("the example is loaded without a warning, and each user has the values that the page shows", async () => {
  expect(Object.keys(files)).toEqual([
    "websockets.properties",
    "contextSets/pilot.yml",
    "meta/limits.yml",
    "users.yaml",
  ]);
  const folder = await folderWith(files);
  const outcome = await loadSettings({ directories: [folder], assignments: [], known: allSettings });
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("\n"));
  const { settings, warnings } = outcome;
  const faults: unknown[] = [...warnings];
  const directory = createEmbeddedDirectory({
    file: () => join(folder, "users.yaml"),
    onFault: (fault) => faults.push(fault),
  });
  await directory.start();
  settings.useDirectory(directory.facts, (finding) => faults.push(finding));
  const [anton, berta] = [3, 4].map((userId) => ({ contextId: 7, userId }));
  if (anton === undefined || berta === undefined) throw new Error("nobody");
  const of = (user: typeof anton) => [
    settings.readFor(websocketsEnabled, user),
    settings.readFor(maxSocketsPerUser, user),
  ];
  expect([of(anton), of(berta)]).toEqual([
    [true, 12],
    [false, 12],
  ]);
  expect([settings.read(websocketsEnabled), settings.read(maxSocketsPerUser)]).toEqual([false, 8]);
  expect(settings.resolve(websocketsEnabled.name, anton).value?.origin).toMatchObject({
    from: "context set",
    set: "pilot",
  });
  expect(settings.resolve(websocketsEnabled.name, berta).value?.scope).toBe("user");
  expect(settings.resolve(maxSocketsPerUser.name, berta).final?.scope).toBe("contextSets");
  expect(faults).toEqual([]);
});
