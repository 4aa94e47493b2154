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

/** Whoever came or went differs in all that the user has. */
export function factsDifference(before: DirectoryFacts, after: DirectoryFacts): FactsDifference {
  const attributes = new Set<string>();
  let others = false;
  const compare = (was: Owner | undefined, is: Owner | undefined): void => {
    for (const [name, one, other] of pairsOf(was?.attributes ?? none, is?.attributes ?? none))
      if (one?.text !== other?.text) attributes.add(name);
    others ||= (was?.permissions ?? []).join() !== (is?.permissions ?? []).join();
  };
  for (const [, was, is] of pairsOf(before.contexts, after.contexts)) {
    others ||= was?.context.name !== is?.context.name;
    compare(was?.context, is?.context);
    for (const [, one, other] of pairsOf(was?.members ?? none, is?.members ?? none)) compare(one?.user, other?.user);
  }
  return { attributes, others };
}

type Owner = Pick<UserFacts, "attributes"> & Partial<UserFacts>;

const none: ReadonlyMap<never, never> = new Map<never, never>();

/** All keys of two maps with what each holds. */
function* pairsOf<K, V>(
  was: ReadonlyMap<K, V>,
  is: ReadonlyMap<K, V>,
): Generator<readonly [key: K, was: V | undefined, is: V | undefined]> {
  for (const [key, value] of was) yield [key, value, is.get(key)];
  for (const [key, value] of is) if (!was.has(key)) yield [key, undefined, value];
}
