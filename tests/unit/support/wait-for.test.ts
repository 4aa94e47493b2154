/** Waiting ends with the condition, not with a time, and says what it has waited for. */
import { expect, test } from "@jest/globals";
import { waitFor, within } from "../../support/wait-for.ts";

test("waiting resolves with the first answer that is something", async () => {
  const answers = [undefined, false, "there", "later"] as const;
  let asked = 0;
  expect(await waitFor("an answer", () => answers[asked++])).toBe("there");
});

test("a falsy answer such as 0 is an answer", async () => {
  expect(await waitFor("a number", () => 0)).toBe(0);
});

test("what a condition throws means not yet, and is the cause at the deadline", async () => {
  const fault = new Error("still closed");
  const waiting = waitFor("the door", () => Promise.reject(fault), 30);
  await expect(waiting).rejects.toMatchObject({ message: "not within 30 ms: the door", cause: fault });
});

test("a promise in time keeps its outcome, good or bad", async () => {
  expect(await within("a value", Promise.resolve(1))).toBe(1);
  await expect(within("a value", Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("a promise that never settles fails at the deadline", async () => {
  await expect(within("an end", new Promise(() => undefined), 20)).rejects.toThrow("not within 20 ms: an end");
});
