/** Reads the Prometheus text of `/metrics`. */
import { ask } from "./http.ts";

/** One sample; a histogram's parts are samples of their own names. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metrics {
  readonly samples: readonly Sample[];
  readonly text: string;
  /** Sum of the samples of this name whose labels hold all of `labels`; 0 when there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  has(name: string): boolean;
}

export async function scrape(internalUrl: string): Promise<Metrics> {
  const { status, text } = await ask(`${internalUrl}/metrics`);
  if (status !== 200) throw new Error(`no metrics: ${status}`);
  const samples = text.split("\n").flatMap(parseLine);
  return {
    samples,
    text,
    sum: (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name && holds(sample.labels, labels))
        .reduce((sum, sample) => sum + sample.value, 0),
    has: (name) => samples.some((sample) => sample.name === name) || text.includes(`# TYPE ${name} `),
  };
}

const holds = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

function parseLine(line: string): readonly Sample[] {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
  if (match === null) return [];
  const [, name = "", labelText = "", value = ""] = match;
  const labels = Object.fromEntries(
    [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", text = ""]) => [key, text]),
  );
  return [{ name, labels, value: Number(value) }];
}

/** Written, dropped and waiting against what was offered; both sides must be the same at any scrape. */
export const balance = (metrics: Metrics): { readonly offered: number; readonly settled: number } => ({
  offered: metrics.sum("oxbow_pushes_offered_total"),
  settled:
    metrics.sum("oxbow_pushes_written_total") +
    metrics.sum("oxbow_pushes_dropped_total") +
    metrics.sum("oxbow_pushes_pending"),
});
