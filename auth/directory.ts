/** Who exists: contexts and users. The embedded directory implements it from a file or with the demo users. */

export interface Context {
  readonly id: number;
  readonly name: string;
  readonly enabled: boolean;
}

export interface User {
  readonly contextId: number;
  readonly id: number;
  /** The user part of the login. */
  readonly login: string;
  readonly locale: string;
  readonly enabled: boolean;
  readonly guest: boolean;
  /** A second factor is demanded at login. */
  readonly multifactor: boolean;
  /** Capabilities besides `websocket`, for example `webmail`. */
  readonly capabilities: readonly string[];
}

/** A named text of a user or context, for example `config/com.openexchange.websockets.enabled`. */
export interface Attribute {
  readonly text: string;
  /** Where it stands in the directory file, counted from 1. */
  readonly line: number | undefined;
}

export interface Directory {
  context(contextId: number): Promise<Context | undefined>;
  user(contextId: number, userId: number): Promise<User | undefined>;
  /** Finds the user of a login name (`USER`, `USER@CONTEXTNAME`, `USER@CONTEXTID`) whose password fits; undefined for every other outcome, in similar time. */
  authenticate(login: string, password: string): Promise<User | undefined>;
  /** Calls back after each change (a reload of the file). Returns the function that ends it. */
  onChange(listener: (change: DirectoryChange) => void): () => void;
}

/** What a reload changed to the disadvantage of sessions: whose sessions must end. */
export interface DirectoryChange {
  readonly disabledContexts: readonly number[];
  readonly disabledUsers: readonly { readonly contextId: number; readonly userId: number }[];
  readonly changedPasswords: readonly { readonly contextId: number; readonly userId: number }[];
}
