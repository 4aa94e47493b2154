/** Settings of every kind loaded from small files and a small directory, with what was said and told. */
import {
  boolean,
  cascadeScopes,
  cascadeTypes,
  integer,
  loadSettings,
  setting,
  type LoadedSettings,
  type Setting,
} from "../../../cascade/index.ts";
import { createPeople, type Listed, type People } from "./people.ts";
import { folderWith } from "./temporary-folder.ts";

const plain = { reload: true, secret: false, text: "For the test." } as const;
export const enabled = setting({
  name: "com.openexchange.websockets.enabled",
  value: boolean,
  default: true,
  cascade: true,
  ...plain,
});
export const limit = setting({
  name: "com.openexchange.oxbow.limit",
  value: integer({ min: 1 }),
  default: 8,
  cascade: true,
  ...plain,
});
export const rate = setting({ name: "com.openexchange.rate", value: integer(), default: 5, cascade: true, ...plain });
export const fixed = setting({
  name: "com.openexchange.fixed",
  value: integer(),
  default: 1,
  cascade: false,
  ...plain,
});
export const known: readonly Setting<unknown>[] = [enabled, limit, rate, fixed, cascadeScopes, cascadeTypes];

export interface Loaded {
  readonly settings: LoadedSettings;
  readonly folder: string;
  readonly people: People;
  /** Messages of the load and of the directory, the folder cut off. */
  readonly warnings: string[];
  readonly told: string[][];
}

export async function load(files: Readonly<Record<string, string>>, ...people: readonly Listed[]): Promise<Loaded> {
  const folder = await folderWith(files);
  const outcome = await loadSettings({ directories: [folder], assignments: [], known });
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("\n"));
  const { settings } = outcome;
  const short = ({ message }: { readonly message: string }): string => message.replaceAll(`${folder}/`, "");
  const warnings = outcome.warnings.map(short);
  const directory = createPeople(...people);
  settings.useDirectory(directory, (finding) => warnings.push(short(finding)));
  const told: string[][] = [];
  settings.onChange((names) => told.push([...names]));
  return { settings, folder, people: directory, warnings, told };
}

export const anton = { contextId: 1, userId: 3 };
export const berta = { contextId: 1, userId: 4 };
