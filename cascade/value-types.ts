/**
 * How the text of a setting becomes a value: boolean, number, time span, list, ...
 *
 * A type reads a text the way the App Suite middleware reads it, so that existing files keep their meaning.
 * Where that meaning is probably not what the writer had in mind (`yes` is false), the outcome says so as `odd`.
 * Not here: what follows from an odd or a wrong text. That depends on whose name it is (settings.ts).
 * Every type is total: any text gives an outcome, none throws, none takes more than linear time.
 */
import { isIP } from "node:net";

import type { Parsed, ValueType } from "./setting.ts";

const wrong = { ok: false } as const;
const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const odd = <T>(value: T, why: string): Parsed<T> => ({ ok: true, value, odd: why });

/** `true` in any case is true, everything else is false. Only `true` and `false` are free of a warning. */
export const boolean: ValueType<boolean> = {
  type: "boolean",
  allowed: "true or false",
  parse: (text) => {
    const word = text.trim().toLowerCase();
    if (word === "true") return good(true);
    return word === "false" ? good(false) : odd(false, "only `true` counts as true, so this means false");
  },
};

interface Range {
  readonly min: number;
  readonly max: number;
}

const withinRange = ({ min, max }: Range, value: number): Parsed<number> => {
  if (value < min) return odd(min, `below the minimum, so it is raised to ${min}`);
  return value > max ? odd(max, `above the maximum, so it is lowered to ${max}`) : good(value);
};

const leastInteger = -(2 ** 31);
const greatestInteger = 2 ** 31 - 1;

/** The middleware reads integers as Java `int`: what does not fit in 32 bits is no number there. */
const javaInteger = (text: string): number | undefined => {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= leastInteger && value <= greatestInteger ? value : undefined;
};

/** A whole number. One out of range is odd and counts as the nearest bound; without a bound: that of 32 bits. */
export const integer = ({ min = leastInteger, max = greatestInteger }: Partial<Range> = {}): ValueType<number> => ({
  type: "integer",
  allowed:
    "a whole number" + (min === leastInteger ? "" : ` from ${min}`) + (max === greatestInteger ? "" : ` to ${max}`),
  parse: (text) => {
    const value = javaInteger(text.trim());
    return value === undefined ? wrong : withinRange({ min, max }, value);
  },
});

/** A TCP port to listen on; 0 lets the system choose. Out of range is wrong: the nearest bound would help nobody. */
export const port: ValueType<number> = {
  type: "port",
  allowed: "a port from 0 to 65535 (0: the system chooses)",
  parse: (text) => {
    const value = javaInteger(text.trim());
    return value === undefined || value < 0 || value > 65_535 ? wrong : good(value);
  },
};

const hostName = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*\.?$/i;

/** An address or host name to listen on. `*` stands for all addresses; an IPv6 address may stand in brackets. */
export const host: ValueType<string> = {
  type: "host",
  allowed: "an IP address, a host name, or * for all addresses",
  parse: (text) => {
    const name = text.trim().replace(/^\[(.*)\]$/, "$1");
    return name === "*" || isIP(name) !== 0 || hostName.test(name) ? good(name) : wrong;
  },
};

/** Any text, or any text that matches `pattern`. */
export const text = (rule?: { readonly pattern: RegExp; readonly allowed: string }): ValueType<string> => ({
  type: "text",
  allowed: rule?.allowed ?? "any text",
  parse: (value) => (rule === undefined || rule.pattern.test(value) ? good(value) : wrong),
});

/** One of the given words, in any case. */
export const enumeration = <const Word extends string>(...words: readonly Word[]): ValueType<Word> => ({
  type: "word",
  allowed: words.join(", "),
  parse: (value) => {
    const word = words.find((candidate) => candidate.toLowerCase() === value.trim().toLowerCase());
    return word === undefined ? wrong : good(word);
  },
});

/** The type's values, or `undefined` for an empty text: how an optional setting is set back in a later file. */
export const optional = <T>(type: ValueType<T>): ValueType<T | undefined> => ({
  type: type.type,
  allowed: `${type.allowed}, or empty`,
  parse: (value) => (value.trim() === "" ? good(undefined) : type.parse(value)),
});

/**
 * A list separated by commas; items are trimmed, empty ones dropped. An item that is wrong is left out and makes the
 * list odd. With `min` 1 a list without a single good item is wrong.
 */
export const list = <T>(item: ValueType<T>, { min = 0 }: { readonly min?: 0 | 1 } = {}): ValueType<readonly T[]> => ({
  type: "list",
  allowed: `a comma list${min === 1 ? ", not empty," : ""} of: ${item.allowed}`,
  parse: (value) => {
    const items: T[] = [];
    const remarks: string[] = [];
    for (const [index, part] of value.split(",").entries()) {
      const parsed = part.trim() === "" ? undefined : item.parse(part.trim());
      if (parsed?.ok === true) items.push(parsed.value);
      if (parsed?.ok === false) remarks.push(`item ${index + 1} is not ${item.allowed}, so it is ignored`);
      if (parsed?.ok === true && parsed.odd !== undefined) remarks.push(parsed.odd);
    }
    if (items.length < min) return wrong;
    return remarks.length === 0 ? good(items) : odd(items, remarks.slice(0, 3).join("; "));
  },
});

