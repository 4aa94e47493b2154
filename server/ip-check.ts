/** The rules of the IP check for one user: from the settings, and from `noipcheck.cnf` in the configuration directories. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readExemptRanges } from "../auth/index.ts";
import type { AddressRange, IpCheckFor, IpCheckRules } from "../auth/index.ts";
import type { Settings, UserRef } from "../cascade/index.ts";
import * as ipSettings from "./settings/ip-check.ts";
import { sessionSource } from "./settings/middleware.ts";

export interface IpCheck {
  readonly rulesFor: IpCheckFor;
  /**
   * Reads `noipcheck.cnf` again. A later directory beats an earlier one; a file that cannot be read changes nothing.
   * @returns what is wrong with it, each with its place
   */
  reload(): Promise<readonly string[]>;
}

const fileName = "noipcheck.cnf";

/** @param directories the configuration directories, from weakest to strongest */
export function createIpCheck(settings: Settings, directories: readonly string[]): IpCheck {
  let exempt: readonly AddressRange[] = [];
  return {
    rulesFor: ({ contextId, userId }): IpCheckRules => {
      const user = { contextId, userId };
      return {
        mode: modeFor(settings, user),
        maskV4: settings.readFor(ipSettings.ipMaskV4, user),
        maskV6: settings.readFor(ipSettings.ipMaskV6, user),
        roamingClients: settings.readFor(ipSettings.ipCheckWhitelist, user),
        exempt,
      };
    },
    reload: async () => {
      const read = await readStrongest(directories);
      if (!read.ok) return [`${read.file}: cannot be read (${read.why}); what was read before stays in force`];
      const { ranges, badLines } = readExemptRanges(read.text);
      exempt = ranges;
      return badLines.map(
        (line) =>
          `${read.file}:${line}: is no address or range, so it is ignored; ` +
          "allowed: 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9, IPv6 likewise",
      );
    },
  };
}

const modeFor = (settings: Settings, user: UserRef): IpCheckRules["mode"] =>
  modeOf(settings.readFor(ipSettings.ipCheck, user), settings.readFor(ipSettings.ipCheckMode, user));

/** The mode of this server, for whoever has no value of its own. */
export const serverMode = (settings: Pick<Settings, "read">): IpCheckRules["mode"] =>
  modeOf(settings.read(ipSettings.ipCheck), settings.read(ipSettings.ipCheckMode));

/** What the older name says counts where it is `true`; any word but `none` checks, so that nothing unknown opens a door. */
const modeOf = (older: boolean | undefined, mode = "none"): IpCheckRules["mode"] =>
  older === true || mode !== "none" ? "strict" : "none";

/** A mode that oxbow cannot have, as it needs a database of the world's addresses. A middleware's own check is its own. */
export const asksForCountryCodes = (settings: Pick<Settings, "read">): string | undefined =>
  settings.read(ipSettings.ipCheckMode) === "countrycode" && settings.read(sessionSource) === "embedded"
    ? `${ipSettings.ipCheckMode.name}=countrycode is not available: oxbow knows no countries of addresses. Set none or strict.`
    : undefined;

type Read =
  | { readonly ok: true; readonly file: string; readonly text: string }
  | { readonly ok: false; readonly file: string; readonly why: string };

/** The file of the last directory that has one; an empty text where none does. */
async function readStrongest(directories: readonly string[]): Promise<Read> {
  for (const directory of directories.toReversed()) {
    const file = join(directory, fileName);
    try {
      return { ok: true, file, text: await readFile(file, "utf8") };
    } catch (fault) {
      const code = typeof fault === "object" && fault !== null && "code" in fault ? String(fault.code) : String(fault);
      if (code !== "ENOENT" && code !== "ENOTDIR") return { ok: false, file, why: code };
    }
  }
  return { ok: true, file: fileName, text: "" };
}
