import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

/** The folder of our `package.json`, from the sources as from the build: what is not compiled (pages, `etc/`) lies below it. */
export function packageRoot(from: string = import.meta.dirname): string {
  const parent = dirname(from);
  if (existsSync(join(from, "package.json"))) return from;
  if (parent === from) throw new Error("no package.json above the program");
  return packageRoot(parent);
}

/** The version in our `package.json`. */
export function productVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
