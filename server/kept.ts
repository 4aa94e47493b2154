/** What a node remembers once, however many processes it is: each asks the same one. */
import type { LoginAttempts, SessionStore } from "../auth/index.ts";
import type { Repeats } from "./push/repeats.ts";

export interface Kept {
  /** Not asked where all nodes of a cluster share their sessions. */
  readonly sessions: SessionStore;
  readonly attempts: LoginAttempts;
  readonly repeats: Repeats;
}
