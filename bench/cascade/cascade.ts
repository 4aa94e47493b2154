/**
 * `npm run bench -- cascade`: what the value of a setting for one user costs, and what a reload of a large installation
 * does to those who connect meanwhile. Medians over the rounds; nothing is asserted.
 */
import { median } from "../relay/statistics.ts";
import { keep } from "../support/keep.ts";
import { measureReads } from "./reads.ts";
import { measureReloads } from "./reload.ts";
import { rows, type Measured, type Row, type RowId } from "./rows.ts";

export interface CascadeOptions {
  readonly rounds: number;
  /** A smoke run: tiny loads, figures without meaning. */
  readonly quick: boolean;
  /** Puts the table into the README, in place of the last one. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

const fullSizes = { reloads: 5, connectsPerSecond: 500, beforeMs: 5_000 };
const quickSizes = { reloads: 1, connectsPerSecond: 50, beforeMs: 500 };

export async function runCascadeBench({ rounds, quick, keep: isKept, say }: CascadeOptions): Promise<void> {
  const started = performance.now();
  const measured: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    const figures = {
      ...(await measureReads(quick ? 2 : 200)),
      ...(await measureReloads(quick ? quickSizes : fullSizes)),
    };
    measured.push(figures);
    const text = Object.entries(figures).map(([id, value]) => `${id} ${shown(value)}`);
    say(`round ${round} of ${rounds}: ${text.join(", ")}`);
  }
  const seconds = Math.round((performance.now() - started) / 1e3);
  const kind = quick ? "quick run, figures without meaning" : `medians of ${rounds} rounds`;
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const text = `${date} UTC; ${kind}, ${seconds} s; node ${process.versions.node}\n\n${tableOf(measured)}`;
  console.log(text);
  if (isKept) await keep("cascade", text);
}

const ids: readonly RowId[] = Object.keys(rows).filter((id): id is RowId => id in rows);

function tableOf(measured: readonly Measured[]): string {
  const head = ["", "unit", "median", "must", "reached"];
  const lines = ids.map((id) => {
    const row: Row = rows[id];
    const value = median(measured.map((figures) => figures[id] ?? NaN));
    const cells = [row.title, row.unit, shown(value)];
    return row.must === undefined
      ? [...cells, "", ""]
      : [...cells, `≤ ${shown(row.must)}`, value <= row.must ? "must" : "missed"];
  });
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function shown(value: number): string {
  if (Number.isNaN(value)) return "n/a";
  return value.toLocaleString("en-GB", { maximumFractionDigits: value >= 100 ? 0 : 2 });
}
