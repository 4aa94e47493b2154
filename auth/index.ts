/** What the server uses of `auth/`. */
export { createAutologin, type Autologin } from "./autologin.ts";
export { TooBusyError } from "./bounded-work.ts";
export { equalSecrets } from "./constant-time.ts";
export { expectedHashes, headerOf, type HashRules } from "./cookie-hash.ts";
export {
  cookieNames,
  deletedCookies,
  deletions,
  sessionCookies,
  type Cookie,
  type CookieChannel,
  type CookieRules,
} from "./cookies.ts";
export { demoLogins } from "./demo-users.ts";
export { followDirectory } from "./directory-follower.ts";
export type { Context, Directory, DirectoryChange, User } from "./directory.ts";
export { createEmbeddedDirectory, DirectoryFileError, type EmbeddedDirectory } from "./embedded-directory.ts";
export { sessionFingerprint } from "./fingerprint.ts";
export { createLoginAttempts } from "./login-attempts.ts";
export { createLogin, userAgentOf, type Login, type LoginOutcome, type LoginRequest } from "./login.ts";
export { createLogout, type Logout } from "./logout.ts";
export { createMemorySessionStore, type MemorySessionStore } from "./memory-session-store.ts";
export { hashPassword } from "./password.ts";
export { checkSecret } from "./secret-check.ts";
export { isMultifactorPending, type Session } from "./session.ts";
export { isSessionId } from "./session-id.ts";
export type { AddRefusal, SessionEnd, SessionStore, SessionStoreLimits } from "./session-store.ts";
export { createValidator } from "./validator.ts";
export type { SessionRefusal, SessionRequest, Validator, Verdict } from "./verdict.ts";
