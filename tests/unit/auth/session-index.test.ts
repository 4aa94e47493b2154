import { expect, test } from "@jest/globals";
import { createSessionIndex } from "../../../auth/session-index.ts";
import { exampleSession } from "../../support/example-session.ts";

test("of two sessions with one authId each is found and deleted by itself", () => {
  const index = createSessionIndex();
  const [first, second] = ["1", "2"].map((digit) => ({
    session: exampleSession({ id: digit.repeat(32), authId: "the same" }),
    touchedAtMs: 0,
  }));
  if (first === undefined || second === undefined) throw new Error("two sessions");
  index.insert(first);
  index.insert(second);
  expect(index.delete(first.session.id)).toBe(true);
  expect([...index.byAuthId("the same")]).toEqual([second]);
  expect(index.delete(second.session.id)).toBe(true);
  expect([...index.byAuthId("the same")]).toEqual([]);
  expect(index.delete(second.session.id)).toBe(false);
});
