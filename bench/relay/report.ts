/** Medians over the rounds, the comparison with the best Redis relay, and the table that people read. */
import { relays, type RelayId } from "./peers.ts";
import { rows, type Measured, type Row, type RowId } from "./rows.ts";
import { median } from "./statistics.ts";

export type Results = Readonly<Record<RelayId, readonly Measured[]>>;

export interface ReportRow {
  readonly id: RowId;
  readonly title: string;
  readonly unit: string;
  readonly medians: Readonly<Record<RelayId, number | null>>;
  readonly all: Readonly<Record<RelayId, readonly number[]>>;
  /** Ours (async backup) divided by what it is compared with; the figure itself where there is nothing. */
  readonly score: number | null;
  readonly must: number | null;
  readonly aim: number | null;
  readonly verdict: "aim" | "must" | "missed" | "";
}

const forEachRelay = <T>(of: (relay: RelayId) => T): Record<RelayId, T> => ({
  ours: of("ours"),
  "ours-sync": of("ours-sync"),
  bare: of("bare"),
  redis: of("redis"),
  "redis-sharded": of("redis-sharded"),
  "redis-streams": of("redis-streams"),
});

export function reportRows(results: Results): ReportRow[] {
  const report: ReportRow[] = [];
  for (const [id, row] of entries) {
    const all = forEachRelay((relay) =>
      results[relay].map((measured) => measured[id]).filter((value) => value !== undefined),
    );
    if (Object.values(all).every((values) => values.length === 0)) continue;
    // NaN is a measurement that failed; it must not vanish in a median
    const medians = forEachRelay((relay) => finite(all[relay].some(Number.isNaN) ? NaN : median(all[relay])));
    const score = scoreOf(row, medians);
    const { must = null, aim = null } = row;
    report.push({
      id,
      title: row.title,
      unit: row.unit,
      medians,
      all,
      score,
      must,
      aim,
      verdict: verdictOf(row, score, medians.ours),
    });
  }
  return report;
}

const entries: readonly (readonly [RowId, Row])[] = Object.keys(rows)
  .filter((id): id is RowId => id in rows)
  .map((id) => [id, rows[id]]);

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function scoreOf({ against, better }: Row, medians: Readonly<Record<RelayId, number | null>>): number | null {
  const { ours } = medians;
  if (ours === null || against === "none") return ours;
  const rivals = relays
    .filter(({ id, redis }) => redis && (against === "redis" || id === against))
    .map(({ id }) => medians[id])
    .filter((value) => value !== null);
  if (rivals.length === 0) return null; // such a run compares nothing
  return finite(ours / (better === "more" ? Math.max(...rivals) : Math.min(...rivals)));
}

function verdictOf({ better, must, aim }: Row, score: number | null, ours: number | null): ReportRow["verdict"] {
  if (must === undefined) return "";
  if (score === null) return ours === null ? "missed" : "";
  const reaches = (target: number): boolean => (better === "more" ? score >= target : score <= target);
  if (!reaches(must)) return "missed";
  return aim === undefined || reaches(aim) ? "aim" : "must";
}

/** A table in Markdown. `n/a` is a figure that could not be had, an empty cell one that makes no sense there. */
export function tableOf(report: readonly ReportRow[]): string {
  const head = ["", "unit", ...relays.map(({ title }) => title), "ours ÷ best Redis", "must / aim", "reached"];
  const lines = report.map((row) => {
    const { against, better } = rows[row.id] satisfies Row;
    const cells = relays.map(({ id }) => (row.all[id].length === 0 ? "" : shown(row.medians[id])));
    const sign = better === "more" ? "≥" : "≤";
    const targets = [row.must, row.aim].filter((target) => target !== null).map((target) => `${sign} ${shown(target)}`);
    return [
      row.title,
      row.unit,
      ...cells,
      against === "none" ? "" : shown(row.score) + (against === "redis-sharded" ? " (sharded)" : ""),
      targets.join(" / "),
      row.verdict,
    ];
  });
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function shown(value: number | null): string {
  if (value === null) return "n/a";
  if (value === 0) return "0";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
