/**
 * What a setting is: one declaration that parsing, defaults, documentation and checks all come from.
 * Not here: where values come from (sources) and which one wins (settings). Declarations live beside their users.
 */

/** The outcome of reading a text as a value. `odd` is a warning: the text means what `value` says, but probably not what was meant. */
export type Parsed<T> = { readonly ok: true; readonly value: T; readonly odd?: string } | { readonly ok: false };

/** How a text becomes a value. Never throws. */
export interface ValueType<T> {
  /** The word the documentation uses for it: `boolean`, `integer`, `list`, ... */
  readonly type: string;
  /** What messages and documentation say is allowed: `true or false`, `a whole number from 0 to 65535`, ... */
  readonly allowed: string;
  parse(text: string): Parsed<T>;
}

/** One setting. Its default stands here and nowhere else. */
export interface Setting<T> {
  readonly name: string;
  readonly value: ValueType<T>;
  /** Unit of the value, for example `ms` or `bytes`. Absent: it has none. */
  readonly unit?: string;
  readonly default: T;
  /** How the documentation prints the default, where the value itself says little (for example an empty list). */
  readonly defaultText?: string;
  /** True: may be set per user, context and context set. False: server scope only. */
  readonly cascade: boolean;
  /** True: a reload applies it. False: it needs a restart, and a reload says so when it changed. */
  readonly reload: boolean;
  /** True: its value is never printed. */
  readonly secret: boolean;
  /** What it does, for operators. */
  readonly text: string;
}

/** Names of ours begin with this; all others belong to the middleware. */
export const ownPrefix = "com.openexchange.oxbow.";

/** Declares a setting; exists so that a declaration's type is inferred from its value type. */
export const setting = <const T>(declaration: Setting<T>): Setting<T> => declaration;

/** A user as the cascade knows it. */
export interface UserRef {
  readonly contextId: number;
  readonly userId: number;
}

/** What readers of settings hold: they never learn which scope a value came from. */
export interface Settings {
  /** The value at server scope. */
  read<T>(setting: Setting<T>): T;
  /** The value for one user: the most specific scope that defines it. For a setting without cascade the same as `read`. */
  readFor<T>(setting: Setting<T>, user: UserRef): T;
  /** Calls back after a reload with the names whose effective value changed. Returns the function that ends it. */
  onChange(listener: (names: ReadonlySet<string>) => void): () => void;
}
