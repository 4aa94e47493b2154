/** The package status from small values files, with messages without the folder. */
import { join } from "node:path";

import {
  loadPackageStatus,
  type PackageEnvironment,
  type PackagesOutcome,
  type Placement,
} from "../../../cascade/index.ts";
import { folderWith } from "./temporary-folder.ts";

export const name = "open-xchange-websockets-grizzly";

/** Values files in the order given, called `1.yaml`, `2.yaml`, ...; messages come without the folder. */
export async function load(
  values: readonly string[],
  environment: PackageEnvironment = {},
  placement: Placement = { roles: [], nodeType: undefined },
): Promise<{ outcome: PackagesOutcome; short: (text: string) => string }> {
  const folder = await folderWith(Object.fromEntries(values.map((text, index) => [`${index + 1}.yaml`, text])));
  const files = values.map((_, index) => join(folder, `${index + 1}.yaml`));
  const outcome = await loadPackageStatus(files, environment, placement);
  return { outcome, short: (text) => text.replaceAll(`${folder}/`, "") };
}

export async function reasonOf(...input: Parameters<typeof load>): Promise<string> {
  const { outcome, short } = await load(...input);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("\n"));
  const { enabled, reason } = outcome.statusOf(name);
  return `${enabled ? "yes" : "no"}: ${short(reason)}`;
}

export async function messagesOf(
  ...input: Parameters<typeof load>
): Promise<{ problems: string[]; warnings: string[] }> {
  const { outcome, short } = await load(...input);
  return {
    problems: outcome.ok ? [] : outcome.problems.map(({ message }) => short(message)),
    warnings: outcome.warnings.map(({ message }) => short(message)),
  };
}

export const status = (value: string): string => `core-mw:\n  packages:\n    status:\n      ${name}: ${value}\n`;
