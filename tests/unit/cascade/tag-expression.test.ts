import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

import { matches, printTagExpression, readTagExpression, type TagExpression } from "../../../cascade/tag-expression.ts";

const read = (text: string): TagExpression => {
  const outcome = readTagExpression(text);
  if (!outcome.ok) throw new Error(`${outcome.says} (${outcome.at})`);
  return outcome.expression;
};

describe("grouping is the middleware's", () => {
  test.each([
    { text: "a", grouped: "a" },
    { text: "a & b & c", grouped: "a & b & c" },
    { text: "a|b|c", grouped: "a | b | c" },
    { text: "a & b | c", grouped: "a & (b | c)" },
    { text: "a | b & c", grouped: "a | (b & c)" },
    { text: "(a) & (b) | (c)", grouped: "(a & b) | c" },
    { text: "a & !b | c", grouped: "(a & !b) | c" },
    { text: "!a & b | c", grouped: "!a & (b | c)" },
    { text: "a | b & !c | d & e", grouped: "(a | (b & !c)) | (d & e)" },
    { text: "(a & b) & c", grouped: "a & b & c" },
    { text: "!(a | b)", grouped: "!(a | b)" },
    { text: "!!a", grouped: "!!a" },
    { text: "a  ", grouped: "a" },
    { text: " gold&!trial ", grouped: "gold & !trial" },
    { text: "ucTask & ctx-7.example_com:x", grouped: "ucTask & ctx-7.example_com:x" },
  ])("$text is $grouped", ({ text, grouped }) => {
    const expression = read(text);
    expect(expression).toEqual(read(grouped));
    expect(readTagExpression(printTagExpression(expression))).toMatchObject({ ok: true, isMixed: false, expression });
  });
});

test.each([
  { text: "a & b | c", isMixed: true },
  { text: "!a & b | c", isMixed: true },
  { text: "(a | b & c) & d", isMixed: true },
  { text: "a & b & !c", isMixed: false },
  { text: "a & (b | c)", isMixed: false },
  { text: "!(a & b) | (c & d)", isMixed: false },
])("$text is told to be mixed: $isMixed", ({ text, isMixed }) => {
  expect(readTagExpression(text)).toMatchObject({ isMixed });
});

describe("what the middleware would skip or fail on is refused with its position", () => {
  test.each([
    { text: "", says: "a tag is missing", at: 1 },
    { text: "  ", says: "a tag is missing", at: 3 },
    { text: "a b", says: "an operator (& or |) is missing before this", at: 3 },
    { text: "a)", says: "this bracket was never opened", at: 2 },
    { text: ") a", says: "a tag is missing", at: 1 },
    { text: "a &", says: "a tag is missing after this &", at: 3 },
    { text: "a & | b", says: "a tag is missing after this &", at: 3 },
    { text: "| a", says: "a tag is missing", at: 1 },
    { text: "!", says: "a tag is missing after this !", at: 1 },
    { text: "a & (b", says: "this bracket is never closed", at: 5 },
    { text: "()", says: "a tag is missing after this (", at: 1 },
    { text: "(a b)", says: "an operator (& or |) is missing before this", at: 4 },
    { text: "(a) (b)", says: "an operator (& or |) is missing before this", at: 5 },
    { text: "a !b", says: "an operator (& or |) is missing before this", at: 3 },
    { text: "a && b", says: "a tag is missing after this &", at: 3 },
  ])("$text", ({ text, says, at }) => {
    expect(readTagExpression(text)).toEqual({ ok: false, says, at });
  });
});

test("what an expression says of tags", () => {
  const holds = (text: string, ...tags: string[]): boolean => matches(read(text), new Set(tags));
  expect(holds("gold & !trial", "gold")).toBe(true);
  expect(holds("gold & !trial", "gold", "trial")).toBe(false);
  expect(holds("a & b | c", "c")).toBe(false);
  expect(holds("(a & b) | c", "c")).toBe(true);
  expect(holds("!!a", "a")).toBe(true);
  expect(holds("Gold", "gold")).toBe(false);
});

const { expression: expressions } = fc.letrec<{ expression: TagExpression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.stringMatching(/^[^\s&|!()]+$/).map((tag): TagExpression => ({ kind: "tag", tag })),
    tie("expression").map((operand): TagExpression => ({ kind: "not", operand })),
    fc
      .tuple(
        fc.constantFrom("and" as const, "or" as const),
        fc.array(tie("expression"), { minLength: 2, maxLength: 4 }),
      )
      .map(([kind, operands]): TagExpression => ({ kind, operands })),
  ),
}));

/** A chain inside a chain of the same operator is one chain. */
const flat = (expression: TagExpression): TagExpression => {
  if (expression.kind === "tag") return expression;
  if (expression.kind === "not") return { kind: "not", operand: flat(expression.operand) };
  const { kind } = expression;
  const operands = expression.operands.map(flat).flatMap((one) => (one.kind === kind ? one.operands : [one]));
  return { kind, operands };
};

test("what is printed is read as the same expression, and is never mixed", () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const expected = flat(expression);
      expect(readTagExpression(printTagExpression(expression))).toEqual({
        ok: true,
        expression: expected,
        isMixed: false,
      });
    }),
  );
});

test("no input crashes the reader, and a refusal points into the text or at its end", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom("a", "b", " ", "&", "|", "!", "(", ")")).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const outcome = readTagExpression(text);
      if (outcome.ok) expect(readTagExpression(printTagExpression(outcome.expression)).ok).toBe(true);
      else expect(outcome.at >= 1 && outcome.at <= text.length + 1).toBe(true);
    }),
  );
});

test.each([
  {
    name: "a long row of one operator",
    text: Array.from({ length: 20_000 }, (_, at) => `t${at}`).join(" | "),
    ok: true,
  },
  { name: "a long row of changing operators", text: "a & b | ".repeat(20_000) + "c", ok: false },
  { name: "open brackets without end", text: "(".repeat(100_000), ok: false },
  { name: "negations without end", text: "!".repeat(100_000) + "a", ok: false },
  { name: "brackets within brackets", text: "(a | ".repeat(50_000) + "b" + ")".repeat(50_000), ok: false },
  { name: "negated operands in a long row", text: "!a & ".repeat(900) + "b", ok: true },
])("$name costs neither time nor stack", ({ text, ok }) => {
  const startedMs = performance.now();
  const outcome = readTagExpression(text);
  expect(outcome.ok).toBe(ok);
  if (outcome.ok) matches(outcome.expression, new Set(["t19999"]));
  else expect(outcome.says).toBe("more than 1000 brackets, negations and changes of operator");
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
