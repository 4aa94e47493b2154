/**
 * From the content of a file in `meta/` to the metadata of settings: `NAME: {final: SCOPE, protected: BOOLEAN,
 * preferencePath: PATH, value: TEXT}`, with all that is wrong in it.
 * Not here: reading YAML, and what metadata does (scopes.ts, server-scope.ts).
 */
import { distance } from "fastest-levenshtein";

import { findingAbout, findingAt, printable, quoted, type Finding } from "./finding.ts";
import { scopeNames, type Metadata } from "./scopes.ts";
import { lineOf, type YamlFile } from "./yaml-file.ts";

/** What a file says about one setting. */
export interface MetaEntry {
  readonly metadata: Metadata;
  /** A value at server scope, which beats the properties files of the same directory. */
  readonly value?: { readonly text: string; readonly line: number };
  readonly line: number;
}

export interface MetaReading {
  /** By the setting's name. Empty where there is a problem: a file counts as a whole. */
  readonly entries: ReadonlyMap<string, MetaEntry>;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

const fields = ["value", "final", "protected", "preferencePath"] as const;

/** Reads one file. An empty file says nothing, and so does an entry without content. Never throws. */
export function metaOf(document: YamlFile): MetaReading {
  const { value, file } = document;
  if (value === null || value === undefined) return { entries: new Map(), problems: [], warnings: [] };
  if (!(value instanceof Map))
    return {
      entries: new Map(),
      problems: [findingAbout(file, "must be a map from names of settings to maps of metadata")],
      warnings: [],
    };
  const reader = new MetaReader(document);
  const entries = new Map<string, MetaEntry>();
  for (const [name, content] of value) {
    const entry = reader.read(String(name), content);
    if (entry !== undefined) entries.set(String(name), entry);
  }
  const { problems, warnings } = reader;
  return { entries: problems.length === 0 ? entries : new Map(), problems, warnings };
}

type Field = (typeof fields)[number];
type Fields = ReadonlyMap<string, unknown>;

class MetaReader {
  readonly problems: Finding[] = [];
  readonly warnings: Finding[] = [];
  readonly #document: YamlFile;

  constructor(document: YamlFile) {
    this.#document = document;
  }

  /** Undefined: there is nothing, or it has a problem. */
  read(name: string, content: unknown): MetaEntry | undefined {
    if (content === null) return undefined;
    if (!(content instanceof Map)) {
      this.problems.push(this.#about([name], "must be a map of metadata, for example: {final: server}"));
      return undefined;
    }
    const given = new Map([...content].map(([key, value]) => [String(key), value as unknown]));
    for (const field of given.keys()) this.#warnOfMisspelt(name, field);
    const value = this.#text(name, given, "value");
    return {
      metadata: {
        ...this.#final(name, given),
        ...this.#protected(name, given),
        ...this.#preferencePath(name, given),
      },
      ...(value === undefined ? {} : { value: { text: value, line: this.#origin([name, "value"]).line } }),
      line: this.#origin([name]).line,
    };
  }

  /** Other metadata is somebody else's; but what is nearly one of these is meant to be one. */
  #warnOfMisspelt(name: string, field: string): void {
    if (fields.some((known) => known === field)) return;
    const near = fields.find((known) => distance(known.toLowerCase(), field.slice(0, 30).toLowerCase()) <= 2);
    if (near === undefined) return;
    this.warnings.push(this.#about([name, field], `${printable(field)} has no effect; did you mean ${near}?`));
  }

  #text(name: string, given: Fields, field: Field): string | undefined {
    const value = given.get(field);
    if (value === null || value === undefined) return undefined;
    if (typeof value === "string" || typeof value === "boolean") return String(value);
    this.problems.push(this.#about([name, field], `${field} must be a text, a number or a boolean`));
    return undefined;
  }

  #final(name: string, given: Fields): Pick<Metadata, "final"> {
    const word = this.#text(name, given, "final");
    if (word === undefined) return {};
    const path = [name, "final"];
    const origin = this.#origin(path);
    const scope = scopeNames.find((one) => one === word);
    if (scope !== undefined) return { final: { scope, origin } };
    if (word === "reseller") {
      const says = "final names reseller, which is left out here; it counts as contextSets, the scope after it";
      this.warnings.push(this.#about(path, says));
      return { final: { scope: "contextSets", origin } };
    }
    const says = `final names ${quoted(word)}, which is no scope; the scopes are ${scopeNames.join(", ")}`;
    this.problems.push(this.#about(path, says));
    return {};
  }

  #protected(name: string, given: Fields): Pick<Metadata, "protected"> {
    const word = this.#text(name, given, "protected")?.toLowerCase();
    if (word === undefined) return {};
    if (word !== "true" && word !== "false") {
      const says = `protected is ${quoted(word)}, which counts as false; allowed: true or false`;
      this.warnings.push(this.#about([name, "protected"], says));
    }
    return { protected: word === "true" };
  }

  #preferencePath(name: string, given: Fields): Pick<Metadata, "preferencePath"> {
    const preferencePath = this.#text(name, given, "preferencePath");
    return preferencePath === undefined ? {} : { preferencePath };
  }

  #about(path: readonly string[], says: string): Finding {
    const [name = ""] = path;
    return findingAt(this.#origin(path), `${printable(name)}: ${says}`, name);
  }

  #origin(path: readonly string[]) {
    return { from: "file", file: this.#document.file, line: lineOf(this.#document, path) } as const;
  }
}
