/** Passwords for directories of tests: the cheapest sound scrypt strings, made with Node's own scrypt. */

import { randomBytes, scryptSync } from "node:crypto";

export function scryptOf(password: string, logCost = 4): string {
  const salt = randomBytes(16);
  const key = scryptSync(password, salt, 32, { N: 2 ** logCost, r: 8, p: 1 });
  const base64 = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${logCost},r=8,p=1$${base64(salt)}$${base64(key)}`;
}
