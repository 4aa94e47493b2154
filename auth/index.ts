/** What the server uses of `auth/`. */
export { TooBusyError } from "./bounded-work.ts";
export { equalSecrets } from "./constant-time.ts";
export { demoLogins } from "./demo-users.ts";
export type { Context, Directory, DirectoryChange, User } from "./directory.ts";
export {
  createEmbeddedDirectory,
  DirectoryFileError,
  type DirectoryReload,
  type EmbeddedDirectory,
} from "./embedded-directory.ts";
export { sessionFingerprint } from "./fingerprint.ts";
export { createMemorySessionStore, type MemorySessionStore } from "./memory-session-store.ts";
export { hashPassword } from "./password.ts";
export { isMultifactorPending, type Session } from "./session.ts";
export { isSessionId } from "./session-id.ts";
export type { AddRefusal, SessionEnd, SessionStore, SessionStoreLimits } from "./session-store.ts";
export { createValidator, type ValidatorDeps } from "./validator.ts";
export type { SessionRefusal, SessionRequest, Validator, Verdict } from "./verdict.ts";
