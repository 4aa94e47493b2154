/** What a configuration directory of the middleware may hold that has no meaning here. For checks; nothing else asks. */
import { stat } from "node:fs/promises";
import { join } from "node:path";

import { findingAbout, type Finding } from "./finding.ts";

const leftOut: Readonly<Record<string, string>> = {
  settings:
    "is left out: YAML files below are not read, properties files are read as any others, and nothing goes to the user interface",
  "as-config.yml": "is left out: it configures the user interface by host name, which is no matter of oxbow",
};

/** One for each thing that is there. */
export async function leftOutIn(directories: readonly string[]): Promise<readonly Finding[]> {
  const all = directories.flatMap((directory) =>
    Object.entries(leftOut).map(async ([name, says]) => {
      const path = join(directory, name);
      const isThere = await stat(path).then(
        () => true,
        () => false,
      );
      return isThere ? [findingAbout(path, says)] : [];
    }),
  );
  return (await Promise.all(all)).flat();
}
