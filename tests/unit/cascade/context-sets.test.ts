import { describe, expect, test } from "@jest/globals";

import { contextSetsOf } from "../../../cascade/context-set-file.ts";
import { createContextSets, type ContextSets } from "../../../cascade/context-sets.ts";
import { readYaml } from "../../../cascade/yaml-file.ts";

function setsOf(text: string): ContextSets {
  const yaml = readYaml(new TextEncoder().encode(text), "sets.yml");
  if (!yaml.ok) throw new Error(yaml.problem.message);
  return createContextSets(contextSetsOf(yaml.content).sets);
}
const textFor = (sets: ContextSets, name: string, ...tags: string[]): string | undefined =>
  sets.lookUp(name, new Set(tags))?.text;
const tagsFrom = (sets: ContextSets, ...tags: string[]): string[] => [...sets.withAddedTags(new Set(tags))].sort();

test("per name the first set counts that fits and has it", () => {
  const sets = setsOf(
    "one: {withTags: a, x: '1'}\ntwo: {withTags: a | b, x: '2', y: '3'}\nthree: {withTags: b, y: ''}\n",
  );
  expect(textFor(sets, "x", "a", "b")).toBe("1");
  expect(textFor(sets, "y", "a")).toBe("3");
  expect(textFor(sets, "x", "b")).toBe("2");
  expect(textFor(sets, "x", "c")).toBeUndefined();
  expect(textFor(sets, "z", "a")).toBeUndefined();
  expect([...sets.names]).toEqual(["x", "y"]);
});

test("an empty text is a value", () => {
  expect(textFor(setsOf("one: {withTags: a, x: ''}\n"), "x", "a")).toBe("");
});

describe("sets add tags until nothing new appears", () => {
  test("whatever the order of the sets", () => {
    const sets = setsOf(
      "c: {withTags: b, addTags: c}\nb: {withTags: a, addTags: b}\nd: {withTags: c & b, addTags: 'd,e'}\n",
    );
    expect(tagsFrom(sets, "a")).toEqual(["a", "b", "c", "d", "e"]);
    expect(tagsFrom(sets, "x")).toEqual(["x"]);
  });

  test("a set that fitted keeps what it added", () => {
    const sets = setsOf("one: {withTags: '!b', addTags: a}\ntwo: {withTags: a, addTags: b}\n");
    expect(tagsFrom(sets)).toEqual(["a", "b"]);
  });

  test("sets that add each other's tags end", () => {
    const sets = setsOf("one: {withTags: a, addTags: b}\ntwo: {withTags: b, addTags: a}\n");
    expect(tagsFrom(sets, "b")).toEqual(["a", "b"]);
  });
});
