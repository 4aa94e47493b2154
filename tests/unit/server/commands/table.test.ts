import { expect, test } from "@jest/globals";
import { table } from "../../../../server/commands/table.ts";

test("values stand below the names of their columns", () => {
  const rows = [
    { user: 3, client: "open-xchange-appsuite" },
    { user: 1_234, client: "x" },
  ];
  expect(table(["user", "client"], rows)).toBe("USER  CLIENT\n3     open-xchange-appsuite\n1234  x\n");
});

test("a value that steers a terminal is shown as what it is not", () => {
  const text = table(["client"], [{ client: "a\u001b[31mb\nc\u009b2Jd\u202ee f" }]);
  expect(text).toBe("CLIENT\na?[31mb?c?2Jd?e?f\n");
});

test("a long value is cut", () => {
  const [, line = ""] = table(["client"], [{ client: "x".repeat(200) }]).split("\n");
  expect(line).toBe(`${"x".repeat(39)}…`);
});
