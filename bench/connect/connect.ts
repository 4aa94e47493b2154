/**
 * `npm run bench -- connect`: what the validation of sessions costs at the handshake, what a frozen middleware does to
 * those who are connected, and how fast the end of sessions travels. Medians over the rounds; nothing is asserted.
 */
import { keep } from "../support/keep.ts";
import { median } from "../relay/statistics.ts";
import * as measurements from "./measurements.ts";
import { rows, type Measured, type Row, type RowId } from "./rows.ts";

export interface ConnectOptions {
  readonly rounds: number;
  /** A smoke run: tiny loads, figures without meaning. */
  readonly quick: boolean;
  /** Puts the table into the README, in place of the last one. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

export async function runConnectBench({ rounds, quick, keep: isKept, say }: ConnectOptions): Promise<void> {
  const sizes = quick ? measurements.quickSizes : measurements.fullSizes;
  const started = performance.now();
  const measured: Measured[] = [];
  say(`${rounds} rounds${quick ? ", quick" : `: about ${rounds * 3} minutes`}`);
  for (let round = 1; round <= rounds; round++) {
    for (const [what, measure] of steps) {
      const figures = await measure(sizes);
      measured.push(figures);
      const text = Object.entries(figures).map(([id, value]) => `${id} ${shown(value)}`);
      say(`round ${round} of ${rounds}, ${what}: ${text.join(", ")}`);
    }
  }
  const seconds = Math.round((performance.now() - started) / 1e3);
  const kind = quick ? "quick run, figures without meaning" : `medians of ${rounds} rounds`;
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const text = `${date} UTC; ${kind}, ${seconds} s; node ${process.versions.node}\n\n${tableOf(mediansOf(measured))}`;
  console.log(text);
  if (isKept) await keep("connect", text);
}

const steps = [
  ["bare Socket.IO", measurements.measureBare],
  ["validated", measurements.measureConnects],
  ["frozen middleware", measurements.measureFrozen],
  ["log-outs in a cluster", measurements.measureLogOuts],
] as const;

function mediansOf(measured: readonly Measured[]): Measured {
  const medians: Measured = {};
  for (const id of ids) {
    const values = measured.map((figures) => figures[id]).filter((value) => value !== undefined);
    // NaN is a measurement that failed; it must not vanish in a median
    if (values.length > 0) medians[id] = values.some(Number.isNaN) ? NaN : median(values);
  }
  return {
    ...medians,
    ratio: (medians.rate ?? NaN) / (medians.bareRate ?? NaN),
    pushRatio: (medians.pushFrozen ?? NaN) / (medians.pushBefore ?? NaN),
  };
}

const ids: readonly RowId[] = Object.keys(rows).filter((id): id is RowId => id in rows);

function tableOf(medians: Measured): string {
  const head = ["", "unit", "median", "must / aim", "reached"];
  const lines = ids.map((id) => {
    const row: Row = rows[id];
    const value = medians[id] ?? NaN;
    const sign = row.better === "more" ? "≥" : "≤";
    const targets = [row.must, row.aim]
      .filter((target) => target !== undefined)
      .map((target) => `${sign} ${shown(target)}`);
    return [row.title, row.unit, shown(value), targets.join(" / "), verdictOf(row, value)];
  });
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function verdictOf({ better, must, aim }: Row, value: number): string {
  if (must === undefined) return "";
  const reaches = (target: number): boolean => (better === "more" ? value >= target : value <= target);
  if (!reaches(must)) return "missed";
  return aim === undefined || reaches(aim) ? "aim" : "must";
}

function shown(value: number): string {
  if (Number.isNaN(value)) return "n/a";
  return value.toLocaleString("en-GB", { maximumFractionDigits: value >= 100 ? 0 : 2 });
}
