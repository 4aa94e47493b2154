/**
 * From the content of a file in `contextSets/` to context sets, with all that is wrong or doubtful in it.
 * Not here: reading YAML (the content comes as plain data), and which set wins (context-sets.ts).
 */
import type { ContextSet } from "./context-sets.ts";
import { findingAbout, findingAt, printable, quoted, type Finding } from "./finding.ts";
import type { Definition } from "./scopes.ts";
import { printTagExpression, readTagExpression, type TagExpression } from "./tag-expression.ts";
import { cascadeTypes, tagsIn } from "./tags.ts";
import { lineOf, type YamlFile } from "./yaml-file.ts";

export interface ContextSetsReading {
  /** Empty where there is a problem: a file counts as a whole. */
  readonly sets: readonly ContextSet[];
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Reads the sets of one file. An empty file has none. Never throws. */
export function contextSetsOf(document: YamlFile): ContextSetsReading {
  const { value, file } = document;
  if (value === null || value === undefined) return { sets: [], problems: [], warnings: [] };
  if (!(value instanceof Map))
    return {
      sets: [],
      problems: [findingAbout(file, "must be a map from names of context sets to maps")],
      warnings: [],
    };
  const reader = new SetReader(document);
  const sets: ContextSet[] = [];
  for (const [name, content] of value) {
    const set = reader.read(String(name), content);
    if (set !== undefined) sets.push(set);
  }
  const { problems, warnings } = reader;
  return { sets: problems.length === 0 ? sets : [], problems, warnings };
}

interface Condition {
  readonly withTags: string;
  readonly expression: TagExpression;
}

class SetReader {
  readonly problems: Finding[] = [];
  readonly warnings: Finding[] = [];
  readonly #document: YamlFile;

  constructor(document: YamlFile) {
    this.#document = document;
  }

  /** Undefined: it has a problem. */
  read(set: string, content: unknown): ContextSet | undefined {
    if (!(content instanceof Map)) {
      this.problems.push(this.#about([set], "must be a map with withTags and names of settings"));
      return undefined;
    }
    const fields = new Map([...content].map(([key, value]) => [String(key), value as unknown]));
    const condition = this.#condition(set, fields.get("withTags"));
    const addTags = fields.has("addTags") ? this.#text([set, "addTags"], fields.get("addTags")) : "";
    const values = new Map<string, Definition>();
    for (const [name, value] of fields) {
      if (name === "withTags" || name === "addTags") continue;
      const text = this.#text([set, name], value);
      if (text === undefined || condition === undefined) continue;
      const origin = { ...this.#origin([set, name]), from: "context set", set, withTags: condition.withTags } as const;
      values.set(name, { text, scope: "contextSets", origin });
    }
    if (fields.has(cascadeTypes.name))
      this.warnings.push(
        this.#about([set, cascadeTypes.name], `${cascadeTypes.name} adds no tags inside a context set; addTags does`),
      );
    if (condition === undefined || addTags === undefined) return undefined;
    const { file, line } = this.#origin([set]);
    return { name: set, file, line, ...condition, addTags: tagsIn(addTags), values };
  }

  #condition(set: string, written: unknown): Condition | undefined {
    if (written === undefined) {
      this.problems.push(
        this.#about([set], "withTags is missing; it says for whom the set is, for example: withTags: gold & !trial"),
      );
      return undefined;
    }
    const path = [set, "withTags"];
    const withTags = this.#text(path, written);
    if (withTags === undefined) return undefined;
    const outcome = readTagExpression(withTags);
    if (!outcome.ok) {
      const where = outcome.at > withTags.length ? "at its end" : `at character ${outcome.at}`;
      this.problems.push(this.#about(path, `withTags ${quoted(withTags)}: ${outcome.says} (${where})`));
      return undefined;
    }
    const { expression } = outcome;
    if (outcome.isMixed) this.warnings.push(this.#about(path, mixed(withTags, expression)));
    return { withTags, expression };
  }

  #text(path: readonly string[], value: unknown): string | undefined {
    if (typeof value === "string") return value;
    if (typeof value === "boolean") return String(value);
    const says = value === null ? `has no value; an empty text is written ""` : "must be a text, a number or a boolean";
    this.problems.push(this.#about(path, `${printable(path.at(-1) ?? "")} ${says}`));
    return undefined;
  }

  #about(path: readonly string[], says: string): Finding {
    const [set = "", name] = path;
    return findingAt(this.#origin(path), `context set ${printable(set)}: ${says}`, name);
  }

  #origin(path: readonly string[]) {
    return { from: "file", file: this.#document.file, line: lineOf(this.#document, path) } as const;
  }
}

const mixed = (text: string, expression: TagExpression): string =>
  `withTags ${quoted(text)} mixes & and | without brackets, and is read as ${quoted(printTagExpression(expression))}`;
