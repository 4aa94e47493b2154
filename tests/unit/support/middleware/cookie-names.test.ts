/** The stand-in's own cookie hash against the reference's test vectors. */
import { expect, test } from "@jest/globals";
import { hashOf, shareCookie } from "../../../support/middleware/cookie-names.ts";

const userAgent = "Mozilla/5.0 (X11; Linux x86_64) TestBrowser/1.0";

test.each([
  {
    name: "User-Agent and client",
    parts: { userAgent, client: "open-xchange-appsuite" },
    hash: "ewVgq30ckdZgPB629cI0bA",
  },
  {
    name: "a guest's context and user",
    parts: { userAgent, client: "open-xchange-appsuite", additionals: ["1", "3"] },
    hash: "Vy35FsNWq1GpqrXnvzhvw",
  },
  { name: "no client", parts: { userAgent, additionals: ["1", "3"] }, hash: "RivqejidTBreBSJWSghuwg" },
  { name: "no User-Agent", parts: { userAgent: "", client: "default" }, hash: "VK1NtkX6l3Kvcq8MiV5rw" },
])("hashes $name as the reference does", ({ parts, hash }) => {
  expect(hashOf(parts)).toBe(hash);
});

test("hashes the share cookie's name as the reference does", () => {
  expect(shareCookie(userAgent)).toBe("open-xchange-share-eb6ae361022a9f1cf78c3b2ac2498485");
});

test("header fields and the salt change the hash", () => {
  const parts = { userAgent, client: "open-xchange-appsuite" };
  const hashes = [parts, { ...parts, fieldValues: ["x"] }, { ...parts, salt: "another salt of ours" }].map(hashOf);
  expect(new Set(hashes).size).toBe(3);
});
