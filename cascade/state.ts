/**
 * All values of one load, ready to be read. A state never changes; a reload builds the next one aside, and readers see one
 * or the other. What is worked out for a user is kept with the directory's answer about the user and goes with it.
 */
import { createContextSets, type ContextSet, type ContextSets } from "./context-sets.ts";
import type { CascadeDirectory, ContextFacts, Member } from "./directory.ts";
import type { Metadata, Resolution, ScopeName, ScopeSource } from "./scopes.ts";
import type { LoadTimes } from "./load-times.ts";
import type { Entries } from "./server-scope.ts";
import type { Setting, UserRef } from "./setting.ts";
import { createUserView, type Person, type UserView, type ViewDeps } from "./user-view.ts";
import { createValues, type ReadValue } from "./values.ts";

/** What is written down, apart from what the directory says. */
export interface Written {
  readonly entries: Entries;
  /** Of names at server scope. */
  readonly metadata: ReadonlyMap<string, Metadata>;
  /** In the order in which they are asked. */
  readonly sets: readonly ContextSet[];
  /** Absent: nobody kept the time. */
  readonly times?: LoadTimes;
}

export interface State extends Written {
  readonly contextSets: ContextSets;
  /** The value at server scope. */
  readonly read: ReadValue;
  readFor<T>(setting: Setting<T>, user: UserRef): T;
  /** @param user undefined: the server scope alone, `final` or not. */
  resolve(name: string, user: UserRef | undefined): Resolution;
  viewOf(user: UserRef): UserView;
}

export interface StateDeps extends Pick<ViewDeps, "check"> {
  readonly order: readonly ScopeName[];
  /** Asked each time; undefined: no directory, so nobody is known. */
  readonly directory: () => CascadeDirectory | undefined;
}

/** Contexts that the directory does not know, of which the views are kept. */
const maxStrangers = 1_000;

export function createState(written: Written, deps: StateDeps): State {
  const contextSets = createContextSets(written.sets);
  const server = serverSource(written);
  const values = createValues(({ name }) => written.entries.get(name));
  const known = new WeakMap<Member | ContextFacts, UserView>();
  const strangers = new Map<number, UserView>();
  const viewDeps = { order: deps.order, server, contextSets, check: deps.check };

  const create = (person: Person): UserView => createUserView({ ...viewDeps, file: deps.directory()?.file() }, person);

  function viewOf(user: UserRef): UserView {
    const member = deps.directory()?.describe(user);
    if (member === undefined) return viewOfUnknown(user);
    const kept = known.get(member);
    if (kept !== undefined) return kept;
    const view = create({ contextId: user.contextId, context: member.context, member });
    known.set(member, view);
    return view;
  }

  /** Nobody knows the user, but the context may be known. */
  function viewOfUnknown({ contextId }: UserRef): UserView {
    const context = deps.directory()?.context(contextId);
    const kept = context === undefined ? strangers.get(contextId) : known.get(context);
    if (kept !== undefined) return kept;
    const view = create({ contextId, context, member: undefined });
    if (context !== undefined) known.set(context, view);
    else {
      if (strangers.size >= maxStrangers) strangers.clear();
      strangers.set(contextId, view);
    }
    return view;
  }

  return {
    ...written,
    contextSets,
    read: values,
    readFor: (setting, user) => (setting.cascade ? viewOf(user).get(setting) : values(setting)),
    resolve: (name, user) => {
      if (user !== undefined) return viewOf(user).resolve(name);
      const value = server.lookUp(name);
      return { ...(value === undefined ? {} : { value }), shadowed: [] };
    },
    viewOf,
  };
}

const serverSource = ({ entries, metadata }: Written): ScopeSource => ({
  scope: "server",
  lookUp: (name) => {
    const entry = entries.get(name);
    return entry === undefined ? undefined : { text: entry.text, scope: "server", origin: entry.origin };
  },
  metadata: (name) => metadata.get(name),
  names: () => entries.keys(),
});
