/** What the words after `npm test --` mean. */
import { expect, test } from "@jest/globals";
import { readArguments } from "../../runner/arguments.mjs";

test.each([
  { words: "", asked: { tiers: [], jest: [], repeat: 1 } },
  { words: "unit", asked: { tiers: ["unit"], jest: [], repeat: 1 } },
  { words: "unit mail", asked: { tiers: ["unit", "mail"], jest: [], repeat: 1 } },
  { words: "unit -t golden", asked: { tiers: ["unit"], jest: ["-t", "golden"], repeat: 1 } },
  { words: "unit auth/login", asked: { tiers: ["unit"], jest: ["auth/login"], repeat: 1 } },
  { words: "unit -t unit", asked: { tiers: ["unit"], jest: ["-t", "unit"], repeat: 1 } },
  { words: "--repeat 10 unit", asked: { tiers: ["unit"], jest: [], repeat: 10 } },
  { words: "unit -t x --repeat 3", asked: { tiers: ["unit"], jest: ["-t", "x"], repeat: 3 } },
  { words: "-t golden", asked: { tiers: [], jest: ["-t", "golden"], repeat: 1 } },
])("npm test -- $words", ({ words, asked }) => {
  expect(readArguments(words.split(" ").filter((word) => word !== ""))).toEqual(asked);
});

test.each([
  { words: "units", problem: /no tier "units"; there are: check, unit,/ },
  { words: "--repeat", problem: /--repeat needs a number/ },
  { words: "--repeat 0", problem: /--repeat needs a number/ },
  { words: "--repeat often unit", problem: /--repeat needs a number/ },
])("npm test -- $words is a wrong call", ({ words, problem }) => {
  expect(readArguments(words.split(" "))).toEqual({ problem: expect.stringMatching(problem) });
});
