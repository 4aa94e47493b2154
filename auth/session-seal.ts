/**
 * Protects sessions at rest: what leaves the process is sealed by AES-256-GCM, so whoever operates the members, or reads
 * their memory, learns no secret and can forge no session. Several keys let an operator change them without a log-out.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

export interface Seal {
  /** Seals with the first key. @param bound not hidden, but a seal opens only together with exactly this */
  seal(text: string, bound: string): string;
  /** Undefined: not sealed with any of the keys, or not what was sealed. */
  open(sealed: string, bound: string): string | undefined;
}

/** Characters of a key at least: 32 random ones of Base64 hold 192 bits. */
export const minSealKeyLength = 32;

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const keyIdBytes = 4;

interface Key {
  /** Which key it is, without telling anything of it. */
  readonly id: string;
  readonly secret: Buffer;
}

/** @param keys the first seals, all open; asked anew each time, derived once. At least one. */
export function createSeal(keys: () => readonly string[]): Seal {
  const derived = new Map<string, Key>();
  const keyOf = (text: string): Key => {
    const key = derived.get(text) ?? derive(text);
    derived.set(text, key);
    return key;
  };
  return {
    seal: (text, bound) => {
      const [first] = keys();
      if (first === undefined) throw new Error("there is no key to seal sessions with");
      return sealWith(keyOf(first), text, bound);
    },
    open: (sealed, bound) => {
      const [id = "", content = ""] = sealed.split(".");
      const key = keys()
        .map(keyOf)
        .find((one) => one.id === id);
      return key === undefined ? undefined : openWith(key, Buffer.from(content, "base64"), bound);
    },
  };
}

/** HKDF is enough for keys of this length; it is no cure for a guessable one. */
function derive(text: string): Key {
  const bytes = Buffer.from(hkdfSync("sha256", text, "oxbow", "sessions v1", 32 + keyIdBytes));
  return { secret: bytes.subarray(0, 32), id: bytes.subarray(32).toString("hex") };
}

function sealWith({ id, secret }: Key, text: string, bound: string): string {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, secret, nonce).setAAD(Buffer.from(bound));
  const hidden = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
  return `${id}.${Buffer.concat([nonce, sealing.getAuthTag(), hidden]).toString("base64")}`;
}

function openWith({ secret }: Key, content: Buffer, bound: string): string | undefined {
  if (content.length < nonceBytes + tagBytes) return undefined;
  const opening = createDecipheriv(cipher, secret, content.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(bound))
    .setAuthTag(content.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    const hidden = content.subarray(nonceBytes + tagBytes);
    return opening.update(hidden, undefined, "utf8") + opening.final("utf8");
  } catch {
    return undefined; // changed on its way, or bound to something else: the outcome says so
  }
}
