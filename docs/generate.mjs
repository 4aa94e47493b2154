/** Writes the pages that come from declarations in the code. Run by `npm run docs`, which builds first. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { settingsDocument } from "../dist/cascade/index.js";
import { allSettings } from "../dist/server/settings/index.js";

writeFileSync(join(import.meta.dirname, "settings.md"), settingsDocument(allSettings));
