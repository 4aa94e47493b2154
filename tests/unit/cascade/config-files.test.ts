import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { keepLastGood, readAfresh, type DirectoryReading } from "../../../cascade/config-files.ts";
import { folderWith, write } from "./temporary-folder.ts";

const readConfigDirectory = async (directory: string, lastGood?: DirectoryReading): Promise<DirectoryReading> =>
  keepLastGood(await readAfresh(directory, {}), lastGood);

/** Paths inside the folder, in the order of the reading. */
async function pathsIn(folder: string): Promise<string[]> {
  const { files } = await readConfigDirectory(folder);
  return [...files.keys()].map((path) => path.slice(folder.length + 1));
}

/** Values by name, of all files. */
const valuesOf = (reading: Awaited<ReturnType<typeof readConfigDirectory>>): Record<string, string> =>
  Object.fromEntries([...reading.files.values()].flat().map(({ name, text }) => [name, text]));

describe("which files are read", () => {
  test("all properties files of the folder and its sub-folders, in the order of their paths", async () => {
    const folder = await folderWith({
      "b.properties": "",
      "a/z.properties": "",
      "a/b/c.properties": "",
      "B.properties": "",
      "a.properties": "",
      "10.properties": "",
      "9.properties": "",
    });
    expect(await pathsIn(folder)).toEqual([
      "10.properties",
      "9.properties",
      "B.properties",
      "a.properties",
      "a/b/c.properties",
      "a/z.properties",
      "b.properties",
    ]);
  });

  test("the ending counts in any case, and mpasswd is one of them", async () => {
    const folder = await folderWith({
      "A.PROPERTIES": "",
      mpasswd: "",
      MPASSWD: "",
      "a.properties.bak": "",
      "a.yml": "",
      properties: "",
    });
    expect(await pathsIn(folder)).toEqual(["A.PROPERTIES", "mpasswd"]);
  });

  test("a config map mounted by Kubernetes is read once, under its plain names", async () => {
    const folder = await folderWith({ "..2025_01_01/ox.properties": "a=1", "..2025_01_01/sub.properties": "b=1" });
    await symlink("..2025_01_01", join(folder, "..data"));
    await symlink("..data/ox.properties", join(folder, "ox.properties"));
    await symlink("..data/sub.properties", join(folder, "sub.properties"));
    expect(await pathsIn(folder)).toEqual(["ox.properties", "sub.properties"]);
  });

  test("a file or folder that is reachable under two paths is read under the first", async () => {
    const folder = await folderWith({ "m/a.properties": "a=1" });
    await symlink("m", join(folder, "z"));
    await symlink("m/a.properties", join(folder, "y.properties"));
    await symlink(".", join(folder, "m", "circle"));
    await symlink("..", join(folder, "m", "upwards"));
    expect(await pathsIn(folder)).toEqual(["m/a.properties"]);
  });

  test("a context set is read where a link leads to a YAML file outside their folder", async () => {
    const folder = await folderWith({ "a.yml": "gold:\n  withTags: gold\n", "contextSets/none.yml": "" });
    await symlink("../a.yml", join(folder, "contextSets", "b.yml"));
    const { contextSets } = await readConfigDirectory(folder);
    expect([...contextSets.keys()]).toContain(join(folder, "contextSets", "b.yml"));
  });

  test("a folder called like a properties file is a folder", async () => {
    const folder = await folderWith({ "x.properties/a.properties": "" });
    expect(await pathsIn(folder)).toEqual(["x.properties/a.properties"]);
  });
});

describe("what cannot be read is named with its reason", () => {
  test("a missing folder", async () => {
    const { problems } = await readConfigDirectory("/no/such/folder");
    expect(problems).toEqual([{ message: "/no/such/folder: no such file or directory", file: "/no/such/folder" }]);
  });

  test("a file in place of a folder", async () => {
    const folder = await folderWith({ "a.properties": "" });
    const { problems } = await readConfigDirectory(join(folder, "a.properties"));
    expect(problems.map(({ message }) => message)).toEqual([`${folder}/a.properties: not a directory`]);
  });

  test("a link to nowhere", async () => {
    const folder = await folderWith({});
    await symlink("nowhere", join(folder, "a.properties"));
    await symlink("nowhere", join(folder, "other"));
    const { problems } = await readConfigDirectory(folder);
    expect(problems.map(({ message }) => message)).toEqual([`${folder}/a.properties: no such file or directory`]);
  });

  test("a pipe, which would never end", async () => {
    const folder = await folderWith({});
    execFileSync("mkfifo", [join(folder, "a.properties")]);
    const { problems } = await readConfigDirectory(folder);
    expect(problems.map(({ message }) => message)).toEqual([`${folder}/a.properties: not a regular file`]);
  });

  test("a file of absurd size", async () => {
    const folder = await folderWith({ "a.properties": "#".repeat(9 * 2 ** 20) });
    const { problems } = await readConfigDirectory(folder);
    expect(problems.map(({ message }) => message)).toEqual([`${folder}/a.properties: larger than 8388608 bytes`]);
  });
});

describe("what is bad keeps its last good state", () => {
  test("a file", async () => {
    const folder = await folderWith({ "a.properties": "a=1", "b.properties": "b=1" });
    const before = await readConfigDirectory(folder);
    await write(folder, { "a.properties": "a=2\nx=\\uNOPE", "b.properties": "b=2" });
    const after = await readConfigDirectory(folder, before);
    expect(valuesOf(after)).toEqual({ a: "1", b: "2" });
    expect(after.problems).toEqual([
      {
        message:
          `${folder}/a.properties:2: malformed \\u escape: four hexadecimal digits must follow; ` +
          "what was read before stays in force",
        file: join(folder, "a.properties"),
        line: 2,
      },
    ]);
  });

  test("the whole folder when it is gone", async () => {
    const folder = await folderWith({ "etc/a.properties": "a=1", "etc/sub/b.properties": "b=1" });
    const directory = join(folder, "etc");
    const before = await readConfigDirectory(directory);
    await rename(directory, join(folder, "away"));
    const after = await readConfigDirectory(directory, before);
    expect(valuesOf(after)).toEqual({ a: "1", b: "1" });
    expect(after.problems).toHaveLength(1);
  });

  test("a file that became a dangling link", async () => {
    const folder = await folderWith({ "a.properties": "a=1" });
    const before = await readConfigDirectory(folder);
    await rm(join(folder, "a.properties"));
    await symlink("nowhere", join(folder, "a.properties"));
    const after = await readConfigDirectory(folder, before);
    expect(valuesOf(after)).toEqual({ a: "1" });
    expect(after.problems).toHaveLength(1);
  });

  test("but a deleted file is gone, and a new bad one has nothing to keep", async () => {
    const folder = await folderWith({ "a.properties": "a=1", "b.properties": "b=1" });
    const before = await readConfigDirectory(folder);
    await rm(join(folder, "a.properties"));
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "sub", "c.properties"), "c=\\u");
    const after = await readConfigDirectory(folder, before);
    expect(valuesOf(after)).toEqual({ b: "1" });
    expect(after.problems.map(({ message }) => message)).toEqual([
      `${folder}/sub/c.properties:1: malformed \\u escape: four hexadecimal digits must follow`,
    ]);
  });
});
