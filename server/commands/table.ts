/** Rows in columns, for a terminal. */

/** Longer values are cut: one of them must not push all others off the screen. `--json` has them whole. */
const widest = 40;

type Row<Column extends string> = Readonly<Record<Column, string | number>>;

/** One line per row, below the names of the columns in capitals. */
export function table<const Column extends string>(columns: readonly Column[], rows: readonly Row<Column>[]): string {
  const lines = [
    columns.map((column) => column.toUpperCase()),
    ...rows.map((row) => columns.map((column) => shown(row[column]))),
  ];
  const widths = columns.map((_column, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Some values come from browsers: what steers a terminal does not get there. */
function shown(value: string | number): string {
  const text = String(value).replace(/[\p{C}\p{Z}]/gu, "?");
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}
