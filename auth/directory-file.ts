/**
 * Reads the directory file: YAML (JSON is YAML too) with contexts and their users. Format: docs/directory.md.
 * Says all that is wrong at once, each with line and path, and never repeats a value: it may be a password.
 */

import { LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import type { Attribute } from "./directory.ts";
import { parsePasswordHash } from "./password.ts";

/** One thing that is wrong in the file. */
export interface DirectoryProblem {
  /** Counted from 1; absent where the file as a whole is meant. */
  readonly line?: number;
  /** For example `contexts[0].users[2].password`; empty for the file as a whole. */
  readonly path: string;
  readonly says: string;
}

const id = z.int().min(1).max(2_147_483_647);
/** Part of login names, so without `@`; what is invisible could not be told apart. */
const name = z
  .string()
  .max(255)
  .regex(
    /^[^\s@\p{C}]+( +[^\s@\p{C}]+)*$/u,
    "must be a name without @ and control characters, 1 to 255 characters long",
  );
const password = z
  .string()
  .refine(
    (text) => parsePasswordHash(text) !== undefined,
    "must be a scrypt string as `oxbow hash-password` prints it",
  );
const capability = z
  .string()
  .regex(/^[\w:-]{1,64}$/, "must be a capability's name")
  .refine((text) => text !== "websocket", "`websocket` comes from the settings and is not listed here");
/** What they set is known to the settings; here only that it is none that somebody misspelt. */
const attributesOf = (pattern: RegExp, says: string) =>
  z
    .record(
      z.string().max(255).regex(pattern, says),
      z.union([z.string(), z.boolean(), z.number()], "must be a text, a boolean or a number"),
    )
    .default({})
    .transform((listed) => new Map(Object.entries(listed).map(([key, value]) => [key, String(value)])));
const permission = z
  .string()
  .regex(/^(?!uc[A-Z])[A-Za-z]\w{0,63}$/, "must be a permission's name without `uc`, for example `Task`");

const userSchema = z.strictObject({
  id,
  login: name,
  password,
  locale: z
    .string()
    .regex(/^[a-z]{2,3}_[A-Z]{2}$/, "must be a locale like `en_US`")
    .default("en_US"),
  enabled: z.boolean().default(true),
  guest: z.boolean().default(false),
  multifactor: z.boolean().default(false),
  capabilities: z.array(capability).default(["webmail", "calendar"]),
  permissions: z.array(permission).default([]),
  attributes: attributesOf(
    /^(?:config\/[\w.@/-]+|ajax\.maxCount)$/,
    "must be named `config/NAME` with the name of a setting, or `ajax.maxCount`",
  ),
});
const contextSchema = z.strictObject({
  id,
  name: name.refine((text) => !/^\d+$/.test(text), "must not be a number: it could be taken for another context's id"),
  enabled: z.boolean().default(true),
  attributes: attributesOf(
    /^(?:config\/[\w.@/-]+|taxonomy\/types)$/,
    "must be named `config/NAME` with the name of a setting, or `taxonomy/types`",
  ),
  users: z.array(userSchema).default([]),
});
const directorySchema = z
  .strictObject({ defaultContext: id.optional(), contexts: z.array(contextSchema).min(1) })
  .superRefine((directory, context) => {
    for (const { path, says } of contradictions(directory)) {
      context.addIssue({ code: "custom", path: [...path], message: says });
    }
  });

type WithLines<T> = Omit<T, "attributes" | "users"> & { readonly attributes: ReadonlyMap<string, Attribute> };
export type ListedUser = WithLines<z.infer<typeof userSchema>>;
export type ListedContext = WithLines<z.infer<typeof contextSchema>> & { readonly users: readonly ListedUser[] };
export interface ListedDirectory {
  readonly defaultContext?: number | undefined;
  readonly contexts: readonly ListedContext[];
}

export type ReadDirectory =
  | { readonly ok: true; readonly directory: ListedDirectory }
  | { readonly ok: false; readonly problems: readonly DirectoryProblem[] };

/** Reads the text of a directory file. Never throws. */
export function readDirectory(text: string): ReadDirectory {
  const lines = new LineCounter();
  // Pretty errors would quote the text around the error.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map(({ code, pos }) => ({
        line: lines.linePos(pos[0]).line,
        path: "",
        says: `is no sound YAML (${code})`,
      })),
    };
  }
  const value = valueOf(document);
  if (!value.ok)
    return { ok: false, problems: [{ path: "", says: "has aliases that lead nowhere or multiply too much" }] };
  const parsed = directorySchema.safeParse(value.plain, { reportInput: false });
  if (parsed.success) return { ok: true, directory: withLines(parsed.data, document, lines) };
  return { ok: false, problems: parsed.error.issues.map((issue) => problemOf(issue, document, lines)) };
}

