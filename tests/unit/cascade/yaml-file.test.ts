import { expect, test } from "@jest/globals";
import fc from "fast-check";

import { contextSetsOf } from "../../../cascade/context-set-file.ts";
import { expandYaml } from "../../../cascade/expanded-file.ts";
import { metaOf } from "../../../cascade/meta-file.ts";
import { readYaml } from "../../../cascade/yaml-file.ts";

const read = (text: string) => readYaml(new TextEncoder().encode(text), "a.yml");
const valueOf = (text: string): unknown => {
  const reading = read(text);
  return reading.ok ? reading.content.value : reading.problem.message;
};
/** A map of texts as a plain object, for comparisons. */
const plainOf = (text: string): unknown => {
  const value = valueOf(text);
  return value instanceof Map ? Object.fromEntries(value) : value;
};

const bomb =
  "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c]";

test.each([
  { name: "a key that stands twice", text: "a: 1\nb: 2\na: 3", says: "a.yml:3: a stands twice in its map" },
  { name: "the same further down", text: "x:\n  a: 1\n  'a': 2", says: "a.yml:3: a stands twice in its map" },
  {
    name: "a tag of its own",
    text: "a: 1\nb: !!js/function x",
    says: "a.yml:2: has a tag that is not known; a text that begins with ! must be quoted",
  },
  {
    name: "a negation without quotes",
    text: "a:\n  withTags: !trial",
    says: "a.yml:2: has a tag that is not known; a text that begins with ! must be quoted",
  },
  { name: "aliases that multiply", text: bomb, says: "a.yml: has aliases that multiply too much" },
  { name: "an alias to nothing", text: "a: *b", says: "a.yml:1: has no anchor for *b" },
])("$name makes the file bad, with its place", ({ text, says }) => {
  expect(valueOf(text)).toContain(says);
});

test("repeated merge keys and the same key in different maps are no fault", () => {
  expect(valueOf("x: &x {a: '1'}\ny: &y {b: '2'}\nz:\n  <<: *x\n  b: '3'")).toBeInstanceOf(Map);
});

test.each([
  { name: "in quotes", text: 'a: "{{X:1}}"' },
  { name: "without quotes, where YAML would see a map", text: "a: {{X:1}}" },
])("a variable $name is a text", ({ text }) => {
  expect(plainOf(text)).toEqual({ a: "{{X:1}}" });
});

test("an ordinary map in braces stays one", () => {
  expect(valueOf("a: {b: {c: d}}")).toEqual(new Map([["a", new Map([["b", new Map([["c", "d"]])]])]]));
});

test.each([
  { name: "many keys in one map", text: Array.from({ length: 40_000 }, (_, at) => `k${at}: 1`).join("\n") },
  { name: "brackets that nest without end", text: "[".repeat(200_000) },
  { name: "lists that nest without end", text: "- ".repeat(100_000) },
  { name: "braces that nest without end", text: `a: ${"{".repeat(50_000)}` },
])("$name take no minutes and throw nothing", ({ text }) => {
  const begun = performance.now();
  read(text);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test("no bytes make it throw, nor what looks at its outcome", () => {
  const pieces = fc.constantFrom(
    "a",
    ": ",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "*a",
    "&a ",
    "!x ",
    "<<",
    "? ",
    "withTags",
    "final: ",
    "{{A}}",
    "'",
    '"',
    "#",
  );
  const texts = fc.array(pieces, { maxLength: 40 }).map((all) => new TextEncoder().encode(all.join("")));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), texts), (bytes) => {
      const reading = readYaml(bytes, "a.yml");
      if (reading.ok) {
        const expanded = expandYaml(reading.content, { environment: { A: "a" }, fileNamed: () => undefined });
        if (expanded.ok)
          for (const read of [contextSetsOf, metaOf]) expect(read(expanded.content)).toHaveProperty("problems");
      } else expect(reading.problem.message).toMatch(/^a\.yml(:\d+)?: /);
    }),
    { numRuns: 1_000 },
  );
});
