/** The configuration directory that counts when none is named. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

const appSuiteDirectory = "/opt/open-xchange/etc";

/** The App Suite's where it exists, else the bundled one. */
export const defaultDirectory = (): string =>
  existsSync(appSuiteDirectory) ? appSuiteDirectory : join(packageRoot(), "etc");
