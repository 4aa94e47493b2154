import { expect, test } from "@jest/globals";
import { createSeal } from "../../../auth/index.ts";

const oldKey = "the-old-key-of-more-than-32-characters";
const newKey = "the-new-key-of-more-than-32-characters";

test("what is sealed opens with the same key and binding, and shows nothing of itself", () => {
  const seal = createSeal(() => [oldKey]);
  const sealed = seal.seal("sécret text", "bound");
  expect(sealed).not.toContain("text");
  expect(seal.open(sealed, "bound")).toBe("sécret text");
  expect(createSeal(() => [oldKey]).open(sealed, "bound")).toBe("sécret text");
});

test("the same text is sealed differently each time", () => {
  const seal = createSeal(() => [oldKey]);
  expect(seal.seal("text", "bound")).not.toBe(seal.seal("text", "bound"));
});

test("a key is changed in three steps, and at each step what was sealed before opens", () => {
  const before = createSeal(() => [oldKey]).seal("text", "bound");
  const between = createSeal(() => [oldKey, newKey]);
  const after = createSeal(() => [newKey, oldKey]);
  expect(between.open(before, "bound")).toBe("text");
  expect(between.open(after.seal("text", "bound"), "bound")).toBe("text");
  expect(after.open(between.seal("text", "bound"), "bound")).toBe("text");
  expect(createSeal(() => [newKey]).open(after.seal("text", "bound"), "bound")).toBe("text");
  expect(createSeal(() => [newKey]).open(before, "bound")).toBeUndefined();
});

test("keys are asked anew each time", () => {
  let keys = [oldKey];
  const seal = createSeal(() => keys);
  const sealed = seal.seal("text", "bound");
  keys = [newKey];
  expect(seal.open(sealed, "bound")).toBeUndefined();
  keys = [newKey, oldKey];
  expect(seal.open(sealed, "bound")).toBe("text");
});

test.each([
  { name: "another binding", change: (sealed: string) => sealed, bound: "another" },
  {
    name: "a changed letter",
    change: (sealed: string) => `${sealed.slice(0, -6)}AAAA${sealed.slice(-2)}`,
    bound: "bound",
  },
  { name: "a missing end", change: (sealed: string) => sealed.slice(0, -8), bound: "bound" },
  { name: "next to nothing", change: (sealed: string) => sealed.slice(0, 12), bound: "bound" },
  { name: "no key's name", change: (sealed: string) => sealed.slice(9), bound: "bound" },
  { name: "nothing", change: () => "", bound: "bound" },
])("with $name nothing opens, and nothing is thrown", ({ change, bound }) => {
  const seal = createSeal(() => [oldKey]);
  expect(seal.open(change(seal.seal("text of some length", "bound")), bound)).toBeUndefined();
});
