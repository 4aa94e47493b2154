/**
 * Passwords as scrypt strings that carry their own parameters (PHC string format):
 * `$scrypt$ln=15,r=8,p=3$SALT$KEY`, salt and key in Base64 without padding. Stronger parameters need no new format: old
 * and new strings stand side by side. Not here: whose password it is (embedded-directory.ts).
 */

import { scrypt, timingSafeEqual } from "node:crypto";

/** A scrypt string taken apart. */
export interface PasswordHash {
  /** The cost N is 2 to this. */
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** As strong as OWASP's first choice (N 2^17, p 1) with a quarter of its memory: 32 MiB per check. */
const parameters = { logCost: 15, blockSize: 8, parallel: 3 } as const;
const saltBytes = 16;
const keyBytes = 32;

/** What one check may cost at most, so that no string of a directory file can exhaust the machine. */
const mostBytes = 256 * 1024 * 1024;
const mostParallel = 16;

/**
 * A new scrypt string for a password. Runs off the event loop.
 * @param randomBytes so many unpredictable bytes
 */
export async function hashPassword(password: string, randomBytes: (size: number) => Buffer): Promise<string> {
  const salt = randomBytes(saltBytes);
  const { logCost, blockSize, parallel } = parameters;
  const key = await derive(password, { ...parameters, salt }, keyBytes);
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallel}$${base64(salt)}$${base64(key)}`;
}

/** Takes a scrypt string apart; undefined when it is none, or when checking it would cost too much. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
    text,
  );
  if (found === null) return undefined;
  const [, ln = "", r = "", p = "", salt = "", key = ""] = found;
  const hash = {
    logCost: Number(ln),
    blockSize: Number(r),
    parallel: Number(p),
    salt: Buffer.from(salt, "base64"),
    key: Buffer.from(key, "base64"),
  };
  const sound = hash.logCost >= 1 && hash.blockSize >= 1 && hash.parallel >= 1;
  return sound && memoryOf(hash) <= mostBytes && hash.parallel <= mostParallel ? hash : undefined;
}

/** True when the password fits. Runs off the event loop; compares in constant time. */
export async function verifyPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash, hash.key.length), hash.key);
}

type Parameters = Omit<PasswordHash, "key">;

const memoryOf = ({ logCost, blockSize }: Omit<Parameters, "salt">): number => 128 * 2 ** logCost * blockSize;

const base64 = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");

/** In Unicode's composed form: one keyboard sends an umlaut as one character, another as two. */
function derive(password: string, using: Parameters, bytes: number): Promise<Buffer> {
  const { logCost, blockSize, parallel, salt } = using;
  const options = {
    cost: 2 ** logCost,
    blockSize,
    parallelization: parallel,
    maxmem: 2 * memoryOf(using), // Node's default stops at 32 MiB
  };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, bytes, options, (fault, key) => {
      if (fault === null) resolve(key);
      else reject(fault);
    });
  });
}
