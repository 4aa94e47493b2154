// @ts-check
/**
 * Brings a checkout to the state in which it runs: packages as the lock file says, the build as the sources say.
 * Used by `oxbow.mjs` and by the test runner. When nothing is to be done it reads some files, starts no process and
 * takes no lock, because a second start shall be ready in about a second.
 * Everything it says goes through `say`, never to stdout: commands answer there, some of them in JSON.
 */
import { fileURLToPath, URL } from "node:url";
import { build, isBuilt } from "./build.mjs";
import { oneAtATime } from "./one-at-a-time.mjs";
import { installPackages, packagesMissing } from "./packages.mjs";

const checkout = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Installs and builds what is missing or out of date. Several processes may call it at once: one works, the others
 * wait for it and then find nothing to do.
 * @param {object} options
 * @param {(line: string) => void} options.say told each step in a sentence, and progress while it lasts
 * @param {boolean} [options.needsBuild] false: packages only. Default true
 * @param {string} [options.root] directory of the checkout, with a slash at the end. Default: this one
 * @throws {Error} its message is one line for the person at the terminal
 */
export async function setUp({ say, needsBuild = true, root = checkout }) {
  const isDone = () => packagesMissing(root) === undefined && (!needsBuild || isBuilt(root));
  if (isDone()) return;
  await oneAtATime(root, say, async () => {
    const reason = packagesMissing(root);
    if (reason !== undefined) await installPackages(root, reason, say);
    if (needsBuild && !isBuilt(root)) await build(root, say);
  });
}
