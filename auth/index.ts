/** What the server uses of `auth/`. */
export type { Context, Directory, DirectoryChange, User } from "./directory.ts";
export { createMemorySessionStore, type MemorySessionStore } from "./memory-session-store.ts";
export { isMultifactorPending, type Session } from "./session.ts";
export { isSessionId } from "./session-id.ts";
export type { AddRefusal, SessionEnd, SessionStore, SessionStoreLimits } from "./session-store.ts";
export { createValidator, type ValidatorDeps } from "./validator.ts";
export type { SessionRefusal, SessionRequest, Validator, Verdict } from "./verdict.ts";
