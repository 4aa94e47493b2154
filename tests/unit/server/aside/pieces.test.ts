import { expect, test } from "@jest/globals";
import { readDirectory } from "../../../../auth/directory-file.ts";
import { readAfresh } from "../../../../cascade/index.ts";
import {
  configurationFromPieces,
  configurationToPieces,
  directoryFromPieces,
  directoryToPieces,
  type Pieces,
} from "../../../../server/aside/pieces.ts";
import { folderWith } from "../../cascade/temporary-folder.ts";

/** As a message between threads copies it. */
const sent = (pieces: Pieces): Pieces => structuredClone(pieces);
const password = `$scrypt$ln=12,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$${"A".repeat(43)}`;

test("very many users arrive as they were read, in more than one piece", async () => {
  const users = (count: number): object[] =>
    Array.from({ length: count }, (_, at) => ({
      ...{ id: at + 1, login: `user${at}`, password },
      attributes: { "config/a.b": String(at) },
    }));
  const contexts = [600, 0, 3].map((count, at) => ({ id: at + 1, name: `context${at}`, users: users(count) }));
  const read = readDirectory(JSON.stringify({ defaultContext: 2, contexts }));
  const pieces = sent(directoryToPieces(read));
  expect(pieces.length).toBeGreaterThan(3);
  expect(await directoryFromPieces(pieces)).toEqual(read);
});

test("what is wrong with a directory arrives as it was found", async () => {
  const read = readDirectory("contexts: [{ id: none }]");
  expect(read.ok).toBe(false);
  expect(await directoryFromPieces(sent(directoryToPieces(read)))).toEqual(read);
});

test("a configuration arrives as it was read: properties, very many context sets, and what was bad", async () => {
  const sets = Array.from({ length: 250 }, (_, at) => `set${at}: { withTags: "a${at} & !b", some.name: ${at} }`);
  const folder = await folderWith({
    "a.properties": "a = 1",
    "bad.properties": "a = \\u",
    "contextSets/a.yml": sets.join("\n"),
    "contextSets/b.yml": "",
    "contextSets/bad.yml": "a: [",
    "contextSets/wrong.yml": "a: { withTags: x y }",
  });
  const reading = await readAfresh(folder, {});
  expect(reading.failed).toHaveLength(2);
  const pieces = sent(configurationToPieces(reading));
  expect(pieces.length).toBeGreaterThan(2);
  expect(await configurationFromPieces(pieces)).toEqual(reading);
});
