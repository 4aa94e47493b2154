/**
 * Which values must never be shown. A declared setting says so itself; of the many other names in the files of an
 * installation nobody has, so that name, file and form of the value tell. Rather one too many than one too few.
 */
import { basename } from "node:path";

import type { Definition } from "./scopes.ts";
import type { Setting } from "./setting.ts";

/** How the last part of a name of a secret ends: `writePassword`, `encryptionKey`, `hash.salt`, `apiToken`. */
const secretEnd =
  /(?:pass(?:word|wd|phrase|crypt)?|pwd|pw|secret|credential|salt|token|(?:^|[_-])key|(?:api|access|private|secret|shared|encrypt|encryption|crypt|crypto|sign|signing|signature|session|master|obfuscation)[_-]?key)s?$/i;

/** `scheme://user:password@host`, whatever the password holds. */
const urlWithPassword = /:\/\/[^/\s:@]*:[^\s@?]+@/;

/** `password=x` inside of a value: properties of a database connection, parameters of its URL. */
const namedInside = /(?:^|[?&;,\s])[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token)\s*=/i;

/** Of one of several: `db.password.2`. */
const number = /\.\d+$/;

/**
 * Whether a value is a secret.
 * @param declared the setting of that name, if there is one
 */
export function isSecret(
  name: string,
  { text, origin }: Pick<Definition, "text" | "origin">,
  declared: Pick<Setting<unknown>, "secret"> | undefined,
): boolean {
  if (declared !== undefined) return declared.secret;
  if ("file" in origin && basename(origin.file) === "mpasswd") return true; // one login a line
  const plain = name.replace(number, "");
  const last = plain.slice(Math.max(plain.lastIndexOf("."), plain.lastIndexOf("/")) + 1);
  return secretEnd.test(last) || urlWithPassword.test(text) || namedInside.test(text);
}
