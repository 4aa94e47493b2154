/** Writes the pages that come from declarations in the code. Run by `npm run docs`, which builds first. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { settingsDocument } from "../dist/cascade/index.js";
import { commandLineDocument } from "../dist/server/commands/command-document.js";
import { createProgram } from "../dist/server/commands/program.js";
import { adminApiDocument } from "../dist/server/ops/admin/admin-document.js";
import { allSettings } from "../dist/server/settings/index.js";

const program = createProgram({
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  environment: {},
  exit: (code) => process.exit(code),
  exitSoon: () => undefined,
});
writeFileSync(join(import.meta.dirname, "admin-api.md"), adminApiDocument());
writeFileSync(join(import.meta.dirname, "command-line.md"), commandLineDocument(program));
writeFileSync(join(import.meta.dirname, "settings.md"), settingsDocument(allSettings));
