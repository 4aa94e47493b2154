/** The value of a setting and where it comes from, as the admin API and the command line show it. Secrets are masked. */
import { z } from "zod";
import { isSecret, placeOf } from "../../../cascade/index.ts";
import type { Definition, LoadedSettings, Setting, UserRef } from "../../../cascade/index.ts";

const shownDefinition = z.object({
  /** As it is written; `(secret)` in place of a secret. */
  value: z.string(),
  /** `user`, `context`, `contextSets`, `server`, `middleware` or `default`. */
  scope: z.string(),
  /** `FILE:LINE`, or the word for what it is. */
  place: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  /** The name of the context set and its tag expression. */
  set: z.string().optional(),
  withTags: z.string().optional(),
  /** Of the user or context. */
  attribute: z.string().optional(),
  /** ISO 8601: when it was read. Absent: it is not known, or nothing was read. */
  loaded: z.string().optional(),
});
export type ShownDefinition = Readonly<z.infer<typeof shownDefinition>>;

export const configEntry = shownDefinition.extend({
  name: z.string(),
  /** What the text means where that is something else, for example `false` for `yes`. */
  means: z.string().optional(),
  /** The other definitions, most specific first. */
  shadows: z.array(shownDefinition).readonly(),
  /** The scope that has the last word, and where that is written. */
  final: z.object({ scope: z.string(), place: z.string() }).optional(),
  /** Absent: oxbow does not use this name. */
  setting: z.object({ cascade: z.boolean(), reloadable: z.boolean(), unit: z.string().optional() }).optional(),
});
export type ConfigEntry = Readonly<z.infer<typeof configEntry>>;

type Provenance = Pick<LoadedSettings, "resolve" | "names" | "readAtMs" | "read" | "readFor">;

export const hiddenValue = "(secret)";

/** @param user undefined: the server scope alone */
export function entryOf(
  name: string,
  user: UserRef | undefined,
  { settings, declared }: { readonly settings: Provenance; readonly declared: Setting<unknown> | undefined },
): ConfigEntry {
  // a declared name without cascade has one value, whoever is asked about
  const { value, shadowed, final } = settings.resolve(name, declared?.cascade === false ? undefined : user);
  const shown = (definition: Definition): ShownDefinition => shownOf(name, definition, { settings, declared });
  return {
    name,
    ...(value === undefined ? defaultOf(declared) : shown(value)),
    ...meaningOf(value, user, { settings, declared }),
    shadows: shadowed.map(shown),
    ...(final === undefined ? {} : { final: { scope: final.scope, place: placeOf(final.origin) } }),
    ...(declared === undefined ? {} : { setting: factsOf(declared) }),
  };
}

/** All names with this beginning that are defined for the user or declared; sorted. */
export function namesWith(
  prefix: string,
  user: UserRef | undefined,
  { settings, declared }: { readonly settings: Provenance; readonly declared: Iterable<string> },
): readonly string[] {
  const names = new Set([...settings.names(), ...settings.names(user), ...declared]);
  return [...names].filter((name) => name.startsWith(prefix)).sort();
}

interface ShowDeps {
  readonly settings: Provenance;
  readonly declared: Setting<unknown> | undefined;
}

function shownOf(name: string, definition: Definition, { settings, declared }: ShowDeps): ShownDefinition {
  const { text, scope, origin } = definition;
  const readAtMs = settings.readAtMs(name, origin);
  return {
    value: isSecret(name, definition, declared) ? hiddenValue : text,
    scope,
    place: placeOf(origin),
    ...("file" in origin ? { file: origin.file } : {}),
    ...("line" in origin ? { line: origin.line } : {}),
    ...(origin.from === "context set" ? { set: origin.set, withTags: origin.withTags } : {}),
    ...(origin.from === "directory" ? { attribute: origin.attribute } : {}),
    ...(readAtMs === undefined ? {} : { loaded: new Date(readAtMs).toISOString() }),
  };
}

const defaultOf = (declared: Setting<unknown> | undefined): ShownDefinition => ({
  value: declared === undefined ? "" : defaultText(declared),
  scope: "default",
  place: "default",
});

const defaultText = ({ secret, defaultText: words, default: value }: Setting<unknown>): string => {
  if (secret) return value === undefined || value === "" ? "" : hiddenValue;
  return words ?? textOf(value);
};

function meaningOf(
  value: Definition | undefined,
  user: UserRef | undefined,
  { settings, declared }: ShowDeps,
): Pick<ConfigEntry, "means"> {
  if (declared === undefined || declared.secret || value === undefined) return {};
  const means = textOf(user === undefined ? settings.read(declared) : settings.readFor(declared, user));
  return isWritten(means, value.text) ? {} : { means };
}

/** Only of switches and numbers is there more to say than the text: lists and words mean what they say. */
const isWritten = (means: string, text: string): boolean =>
  means.toLowerCase() === text.trim().toLowerCase() || !/^(true|false|\d+)$/.test(means);

const textOf = (value: unknown): string =>
  Array.isArray(value) ? value.map(textOf).join(",") : isPlain(value) ? String(value) : "";

const isPlain = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

const factsOf = ({ cascade, reload, unit }: Setting<unknown>): NonNullable<ConfigEntry["setting"]> => ({
  cascade,
  reloadable: reload,
  ...(unit === undefined ? {} : { unit }),
});
