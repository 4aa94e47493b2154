import { expect, test } from "@jest/globals";

import { integer, list, setting, settingRow, settingsDocument, text } from "../../../cascade/index.ts";

const plain = { cascade: false, reload: true, secret: false } as const;

test("a row holds all that a declaration says", () => {
  const declared = setting({
    name: "com.openexchange.oxbow.limit",
    value: integer({ min: 1, max: 9 }),
    unit: "bytes",
    default: 8,
    cascade: true,
    reload: false,
    secret: false,
    text: "One | two.",
  });
  expect(settingRow(declared)).toBe(
    "`com.openexchange.oxbow.limit` | integer | bytes | 8 | a whole number from 1 to 9 | yes | no | no | One \\| two.",
  );
});

test.each([
  {
    name: "a secret default is hidden",
    declared: setting({ name: "a", value: text(), default: "x", ...plain, secret: true, text: "T" }),
    shown: "(secret)",
  },
  {
    name: "an empty secret default is told",
    declared: setting({ name: "a", value: text(), default: "", ...plain, secret: true, text: "T" }),
    shown: "empty",
  },
  {
    name: "an empty text is told",
    declared: setting({ name: "a", value: text(), default: "", ...plain, text: "T" }),
    shown: "empty",
  },
  {
    name: "a default text is used",
    declared: setting({ name: "a", value: list(text()), default: [], defaultText: "nobody", ...plain, text: "T" }),
    shown: "nobody",
  },
])("$name", ({ declared, shown }) => {
  expect(settingRow(declared).split(" | ")[3]).toBe(shown);
});

test("the page lists settings by name, one row each", () => {
  const of = (name: string): Parameters<typeof settingRow>[0] =>
    setting({ name, value: text(), default: "", ...plain, text: "T" });
  const rows = settingsDocument([of("b"), of("a.c"), of("a.b")])
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(rows.map((row) => row.split("`")[1])).toEqual(["a.b", "a.c", "b"]);
});
