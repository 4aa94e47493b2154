/** Prints the routes of the admin API as `docs/admin-api.md`: nothing about them is written twice. */
import type { z } from "zod";
import { adminRoutes } from "./admin-routes.ts";
import type { AdminRoute } from "./admin-routes.ts";

export const adminApiDocument = (): string => `# Admin API

Written by \`npm run docs\` from the declarations in \`server/ops/admin/\`; change those, not this page.

The routes stand on the internal listener (default \`http://127.0.0.1:8016\`), of any node: each answers for the whole
cluster, but for settings, users and their reload, which are those of the node that is asked. \`oxbow sockets\`, \`reload\`,
\`show-config\` and \`explain\` use them (docs/command-line.md).

## Who may

Each request needs one of

- \`Authorization: Bearer TOKEN\` with the value of \`com.openexchange.oxbow.adminToken\`. While that is unset, each node makes
  a token at its start and leaves it in the file \`admin-token-ADDRESS-PORT\` (of the internal listener): in systemd's
  \`RUNTIME_DIRECTORY\` where there is one, else in the directory \`oxbow-UID\` of the system's directory for temporary files.
  Only the system user who runs the node can read it; it goes when the node stops. In containers without a place to
  write, on systems that clear old temporary files, and for calls from other machines, set the token.
- Basic authentication with \`com.openexchange.rest.services.basic-auth.login\` and \`.password\`.

Without: 401. The node must be addressed by an IP address, its host name, \`com.openexchange.oxbow.internalHost\` or
\`localhost\`, and a request with an \`Origin\` must come from the same one: else 403. So no web page can use this API through
somebody's browser.

## Answers

JSON. Whatever is wrong with a request is 400 and \`{"error": "..."}\`, naming the parameter; an unknown parameter is wrong.
A known path with another method is 405 with \`Allow\`.

\`complete\` is false when the answer lacks something: \`missing\` names the nodes that did not answer within 2 seconds (a node
that died is among them for 30 seconds, as it may only stand still), and while the cluster is not reached there may be
others. What was asked of a missing node may still happen when it is back.

A session appears by its fingerprint only: the first 16 hexadecimal digits of the SHA-256 of its id.
Changes are lines of the log with the event \`audit\`: what was done, by whom (token or login), from which address, with
which filter, to how many. They appear at every log level.

${adminRoutes.map(section).join("\n")}`;

function section({ method, path, text, parameters, example }: AdminRoute): string {
  const rows = Object.entries<z.ZodType>(parameters.shape).map(([name, form]) => {
    const { title = "", description = "" } = form.meta() ?? {};
    return `| \`${name}\` | ${title} | ${description} |\n`;
  });
  const table = rows.length === 0 ? "" : `\n| parameter | value | meaning |\n| --- | --- | --- |\n${rows.join("")}`;
  return `## ${method} ${path}\n\n${text}\n${table}\n\`\`\`json\n${JSON.stringify(example, undefined, 2)}\n\`\`\`\n`;
}
