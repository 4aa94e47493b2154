/**
 * What the App Suite middleware says of a user, before everything that is written here: it has searched its own scopes,
 * so what it defines wins, whatever `final` stands in files here. Where it defines nothing, the scopes here are searched.
 * Not here: asking. Whoever needs a value has it asked for before reading it; reads are look-ups of the last answer.
 */
import type { Definition, Resolution } from "./scopes.ts";
import type { Setting, UserRef } from "./setting.ts";
import type { State } from "./state.ts";
import type { DirectoryCheck } from "./user-view.ts";

/** The middleware's answers, as a port: the server joins it with whoever asks. */
export interface MiddlewareValues {
  /** Undefined: not defined there, or not asked. */
  lookUp(name: string, user: UserRef): string | undefined;
}

/** Reads of users: the middleware's answers first, if there is a middleware. */
export interface UserReads {
  readFor<T>(setting: Setting<T>, user: UserRef): T;
  resolve(name: string, user?: UserRef): Resolution;
  names(user?: UserRef): ReadonlySet<string>;
  tags(user: UserRef): ReadonlySet<string>;
}

export interface UserReadsDeps {
  readonly middleware: () => MiddlewareValues | undefined;
  readonly known: readonly Setting<unknown>[];
  /** What is in force here. */
  readonly here: () => Pick<State, "entries" | "readFor" | "resolve" | "viewOf">;
  readonly check: Pick<DirectoryCheck, "value">;
}

export function createUserReads({ middleware, known, here, check }: UserReadsDeps): UserReads {
  const ofServer = new Set(known.filter(({ cascade }) => !cascade).map(({ name }) => name));
  const lookUp = (name: string, user: UserRef | undefined): Definition | undefined => {
    if (user === undefined || ofServer.has(name)) return undefined;
    const text = middleware()?.lookUp(name, user);
    return text === undefined ? undefined : { text, scope: "middleware", origin: { from: "middleware" } };
  };
  return {
    readFor: (setting, user) => {
      const there = middleware() === undefined ? undefined : lookUp(setting.name, user);
      if (there === undefined) return here().readFor(setting, user);
      const parsed = setting.value.parse(there.text);
      if (!parsed.ok || parsed.odd !== undefined) check.value(setting, there);
      return parsed.ok ? parsed.value : setting.default;
    },
    resolve: (name, user) => {
      const there = lookUp(name, user);
      const local = here().resolve(name, user);
      if (there === undefined) return local;
      const { value, shadowed } = local;
      return { ...local, value: there, shadowed: value === undefined ? shadowed : [value, ...shadowed] };
    },
    names: (user) => {
      if (user === undefined) return new Set(here().entries.keys());
      const there = known.filter(({ name }) => lookUp(name, user) !== undefined).map(({ name }) => name);
      return new Set([...here().viewOf(user).names(), ...there]);
    },
    tags: (user) => here().viewOf(user).tags(),
  };
}
