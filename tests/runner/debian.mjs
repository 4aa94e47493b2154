// @ts-check
/**
 * Installs Debian packages for the tests, without starting the services they bring: a policy that forbids it is put
 * in place for that time, and what was there before is put back, also after a signal.
 */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { runCommand } from "../../server/set-up/command.mjs";

const policy = "/usr/sbin/policy-rc.d";
const policyBefore = "/usr/sbin/policy-rc.d.before-oxbow-tests";
const mark = "# Put here by the tests of oxbow while they install packages.";

/** Debian, root, and not forbidden. */
export function mayInstall() {
  if (process.env["OXBOW_TEST_INSTALL"] === "0" || process.getuid?.() !== 0) return false;
  return existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/**
 * Never rejects: what could not be installed is found missing afterwards.
 * @param {readonly string[]} packages
 * @param {(line: string) => void} say
 */
export async function installDebianPackages(packages, say) {
  say(`installing ${packages.join(" ")} by apt-get, for tests only; their services are not started`);
  const options = {
    cwd: "/",
    say,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    progress: (/** @type {number} */ seconds) => `apt-get, ${seconds} s`,
  };
  const apt = ["-qq", "-o", "DPkg::Lock::Timeout=120"];
  forbidServices();
  process.once("exit", allowServices);
  try {
    await runCommand("apt-get", [...apt, "update"], options);
    await runCommand("apt-get", [...apt, "install", "-y", "--no-install-recommends", ...packages], options);
  } finally {
    process.removeListener("exit", allowServices);
    allowServices();
  }
}

function forbidServices() {
  // After a power cut in the middle of an installation our own may still be there.
  const isOurs = existsSync(policy) && readFileSync(policy, "utf8").includes(mark);
  if (existsSync(policy) && !isOurs) renameSync(policy, policyBefore);
  writeFileSync(policy, `#!/bin/sh\n${mark}\nexit 101\n`);
  chmodSync(policy, 0o755);
}

function allowServices() {
  if (existsSync(policyBefore)) renameSync(policyBefore, policy);
  else rmSync(policy, { force: true });
}
