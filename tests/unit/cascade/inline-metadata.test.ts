import { expect, test } from "@jest/globals";
import fc from "fast-check";

import { readInlineText } from "../../../cascade/inline-metadata.ts";

test.each([
  { text: "gold", value: "gold", metadata: {} },
  { text: "", value: "", metadata: {} },
  { text: "gold; protected=false", value: "gold", metadata: { protected: "false" } },
  { text: "a%3Bb%25c; x = y ;z", value: "a;b%c", metadata: { x: "y", z: "true" } },
  { text: "; final=server", value: "", metadata: { final: "server" } },
  { text: "50% of %41;", value: "50% of %41", metadata: {} },
  { text: "%253B", value: "%3B", metadata: {} },
  { text: "a; x=1; x=2; y=b=c", value: "a", metadata: { x: "2", y: "b=c" } },
])("$text is read", ({ text, value, metadata }) => {
  const read = readInlineText(text);
  expect([read.value, Object.fromEntries(read.metadata)]).toEqual([value, metadata]);
});

const printed = (value: string): string => value.replaceAll("%", "%25").replaceAll(";", "%3B");

test("any value that is printed is read as itself, but for blanks around it", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(readInlineText(`${printed(value)}; protected=false`).value).toBe(value.trim());
    }),
  );
});
