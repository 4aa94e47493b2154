/** The README stays true and short: what it says of tiers and commands is compared with where they are declared. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { tiers } from "../tiers.mjs";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
const lines = readme.split("\n");

/** Cells of each table row. */
const rows = lines
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("names both commands at its top and stays under 150 lines", () => {
  const top = lines.slice(0, 15);
  expect(top.some((line) => line.startsWith("npm start"))).toBe(true);
  expect(top.some((line) => line.startsWith("npm test"))).toBe(true);
  expect(lines.length).toBeLessThan(150);
});

test.each(tiers)("shows the tier $name as it is declared", ({ name, what, needs, budgetSeconds }) => {
  expect(rows).toContainEqual([`\`${name}\``, what, needs.join(", ") || "-", `${String(budgetSeconds)} s`]);
});
