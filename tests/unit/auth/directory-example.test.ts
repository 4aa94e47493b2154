import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readDirectory } from "../../../auth/directory-file.ts";
import { parsePasswordHash, verifyPassword } from "../../../auth/password.ts";

test("the documented example is a directory file, and its password is `apple`", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../docs/directory.md"), "utf8");
  const example = /```yaml\n(.*?)```/s.exec(text)?.[1] ?? "";
  const read = readDirectory(example);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const [first, second] = read.directory.contexts;
  expect(first?.users.map(({ login, locale }) => [login, locale])).toEqual([
    ["anton", "de_DE"],
    ["berta", "en_US"],
  ]);
  expect(second?.enabled).toBe(false);
  const [anton] = first?.users ?? [];
  const hash = parsePasswordHash(anton?.password ?? "");
  expect(hash !== undefined && (await verifyPassword("apple", hash))).toBe(true);
});
