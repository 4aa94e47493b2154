/** What a reload did, as the admin API and the command line tell it: of one process, or of all of a node. */
import { z } from "zod";

const finding = z.object({
  /** The whole sentence, with place and name. */
  message: z.string(),
  name: z.string().optional(),
  file: z.string().optional(),
  /** Counted from 1. */
  line: z.int().optional(),
});

export const reloadReport = z.object({
  /** Names whose value changed, for the server or for some user. */
  changed: z.array(z.string()).readonly(),
  /** Names whose written value only a restart takes. */
  needsRestart: z.array(z.string()).readonly(),
  /** What was bad and kept its last good state. */
  problems: z.array(finding).readonly(),
  /** Those that the load before did not give. */
  warnings: z.array(finding).readonly(),
  /** What failed when it was told of the changes; all others were told. */
  listenerErrors: z.array(z.string()).readonly(),
});
export type ReloadSummary = Readonly<z.infer<typeof reloadReport>>;
type Told = ReloadSummary["problems"][number];

/** What several processes of one node found, each thing once: all read the same users. */
export function joinReports(reports: readonly ReloadSummary[]): ReloadSummary {
  const names = (of: "changed" | "needsRestart"): readonly string[] =>
    [...new Set(reports.flatMap((report) => report[of]))].sort();
  return {
    changed: names("changed"),
    needsRestart: names("needsRestart"),
    problems: eachOnce(reports.flatMap(({ problems }) => problems)),
    warnings: eachOnce(reports.flatMap(({ warnings }) => warnings)),
    listenerErrors: reports.flatMap(({ listenerErrors }) => listenerErrors),
  };
}

const eachOnce = (told: readonly Told[]): readonly Told[] => [
  ...new Map(told.map((one) => [one.message, one])).values(),
];