/** The same with the line of each attribute, which settings show as the place of a value. */
function withLines(
  { defaultContext, contexts }: z.infer<typeof directorySchema>,
  document: Document.Parsed,
  lines: LineCounter,
): ListedDirectory {
  const located = (attributes: ReadonlyMap<string, string>, path: Path): ReadonlyMap<string, Attribute> =>
    new Map(
      [...attributes].map(([name, text]) => {
        const offset = offsetOf(document, [...path, "attributes", name]);
        return [name, { text, line: offset === undefined ? undefined : lines.linePos(offset).line }];
      }),
    );
  return {
    defaultContext,
    contexts: contexts.map((context, at) => ({
      ...context,
      attributes: located(context.attributes, ["contexts", at]),
      users: context.users.map((user, userAt) => ({
        ...user,
        attributes: located(user.attributes, ["contexts", at, "users", userAt]),
      })),
    })),
  };
}

function valueOf(document: Document.Parsed): { readonly ok: true; readonly plain: unknown } | { readonly ok: false } {
  try {
    return { ok: true, plain: document.toJS({ maxAliasCount: 100 }) };
  } catch (fault) {
    if (fault instanceof ReferenceError) return { ok: false }; // the library's way to refuse aliases
    throw fault;
  }
}

type Path = readonly PropertyKey[];

function problemOf(issue: z.core.$ZodIssue, document: Document.Parsed, lines: LineCounter): DirectoryProblem {
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
  const says = saysOf(issue);
  const offset = offsetOf(document, path);
  return {
    ...(offset === undefined ? {} : { line: lines.linePos(offset).line }),
    path: printed(path),
    says,
  };
}

function saysOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return "is not a field that exists here";
  return issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

/** Where in the text the nearest thing on this path stands. */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  if (typeof start === "number") return start;
  return path.length === 0 ? undefined : offsetOf(document, path.slice(0, -1));
}

const printed = (path: Path): string =>
  path.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`)).join("");

interface ListedIds {
  readonly defaultContext?: number | undefined;
  readonly contexts: readonly {
    readonly id: number;
    readonly name: string;
    readonly users: readonly { readonly id: number; readonly login: string }[];
  }[];
}

interface Contradiction {
  readonly path: Path;
  readonly says: string;
}

/** What each entry alone does not show: the same id or name twice, a default context that is not there. */
function contradictions({ defaultContext, contexts }: ListedIds): readonly Contradiction[] {
  const missing = defaultContext !== undefined && !contexts.some((one) => one.id === defaultContext);
  return [
    ...(missing ? [{ path: ["defaultContext"], says: "names a context that is not in this file" }] : []),
    ...repeated(contexts, "id", ["contexts"]),
    ...repeated(contexts, "name", ["contexts"]),
    ...contexts.flatMap(({ users }, at) => [
      ...repeated(users, "id", ["contexts", at, "users"]),
      ...repeated(users, "login", ["contexts", at, "users"]),
    ]),
  ];
}

function repeated<K extends string>(
  entries: readonly Readonly<Record<K, number | string>>[],
  field: K,
  path: Path,
): readonly Contradiction[] {
  const firstAt = new Map<number | string, number>();
  return entries.flatMap((entry, at) => {
    const first = firstAt.get(entry[field]);
    if (first === undefined) firstAt.set(entry[field], at);
    return first === undefined
      ? []
      : [{ path: [...path, at, field], says: `is the same as of ${printed([...path, first])}` }];
  });
}
