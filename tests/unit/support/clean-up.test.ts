/** Clean-ups run although a test forgets them; these tests build on each other's order. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { onCleanUp, owned } from "../../support/clean-up.ts";

const ran: string[] = [];

// Hooks of a file run in the order in which they stand, so that of the import has run before this one.
afterAll(() => {
  expect(ran).toEqual(["second", "first", "thing", "of the file"]);
});

beforeAll(() => {
  onCleanUp(() => ran.push("of the file"));
});

test("what a test registers is not run while it runs", () => {
  onCleanUp(() => ran.push("first"));
  onCleanUp(async () => {
    await Promise.resolve();
    ran.push("second");
  });
  expect(ran).toEqual([]);
});

test("it has run before the next test, last first", () => {
  expect(ran).toEqual(["second", "first"]);
  const thing = { stop: () => ran.push("thing") };
  expect(owned(thing)).toBe(thing);
});

test("what is registered before all tests is left for the end", () => {
  expect(ran).toEqual(["second", "first", "thing"]);
});
