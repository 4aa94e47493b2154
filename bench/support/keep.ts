/** Keeps the last table of a benchmark in `bench/README.md`, between two marks of its name. */
import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";

export async function keep(name: string, text: string): Promise<void> {
  const file = new URL("../README.md", import.meta.url);
  const begin = `<!-- The last table of ${name}; written by `;
  const whole = await readFile(file, "utf8");
  const at = whole.indexOf(begin);
  const end = `<!-- End of ${name}. -->`;
  const after = whole.indexOf(end, at);
  if (at === -1 || after === -1) throw new Error(`bench/README.md has no place for the table of ${name}`);
  const changed = `${whole.slice(0, at)}${begin}\`--keep\`. -->\n\n${text}\n\n${whole.slice(after)}`;
  await writeFile(file, await format(changed, { ...(await resolveConfig(file)), parser: "markdown" }));
}
