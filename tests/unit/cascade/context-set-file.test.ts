import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

import { contextSetsOf, type ContextSetsReading } from "../../../cascade/context-set-file.ts";
import { readYaml } from "../../../cascade/yaml-file.ts";

function read(text: string): ContextSetsReading {
  const yaml = readYaml(new TextEncoder().encode(text), "sets.yml");
  if (!yaml.ok) throw new Error(yaml.problem.message);
  return contextSetsOf(yaml.content);
}
const problems = (text: string): string[] => read(text).problems.map(({ message }) => message);
const warnings = (text: string): string[] => read(text).warnings.map(({ message }) => message);

const example = `my_set:
  withTags: gold & !trial
  com.openexchange.websockets.enabled: "true"
other:
  withTags: "!gold"
  addTags: silver , ,bronze
  a.number: 1.50
  a.switch: yes
  empty: ""
`;

test("a set has its expression, the tags that it adds and its values as texts, each with its place", () => {
  const { sets, problems: bad, warnings: doubtful } = read(example);
  expect([bad, doubtful]).toEqual([[], []]);
  expect(sets.map(({ name, file, line, withTags, addTags }) => ({ name, file, line, withTags, addTags }))).toEqual([
    { name: "my_set", file: "sets.yml", line: 1, withTags: "gold & !trial", addTags: [] },
    { name: "other", file: "sets.yml", line: 4, withTags: "!gold", addTags: ["silver", "bronze"] },
  ]);
  expect(sets[0]?.values.get("com.openexchange.websockets.enabled")).toEqual({
    text: "true",
    scope: "contextSets",
    origin: { from: "context set", file: "sets.yml", line: 3, set: "my_set", withTags: "gold & !trial" },
  });
  expect([...(sets[1]?.values ?? [])].map(([name, { text }]) => [name, text])).toEqual([
    ["a.number", "1.50"],
    ["a.switch", "true"],
    ["empty", ""],
  ]);
});

test("sets stand in the order of the file, also where their names are numbers", () => {
  expect(read("b: {withTags: x}\n10: {withTags: x}\n9: {withTags: x}\n").sets.map(({ name }) => name)).toEqual([
    "b",
    "10",
    "9",
  ]);
});

test.each(["", "# nothing\n", "---\n"])("a file without content has no sets: %j", (text) => {
  expect(read(text)).toEqual({ sets: [], problems: [], warnings: [] });
});

describe("what is wrong is said with file, line and set, and the whole file does not count", () => {
  test.each([
    { text: "- a\n", says: "sets.yml: must be a map from names of context sets to maps" },
    {
      text: "a: {withTags: x}\nb: text\n",
      says: "sets.yml:2: context set b: must be a map with withTags and names of settings",
    },
    {
      text: "a:\n  x: 1\n",
      says: "sets.yml:1: context set a: withTags is missing; it says for whom the set is, for example: withTags: gold & !trial",
    },
    {
      text: "a:\n  withTags: x & (y\n",
      says: 'sets.yml:2: context set a: withTags "x & (y": this bracket is never closed (at character 5)',
    },
    {
      text: "a:\n  withTags: x y\n",
      says: 'sets.yml:2: context set a: withTags "x y": an operator (& or |) is missing before this (at character 3)',
    },
    {
      text: "a:\n  withTags: x)\n",
      says: 'sets.yml:2: context set a: withTags "x)": this bracket was never opened (at character 2)',
    },
    { text: 'a:\n  withTags: ""\n', says: 'sets.yml:2: context set a: withTags "": a tag is missing (at its end)' },
    {
      text: "a:\n  withTags:\n",
      says: 'sets.yml:2: context set a: withTags has no value; an empty text is written ""',
    },
    {
      text: "a:\n  withTags: x\n  some.name:\n",
      says: 'sets.yml:3: context set a: some.name has no value; an empty text is written ""',
    },
    {
      text: "a:\n  withTags: x\n  some.name: [1]\n",
      says: "sets.yml:3: context set a: some.name must be a text, a number or a boolean",
    },
    {
      text: "a:\n  withTags: x\n  addTags: [b, c]\n",
      says: "sets.yml:3: context set a: addTags must be a text, a number or a boolean",
    },
  ])("$says", ({ text, says }) => {
    expect(problems(text)).toEqual([says]);
    expect(read(text).sets).toEqual([]);
  });

  test("all of it at once", () => {
    expect(problems("a: {withTags: x y}\nb: {withTags: '&'}\n")).toHaveLength(2);
  });
});

test.each([
  {
    text: "a:\n  withTags: x & y | z\n",
    says: 'sets.yml:2: context set a: withTags "x & y | z" mixes & and | without brackets, and is read as "x & (y | z)"',
  },
  {
    text: "a:\n  withTags: x\n  com.openexchange.config.cascade.types: gold\n",
    says: "sets.yml:3: context set a: com.openexchange.config.cascade.types adds no tags inside a context set; addTags does",
  },
])("it is doubtful: $says", ({ text, says }) => {
  expect(warnings(text)).toEqual([says]);
  expect(read(text).sets).toHaveLength(1);
});

test.each([
  { text: "<<:\n", says: "sets.yml: merges (<<) something that is no map" },
  { text: "a: *b\n", says: "sets.yml:1: has no anchor for *b" },
])("a file that says $text is refused, not thrown out of the reader", ({ text, says }) => {
  expect(readYaml(new TextEncoder().encode(text), "sets.yml")).toEqual({
    ok: false,
    problem: expect.objectContaining({ message: says }) as unknown,
  });
});

test("no YAML crashes the reader", () => {
  const parts = fc.constantFrom(
    "a",
    "b",
    ":",
    " ",
    "\n",
    "  ",
    "withTags",
    "&",
    "*a",
    "!",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "<<",
    "- ",
    "|",
    ">",
    "%",
    "#",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(parts, { maxLength: 40 }).map((all) => all.join("")),
      ),
      (text) => {
        const yaml = readYaml(new TextEncoder().encode(text), "sets.yml");
        if (yaml.ok) contextSetsOf(yaml.content);
        else expect(yaml.problem.message).toMatch(/^sets\.yml/);
      },
    ),
    { numRuns: 500 },
  );
});
