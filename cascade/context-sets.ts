/**
 * Context sets: values for all users whose tags fit an expression.
 *
 * The sets are asked in the order of paths and, within a file, of lines: the first one that fits and has the name wins.
 * Not here: how a set is written (context-set-file.ts), and which tags a user has (user-view.ts, tags.ts).
 */
import type { Definition } from "./scopes.ts";
import { matches, type TagExpression } from "./tag-expression.ts";

export interface ContextSet {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** As it is written. */
  readonly withTags: string;
  readonly expression: TagExpression;
  readonly addTags: readonly string[];
  readonly values: ReadonlyMap<string, Definition>;
}

/** All sets, ready to be asked. */
export interface ContextSets {
  /** These tags and all that fitting sets add to them, until nothing new appears. */
  withAddedTags(tags: ReadonlySet<string>): ReadonlySet<string>;
  /** The first fitting set's definition. */
  lookUp(name: string, tags: ReadonlySet<string>): Definition | undefined;
  /** All names that some set defines. */
  readonly names: ReadonlySet<string>;
  readonly sets: readonly ContextSet[];
}

/** @param sets in the order in which they are asked. */
export function createContextSets(sets: readonly ContextSet[]): ContextSets {
  const adding = sets.filter(({ addTags }) => addTags.length > 0);
  const byName = new Map<string, (readonly [TagExpression, Definition])[]>();
  for (const { expression, values } of sets) {
    for (const [name, definition] of values) {
      const having = byName.get(name);
      if (having === undefined) byName.set(name, [[expression, definition]]);
      else having.push([expression, definition]);
    }
  }
  return {
    withAddedTags: (tags) => withAddedTags(adding, tags),
    lookUp: (name, tags) => byName.get(name)?.find(([expression]) => matches(expression, tags))?.[1],
    names: new Set(byName.keys()),
    sets,
  };
}

/** Tags only ever come to it, as in the middleware: a set that fitted keeps what it added. */
function withAddedTags(adding: readonly ContextSet[], tags: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(tags);
  let waiting = adding;
  for (;;) {
    const before = all.size;
    const left: ContextSet[] = [];
    for (const set of waiting) {
      if (matches(set.expression, all)) for (const tag of set.addTags) all.add(tag);
      else left.push(set);
    }
    if (all.size === before) return all;
    waiting = left;
  }
}
