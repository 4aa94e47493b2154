/**
 * What settings may depend on of a user: attributes and permissions, as one unchanging state, with what differs between
 * two of them. What an attribute means is not known here. Pure: files are read elsewhere.
 */
import type { ListedDirectory } from "./directory-file.ts";
import type { Attribute } from "./directory.ts";

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

/** Whoever came or went differs in all that the user has. Plain loops: ten thousand users stand in one turn of the event loop. */
export function factsDifference(before: DirectoryFacts, after: DirectoryFacts): FactsDifference {
  const attributes = new Set<string>();
  let others = false;
  const compare = (was: Owner = nobody, is: Owner = nobody): void => {
    for (const [name, { text }] of was.attributes) if (is.attributes.get(name)?.text !== text) attributes.add(name);
    for (const name of is.attributes.keys()) if (!was.attributes.has(name)) attributes.add(name);
    others ||= !sameList(was.permissions ?? [], is.permissions ?? []);
  };
  for (const id of new Set([...before.contexts.keys(), ...after.contexts.keys()])) {
    const [was, is] = [before.contexts.get(id), after.contexts.get(id)];
    others ||= was?.context.name !== is?.context.name;
    compare(was?.context, is?.context);
    compareMembers(was?.members ?? none, is?.members ?? none, compare);
  }
  return { attributes, others };
}

type Owner = Pick<UserFacts, "attributes"> & Partial<UserFacts>;
const nobody: Owner = { attributes: new Map() };
const none: ContextMembers["members"] = new Map();

function compareMembers(
  was: ContextMembers["members"],
  is: ContextMembers["members"],
  compare: (was?: Owner, is?: Owner) => void,
): void {
  for (const [id, member] of was) compare(member.user, is.get(id)?.user);
  for (const [id, member] of is) if (!was.has(id)) compare(undefined, member.user);
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, at) => item === b[at]);
