/** The file in which a node leaves its token: on the real file system, as its modes and links are what it is about. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createTokenFile,
  readTokenFile,
  runtimePlaces,
  tokenFilesFor,
} from "../../../../../server/ops/admin/token-file.ts";
import type { RuntimePlaces } from "../../../../../server/ops/admin/token-file.ts";

const url = "http://127.0.0.1:8016";
const { uid } = runtimePlaces({});
let folder: string;
let places: RuntimePlaces;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "oxbow-token-"));
  places = { runtimeDirectory: undefined, temporaryDirectory: folder, uid };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const privateDirectory = (): string => join(folder, `oxbow-${uid}`);
const onlyFile = async (): Promise<string> => {
  const [name = ""] = await readdir(privateDirectory());
  return join(privateDirectory(), name);
};
/** What the command line finds for a URL. */
const found = async (where: string, at = places): Promise<string | undefined> => {
  for (const path of tokenFilesFor(at, where)) {
    const token = await readTokenFile(path, uid);
    if (token !== undefined) return token;
  }
  return undefined;
};

test("what a node leaves is what the command line finds, and nobody else can read it", async () => {
  await createTokenFile(places, url).write("token-1");
  expect(await found(url)).toBe("token-1");
  expect((await stat(privateDirectory())).mode & 0o777).toBe(0o700);
  expect((await stat(await onlyFile())).mode & 0o777).toBe(0o600);
});

test("systemd's directory is used where there is one", async () => {
  const given = { ...places, runtimeDirectory: join(folder, "run") };
  await mkdir(join(folder, "run"), { mode: 0o755 });
  await createTokenFile(given, url).write("token-1");
  expect(await readdir(folder)).toEqual(["run"]);
  expect(await found(url, given)).toBe("token-1");
  expect(tokenFilesFor(places, url)[0]).toBe("/run/oxbow/admin-token-127.0.0.1-8016");
});

test("several nodes on one machine have a file each", async () => {
  await createTokenFile(places, "http://127.0.0.1:8016").write("token-1");
  await createTokenFile(places, "http://127.0.0.1:8017").write("token-2");
  await createTokenFile(places, "http://[::1]:8018").write("token-3");
  expect(await found("http://127.0.0.1:8016")).toBe("token-1");
  expect(await found("http://127.0.0.1:8017")).toBe("token-2");
  expect(await found("http://[::1]:8018/")).toBe("token-3");
  expect(await found("http://127.0.0.1:8019")).toBeUndefined();
});

test.each(["http://127.0.0.1:8016", "http://[::1]:8016", "http://localhost:8016"])(
  "a node on all addresses is found at %s, and not for another machine",
  async (asked) => {
    await createTokenFile(places, "http://localhost:8016").write("token-1");
    expect(await found(asked)).toBe("token-1");
    expect(await found("http://192.0.2.1:8016")).toBeUndefined();
    expect(await found("http://127.0.0.1.example:8016")).toBeUndefined();
  },
);

test("the file goes when its node stops; that of a successor stays", async () => {
  const [one, successor] = [createTokenFile(places, url), createTokenFile(places, url)];
  await one.write("token-1");
  await successor.write("token-2");
  await one.remove();
  expect(await found(url)).toBe("token-2");
  await successor.remove();
  expect(await found(url)).toBeUndefined();
  await successor.remove();
});

test("what a killed node left is replaced", async () => {
  await createTokenFile(places, url).write("token-1");
  await createTokenFile(places, url).write("token-2");
  expect(await found(url)).toBe("token-2");
  expect(await readdir(privateDirectory())).toHaveLength(1);
});

describe("a place that somebody else prepared", () => {
  test("a link where the file belongs is replaced, and what it leads to stays", async () => {
    const target = join(folder, "target");
    await writeFile(target, "precious");
    await mkdir(privateDirectory(), { mode: 0o700 });
    await symlink(target, join(privateDirectory(), "admin-token-127.0.0.1-8016"));
    await createTokenFile(places, url).write("token-1");
    expect(await readFile(target, "utf8")).toBe("precious");
    expect((await lstat(await onlyFile())).isSymbolicLink()).toBe(false);
  });

  test("a link where the directory belongs is not followed", async () => {
    await mkdir(join(folder, "elsewhere"));
    await symlink(join(folder, "elsewhere"), privateDirectory());
    await expect(createTokenFile(places, url).write("token-1")).rejects.toMatchObject({ code: "OXB-0110" });
    expect(await readdir(join(folder, "elsewhere"))).toEqual([]);
  });

  test("a directory that others can write to is not used", async () => {
    await mkdir(privateDirectory());
    await chmod(privateDirectory(), 0o777);
    await expect(createTokenFile(places, url).write("token-1")).rejects.toMatchObject({ code: "OXB-0110" });
    expect(await readdir(privateDirectory())).toEqual([]);
  });

  test("a directory of another user is not used", async () => {
    await mkdir(privateDirectory(), { mode: 0o700 });
    const stranger = { ...places, uid: uid + 1 };
    await mkdir(join(folder, `oxbow-${uid + 1}`), { mode: 0o700 });
    await expect(createTokenFile(stranger, url).write("token-1")).rejects.toMatchObject({ code: "OXB-0110" });
  });
});

describe("a file is not even read when", () => {
  const path = (): string => join(folder, "file");

  test("others could read it too", async () => {
    await writeFile(path(), "token-1", { mode: 0o644 });
    await expect(readTokenFile(path(), uid)).rejects.toMatchObject({ code: "OXB-0110" });
  });

  test("it belongs to somebody else", async () => {
    await writeFile(path(), "token-1", { mode: 0o600 });
    await expect(readTokenFile(path(), uid + 1)).rejects.toMatchObject({ code: "OXB-0110" });
  });

  test("it is a link", async () => {
    await writeFile(join(folder, "target"), "secret", { mode: 0o600 });
    await symlink(join(folder, "target"), path());
    await expect(readTokenFile(path(), uid)).rejects.toMatchObject({ code: "OXB-0110" });
  });

  test("it has a second name", async () => {
    await writeFile(join(folder, "target"), "secret", { mode: 0o600 });
    await link(join(folder, "target"), path());
    await expect(readTokenFile(path(), uid)).rejects.toMatchObject({ code: "OXB-0110" });
  });

  test("it is long", async () => {
    await writeFile(path(), "x".repeat(5_000), { mode: 0o600 });
    await expect(readTokenFile(path(), uid)).rejects.toMatchObject({ code: "OXB-0110" });
  });
});

test("a place that cannot be written to is told by its name and nothing is left", async () => {
  await writeFile(privateDirectory(), "");
  await expect(createTokenFile(places, url).write("token-1")).rejects.toThrow(privateDirectory());
});
