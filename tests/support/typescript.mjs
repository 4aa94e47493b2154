/**
 * `node --import ./tests/support/typescript.mjs FILE.ts` runs TypeScript as it stands, without a build: Node 20 cannot by
 * itself. What is measured is not touched: the adapters come as packages, ours from its build.
 */
import { register } from "node:module";
import { URL } from "node:url";

register(new URL("typescript-hooks.mjs", import.meta.url));