const unitMs: ReadonlyMap<string | undefined, number> = new Map([
  ["", 1],
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** The middleware's sum of `<digits><unit>` parts, or undefined for a part that is none. Expects no signs, dots, blanks. */
const sumOfParts = (compact: string): number | undefined => {
  if (!/^\d[\da-z]*$/.test(compact)) return undefined; // any such text is a row of parts; a nested pattern could backtrack
  let sum = 0;
  for (const [, digits, unit] of compact.matchAll(/(\d+)([a-z]*)/g)) {
    const factor = unitMs.get(unit);
    if (factor === undefined) return undefined;
    sum += Number(digits) * factor;
  }
  return Number.isSafeInteger(sum) ? sum : undefined;
};

interface TimeSpanOptions extends Partial<Range> {
  /** Words with a meaning of their own, for example `web-browser`; in any case. */
  readonly words?: Readonly<Record<string, number>>;
}

const tenYearsMs = 315_360_000_000;

/**
 * A time span in milliseconds, ten years at most: `1W`, `90s`, `1h30m`; units ms, s, m, h, D, W in any case, no unit
 * means milliseconds.
 * The middleware skips signs, dots and blanks (`1.5h` is 15 hours there): read alike, and odd.
 */
export const timeSpan = ({ min = 0, max = tenYearsMs, words = {} }: TimeSpanOptions = {}): ValueType<number> => ({
  type: "time span",
  allowed:
    `a time span such as 90s, 1h30m or 1W from ${min}${max === tenYearsMs ? "" : ` to ${max}`} ms` +
    Object.keys(words)
      .map((word) => `, or ${word}`)
      .join(""),
  parse: (value) => {
    const lower = value.trim().toLowerCase();
    if (Object.hasOwn(words, lower)) return good(words[lower] ?? 0);
    const sum = sumOfParts(lower.replace(/[-+.\s]/g, ""));
    if (sum === undefined) return wrong;
    const parsed = withinRange({ min, max }, sum);
    return parsed.ok && /[-+.\s]/.test(lower)
      ? odd(parsed.value, `signs, dots and blanks are skipped, so this means ${parsed.value} ms`)
      : parsed;
  },
});

const byteUnits: ReadonlyMap<string | undefined, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kb", 2 ** 10],
  ["mb", 2 ** 20],
  ["gb", 2 ** 30],
  ["tb", 2 ** 40],
]);

/** A size in bytes: a number, alone or with B, kB, MB, GB, TB (factor 1024, any case). */
export const bytes = ({ min, max }: Range): ValueType<number> => ({
  type: "bytes",
  allowed: `a size such as 16384, 16kB or 1MB from ${min} to ${max} bytes`,
  parse: (value) => {
    const [, digits, unit] = /^(\d{1,15})\s*([a-z]{0,2})$/.exec(value.trim().toLowerCase()) ?? [];
    const factor = byteUnits.get(unit);
    return digits === undefined || factor === undefined ? wrong : withinRange({ min, max }, Number(digits) * factor);
  },
});

/** A web origin, `scheme://host[:port]`, in the form browsers send it (lower case, no default port). No wild cards. */
export const origin: ValueType<string> = {
  type: "origin",
  allowed: "an origin such as https://ox.example.com (scheme http or https, host, port if not the usual one)",
  parse: (value) => {
    if (!/^https?:\/\/[^/\\?#@*\s]+\/?$/i.test(value) || !URL.canParse(value)) return wrong;
    return good(new URL(value).origin);
  },
};

/** The address of an HTTP service: scheme, host, perhaps a port and a path. No query, and no credentials: it is printed. */
export const httpUrl: ValueType<string> = {
  type: "URL",
  allowed: "a URL such as https://core-mw:8009, perhaps with a path, without credentials",
  parse: (value) => {
    if (!/^https?:\/\/[^/\\?#@*\s]+(\/[^\\?#\s]*)?$/i.test(value) || !URL.canParse(value)) return wrong;
    return good(new URL(value).href);
  },
};

/** An IP address, alone or as a range in CIDR form. */
export const addressRange: ValueType<string> = {
  type: "address range",
  allowed: "an IP address, or a range such as 10.0.0.0/8",
  parse: (value) => {
    const [address = "", length, ...rest] = value.split("/");
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isGood =
      bits > 0 && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits));
    return isGood ? good(value) : wrong;
  },
};

/**
 * How many leading bits of an address name its network: `/24`, `24`, or for IPv4 (32 bits) a mask, `255.255.255.0`. A mask
 * with a gap is wrong.
 */
export const prefixLength = (bits: 32 | 128): ValueType<number> => ({
  type: "prefix length",
  allowed: `/0 to /${bits}` + (bits === 32 ? ", or a mask such as 255.255.255.0" : ""),
  parse: (value) => {
    const mask = value.trim();
    const length = bits === 32 && isIP(mask) === 4 ? lengthOfMask(mask) : Number(/^\/?(\d{1,3})$/.exec(mask)?.[1]);
    return length !== undefined && length <= bits ? good(length) : wrong;
  },
});

const lengthOfMask = (mask: string): number | undefined => {
  const binary = mask
    .split(".")
    .map((byte) => Number(byte).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(binary) ? binary.replace(/0+$/, "").length : undefined;
};
