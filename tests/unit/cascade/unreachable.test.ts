import { expect, test } from "@jest/globals";
import fc from "fast-check";

import { createContextSets } from "../../../cascade/context-sets.ts";
import { contextSetsOf } from "../../../cascade/context-set-file.ts";
import { scopeNames, type Metadata, type ScopeName } from "../../../cascade/scopes.ts";
import { unreachable } from "../../../cascade/unreachable.ts";
import { readYaml } from "../../../cascade/yaml-file.ts";

interface Given {
  readonly order?: readonly ScopeName[];
  readonly metadata?: ReadonlyMap<string, Metadata>;
}

function setsOf(text: string) {
  const yaml = readYaml(new TextEncoder().encode(text), "a.yml");
  if (!yaml.ok) throw new Error(yaml.problem.message);
  return contextSetsOf(yaml.content).sets;
}
const messages = (text: string, { order = scopeNames, metadata = new Map() }: Given = {}): string[] =>
  unreachable({ entries: new Map(), sets: setsOf(text), metadata }, order).map(({ message }) => message);

test.each([
  {
    name: "an expression that contradicts itself",
    text: "one: {withTags: a & !a, x: '1'}",
    says: ['a.yml:1: context set one: withTags "a & !a" contradicts itself and fits nobody'],
  },
  {
    name: "a contradiction in brackets",
    text: "one: {withTags: (a | b) & !a & !b, x: '1'}",
    says: ['a.yml:1: context set one: withTags "(a | b) & !a & !b" contradicts itself and fits nobody'],
  },
  {
    name: "a set behind one with the same tags in another order",
    text: "one: {withTags: a & b, x: '1', y: '1'}\ntwo: {withTags: b & !!a, x: '2'}",
    says: [
      "a.yml:2: context set two: never counts: context set one at a.yml:1 has all its names, comes first and fits whenever this one does",
    ],
  },
  {
    name: "a set behind one that asks for less",
    text: "one: {withTags: gold, x: '1'}\ntwo: {withTags: gold & !trial, x: '2'}",
    says: [
      "a.yml:2: context set two: never counts: context set one at a.yml:1 has all its names, comes first and fits whenever this one does",
    ],
  },
  {
    name: "a value behind the same in an earlier set",
    text: "one: {withTags: a, x: '1'}\ntwo:\n  withTags: a\n  y: '2'\n  x: '2'",
    says: ["a.yml:5: x never counts here: context set one at a.yml:1 comes first and fits whenever this one does"],
  },
  {
    name: "a set behind two others",
    text: "one: {withTags: a, x: '1'}\ntwo: {withTags: b, y: '1'}\nthree:\n  withTags: a & b\n  x: '2'\n  y: '2'",
    says: [
      "a.yml:5: x never counts here: context set one at a.yml:1 comes first and fits whenever this one does",
      "a.yml:6: y never counts here: context set two at a.yml:2 comes first and fits whenever this one does",
    ],
  },
  {
    name: "a set that adds tags still does that",
    text: "one: {withTags: a, x: '1'}\ntwo: {withTags: a, addTags: b, x: '2'}",
    says: ["a.yml:2: x never counts here: context set one at a.yml:1 comes first and fits whenever this one does"],
  },
  {
    name: "an empty set",
    text: "one: {withTags: a}",
    says: ["a.yml:1: context set one: has neither values nor addTags"],
  },
])("$name is told", ({ text, says }) => {
  expect(messages(text)).toEqual(says);
});

test.each([
  "one: {withTags: a & b, x: '1'}\ntwo: {withTags: a, x: '2'}",
  "one: {withTags: a, x: '1'}\ntwo: {withTags: a | b, x: '2'}",
  "one: {withTags: a, x: '1'}\ntwo: {withTags: a, y: '2'}",
  "one: {withTags: '!a', x: '1'}\ntwo: {withTags: a, x: '2'}",
])("what can count is not told: %s", (text) => {
  expect(messages(text)).toEqual([]);
});

test("a final that bars context sets is told at each value", () => {
  const origin = { from: "file", file: "meta/a.yml", line: 2 } as const;
  const metadata = new Map<string, Metadata>([
    ["x", { final: { scope: "server", origin } }],
    ["y", { final: { scope: "context", origin } }],
  ]);
  expect(messages("one:\n  withTags: a\n  x: '1'\n  y: '1'", { metadata })).toEqual([
    "a.yml:3: x never counts here: final: server at meta/a.yml:2 bars context sets",
  ]);
});

test("context sets that are not searched are told once", () => {
  const text = "one: {withTags: a, x: '1'}\ntwo: {withTags: b & !b, x: '1'}";
  expect(messages(text, { order: ["user", "server"] })).toEqual([
    "a.yml:1: context set one: context sets are not searched at all, as the order of scopes does not name them",
  ]);
});

test("nothing is told of a value that somebody gets", () => {
  const tag = fc.constantFrom("a", "b", "c");
  const expression = fc.letrec<{ e: string }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 3 },
      tag,
      tie("e").map((e) => `!(${e})`),
      fc.tuple(tie("e"), fc.constantFrom("&", "|"), tie("e")).map(([l, o, r]) => `(${l}) ${o} (${r})`),
    ),
  })).e;
  const everybody = Array.from(
    { length: 8 },
    (_, bits) => new Set(["a", "b", "c"].filter((_tag, at) => (bits >> at) & 1)),
  );
  fc.assert(
    fc.property(fc.array(expression, { minLength: 1, maxLength: 4 }), (expressions) => {
      const text = expressions.map((e, at) => `s${at}: {withTags: "${e}", x: "${at}"}`).join("\n");
      const sets = createContextSets(setsOf(text));
      const got = new Set(everybody.map((tags) => sets.lookUp("x", tags)?.text));
      for (const message of messages(text)) expect(got).not.toContain(/context set s(\d)/.exec(message)?.[1]);
    }),
    { numRuns: 500 },
  );
});

test("a thousand sets of one name take no minutes", () => {
  const tags = (at: number): string => Array.from({ length: 12 }, (_, part) => `t${at}p${part}`).join(" & ");
  const text = Array.from({ length: 1_000 }, (_, at) => `s${at}: {withTags: all & ${tags(at)}, x: '1'}`).join("\n");
  const begun = performance.now();
  expect(messages(text)).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(10_000);
});
