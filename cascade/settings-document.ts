/** Prints the declared settings as the reference page `docs/settings.md`: nothing about them is written twice. */
import { defaultText } from "./check-entries.ts";
import { ownPrefix, type Setting } from "./setting.ts";

const yesOrNo = (is: boolean): string => (is ? "yes" : "no");

/** A bar would end the table's cell. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

/** One row of the table. */
export const settingRow = (setting: Setting<unknown>): string =>
  [
    `\`${setting.name}\``,
    setting.value.type,
    setting.unit ?? "",
    cell(defaultText(setting)),
    cell(setting.value.allowed),
    yesOrNo(setting.cascade),
    yesOrNo(setting.reload),
    yesOrNo(setting.secret),
    cell(setting.text),
  ].join(" | ");

/** The whole page, names in alphabetical order. */
export function settingsDocument(settings: readonly Setting<unknown>[]): string {
  const rows = [...settings].sort((a, b) => (a.name < b.name ? -1 : 1)).map((setting) => `| ${settingRow(setting)} |`);
  return `# Settings

Written by \`npm run docs\` from the declarations in \`server/settings/\`; change those, not this page.

Settings stand in \`.properties\` files: of every \`--config DIR\` and its sub-folders, in the order of their paths. A later
directory beats an earlier one, a later path beats an earlier one of the same directory (with a warning), and
\`--set NAME=VALUE\` beats all files. An empty value is a value.

Names that begin with \`${ownPrefix}\` are oxbow's own: a value that is not allowed stops the start, and at a
reload the last good one stays. All other names are the App Suite middleware's: an odd value is warned about and means
what it means there.

Time spans are sums of numbers with a unit: ms, s, m (minutes), h, D, W, in any case; a number alone counts
milliseconds. Sizes count bytes, or kB, MB, GB with the factor 1024.

- **Cascade**: may be set for a user, context or context set too; otherwise for the server only.
- **Reload**: a reload (\`SIGHUP\`) applies it; otherwise a restart does, and a reload says so.
- **Secret**: its value is never shown.

| Setting | Type | Unit | Default | Allowed | Cascade | Reload | Secret | What it does |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}
