/**
 * What settings may depend on of a user: attributes and permissions, as one unchanging state, with what differs between
 * two of them. What an attribute means is not known here. Pure: files are read elsewhere.
 */
import type { ListedDirectory } from "./directory-file.ts";

/** A named text of a user or context, for example `config/com.openexchange.websockets.enabled`. */
export interface Attribute {
  readonly text: string;
  /** Where it stands in the directory file, counted from 1. */
  readonly line: number | undefined;
}

export interface ContextFacts {
  readonly id: number;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface UserFacts {
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** For example `Task`. */
  readonly permissions: readonly string[];
}

/** A user together with the context: one object, the same until the file is read again. */
export interface Member {
  readonly user: UserFacts;
  readonly context: ContextFacts;
}

export interface FactsDifference {
  /** Names of attributes whose text differs for some user or context, in full. */
  readonly attributes: ReadonlySet<string>;
  /** Whether a context's name or a user's permissions differ. */
  readonly others: boolean;
}

export interface DirectoryFacts {
  context(id: number): ContextFacts | undefined;
  describe(user: { readonly contextId: number; readonly userId: number }): Member | undefined;
  readonly contexts: ReadonlyMap<number, ContextMembers>;
}

interface ContextMembers {
  readonly context: ContextFacts;
  readonly members: ReadonlyMap<number, Member>;
}

export function factsOf(listed: ListedDirectory): DirectoryFacts {
  const contexts = new Map(
    listed.contexts.map(({ id, name, attributes, users }) => {
      const context = { id, name, attributes };
      const members = users.map((user): [number, Member] => [
        user.id,
        { user: { attributes: user.attributes, permissions: user.permissions }, context },
      ]);
      return [id, { context, members: new Map(members) }];
    }),
  );
  return {
    context: (id) => contexts.get(id)?.context,
    describe: ({ contextId, userId }) => contexts.get(contextId)?.members.get(userId),
    contexts,
  };
}

/** Whoever came or went differs in all that the user has. */
export function factsDifference(before: DirectoryFacts, after: DirectoryFacts): FactsDifference {
  const attributes = new Set<string>();
  let others = false;
  const [was, is] = [allFacts(before), allFacts(after)];
  for (const [key, { attribute }] of [...was, ...is]) {
    if (was.get(key)?.text === is.get(key)?.text) continue;
    if (attribute === undefined) others = true;
    else attributes.add(attribute);
  }
  return { attributes, others };
}

interface Fact {
  /** Undefined: a name or permissions. */
  readonly attribute: string | undefined;
  readonly text: string;
}

/** Every single fact by whose it is. */
function allFacts({ contexts }: DirectoryFacts): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>();
  const add = (owner: string, attributes: ReadonlyMap<string, Attribute>, other: string): void => {
    if (other !== "") facts.set(owner, { attribute: undefined, text: other });
    for (const [attribute, { text }] of attributes) facts.set(`${owner} ${attribute}`, { attribute, text });
  };
  for (const [id, { context, members }] of contexts) {
    add(String(id), context.attributes, context.name);
    for (const [userId, { user }] of members) add(`${id}:${userId}`, user.attributes, user.permissions.join());
  }
  return facts;
}
