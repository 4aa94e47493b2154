/** The hook behind `typescript.mjs`: takes the types out of what ends in `.ts`. Types are checked by `npm run check`. */
import { readFile } from "node:fs/promises";
import { fileURLToPath, URL } from "node:url";
import { transform } from "@swc/core";

const jsc = { target: "es2023", parser: { syntax: "typescript" } };

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const filename = fileURLToPath(new URL(url));
  const { code } = await transform(await readFile(filename, "utf8"), {
    filename,
    jsc,
    module: { type: "es6" },
    sourceMaps: "inline",
    swcrc: false,
  });
  return { format: "module", source: code, shortCircuit: true };
}
