/**
 * What the cascade must know of a user, as a port: the server joins it with whoever knows users. All look-ups are
 * synchronous and answer from memory; nobody but the middleware's own REST knows users that the directory does not.
 */
import type { UserRef } from "./setting.ts";

/** Attributes with this prefix are values of settings. */
export const configPrefix = "config/";
/** The attribute of a context that holds tags. */
export const taxonomyTypes = "taxonomy/types";

/** A named text of a user or context, for example `config/com.openexchange.websockets.enabled`. */
export interface Attribute {
  readonly text: string;
  /** Where it stands, counted from 1; undefined: in no file. */
  readonly line: number | undefined;
}

export interface ContextFacts {
  readonly id: number;
  readonly name: string;
  /** By name, in full: `config/NAME`, `taxonomy/types`. */
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface UserFacts {
  /** By name, in full: `config/NAME`. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Names of permissions without the `uc` of their tags, for example `Task`. */
  readonly permissions: readonly string[];
}

/** A user together with the context. */
export interface Member {
  readonly user: UserFacts;
  readonly context: ContextFacts;
}

/** What differs after a change of the directory, for anybody. */
export interface DirectoryDifference {
  /** Names of attributes whose text differs, in full. */
  readonly attributes: ReadonlySet<string>;
  /** Whether a context's name or a user's permissions differ. */
  readonly others: boolean;
}

export interface CascadeDirectory {
  /** The file it comes from, for messages and provenance; undefined: none. */
  file(): string | undefined;
  /** When it was read, in milliseconds since the epoch; undefined: that is not known. */
  readAtMs?(): number | undefined;
  /**
   * The same object for the same user until the directory changes, then another one for all whose facts differ: what is
   * worked out for a user is kept by this object.
   */
  describe(user: UserRef): Member | undefined;
  /** The context alone, for a user who is not known. */
  context(contextId: number): ContextFacts | undefined;
  onChange(listener: (difference: DirectoryDifference) => void): () => void;
}
