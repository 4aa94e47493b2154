/** A directory for tests of values per user: contexts and users written as small objects, changed by the test. */
import type { CascadeDirectory, ContextFacts, DirectoryDifference, Member } from "../../../cascade/index.ts";

export interface Listed {
  readonly context: number;
  readonly contextName?: string;
  readonly contextAttributes?: Readonly<Record<string, string>>;
  readonly user: number;
  readonly permissions?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface People extends CascadeDirectory {
  /** From now on these exist; listeners are told the difference that is given. */
  become(people: readonly Listed[], difference: DirectoryDifference): void;
}

const attributesOf = (listed: Readonly<Record<string, string>> = {}): Member["user"]["attributes"] =>
  new Map(Object.entries(listed).map(([name, text], at) => [name, { text, line: at + 1 }]));

export function createPeople(...first: readonly Listed[]): People {
  const listeners = new Set<(difference: DirectoryDifference) => void>();
  const contexts = new Map<number, ContextFacts>();
  const members = new Map<string, Member>();
  const take = (people: readonly Listed[]): void => {
    contexts.clear();
    members.clear();
    for (const { context: id, contextName: name = `context${id}`, user, permissions = [], ...one } of people) {
      const context = contexts.get(id) ?? { id, name, attributes: attributesOf(one.contextAttributes) };
      contexts.set(id, context);
      members.set(`${id}:${user}`, { context, user: { permissions, attributes: attributesOf(one.attributes) } });
    }
  };
  take(first);
  return {
    file: () => "people.yaml",
    describe: ({ contextId, userId }) => members.get(`${contextId}:${userId}`),
    context: (id) => contexts.get(id),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    become: (people, difference) => {
      take(people);
      for (const listener of listeners) listener(difference);
    },
  };
}
