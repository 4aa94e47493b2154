// @ts-check
/**
 * A lock between processes of one checkout: two starts at once must not delete each other's packages. A file with
 * the owner's process id, touched while the work lasts. An owner that is gone, or that touched it too long ago,
 * has crashed and loses the lock.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as pause } from "node:timers/promises";

const touchEveryMs = 2_000;
const staleAfterMs = 60_000;

/**
 * Runs `work` while no other process of this checkout does.
 * @param {string} root
 * @param {(line: string) => void} say told once when another process is waited for
 * @param {() => Promise<void>} work
 */
export async function oneAtATime(root, say, work) {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const lock = join(root, ".cache/set-up.lock");
  for (let told = false; !take(lock); told = true) {
    const owner = ownerOf(lock);
    if (owner !== undefined && !isWorking(lock, owner)) release(lock, owner);
    else if (!told) say(`another process${owner === undefined ? "" : ` (${owner})`} is setting up; waiting for it`);
    await pause(200);
  }
  const leave = () => release(lock, process.pid);
  process.once("exit", leave);
  const timer = setInterval(() => touch(lock), touchEveryMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
    process.removeListener("exit", leave);
    leave();
  }
}

/** @param {string} lock */
function take(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    // A link is made whole or not at all, so nobody reads a lock without its owner.
    linkSync(own, lock);
    return true;
  } catch (fault) {
    if (hasCode(fault, "EEXIST")) return false;
    throw fault;
  } finally {
    rmSync(own);
  }
}

/**
 * Takes the lock away from `owner`. Two waiters may find the same dead owner, and the slower one would then remove
 * the lock of the faster one; so it is moved aside, looked at, and put back when it is another's.
 * @param {string} lock
 * @param {number} owner
 */
function release(lock, owner) {
  const aside = `${lock}.${process.pid}.aside`;
  try {
    renameSync(lock, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, lock);
  } catch {
    // Somebody else was faster: the lock is gone, or taken again. Nothing is left to do here.
  }
  rmSync(aside, { force: true });
}

/** @param {string} lock */
function touch(lock) {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // Taken away after a suspension of this machine. The work under way cannot be undone, so it goes on.
  }
}

/**
 * @param {string} lock
 * @returns {number | undefined} undefined: no lock there any more
 */
function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} lock
 * @param {number} owner
 */
function isWorking(lock, owner) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > staleAfterMs) return false;
    process.kill(owner, 0);
    return true;
  } catch (fault) {
    // EPERM: it is alive and belongs to another user.
    return hasCode(fault, "EPERM");
  }
}

/**
 * @param {unknown} fault
 * @param {string} code
 */
const hasCode = (fault, code) => typeof fault === "object" && fault !== null && "code" in fault && fault.code === code;
