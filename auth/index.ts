/** What the server uses of `auth/`. */
export { isInRange, normalAddress, parseAddressRange, subscriberOf, type AddressRange } from "./address.ts";
export { createAutologin, type Autologin } from "./autologin.ts";
export { TooBusyError } from "./bounded-work.ts";
export { equalSecrets } from "./constant-time.ts";
export { expectedHashes, headerOf, type HashRules } from "./cookie-hash.ts";
export {
  cookieNames,
  deletedCookies,
  deletions,
  dueCookies,
  sessionCookies,
  type Cookie,
  type CookieChannel,
  type CookieRules,
} from "./cookies.ts";
export { demoLogins } from "./demo-users.ts";
export { readDirectory, type ListedContext, type ReadDirectory } from "./directory-file.ts";
export { followDirectory } from "./directory-follower.ts";
export type { Context, Directory, DirectoryChange, User } from "./directory.ts";
export { createEmbeddedDirectory, DirectoryFileError, type EmbeddedDirectory } from "./embedded-directory.ts";
export { createFixedWindow, type FixedWindow } from "./fixed-window.ts";
export { sessionFingerprint } from "./fingerprint.ts";
export { readExemptRanges, type IpCheckFor, type IpCheckRules } from "./ip-check.ts";
export { createListeners } from "./listeners.ts";
export { createLoginAttempts, type LoginAttempts } from "./login-attempts.ts";
export { createLogin, userAgentOf, type Login, type LoginOutcome, type LoginRequest } from "./login.ts";
export { createLogout, type Logout } from "./logout.ts";
export { createMemorySessionStore, type MemorySessionStore } from "./memory-session-store.ts";
export { hashPassword } from "./password.ts";
export { checkSecret, provenHash } from "./secret-check.ts";
export { isMultifactorPending, type Session } from "./session.ts";
export { createSeal, minSealKeyLength } from "./session-seal.ts";
export { isSessionId } from "./session-id.ts";
export type { SessionSource, SocketsEnd } from "./session-source.ts";
export type { AddRefusal, SessionEnd, SessionStore, SessionStoreLimits } from "./session-store.ts";
export { createSharedSessionStore } from "./shared-session-store.ts";
export { sharedSessionFields, SessionsUnreachableError } from "./shared-sessions.ts";
export { createHttpUpstream } from "./middleware/http-upstream.ts";
export { MiddlewareFault } from "./middleware/fault.ts";
export type { Meter } from "./middleware/meter.ts";
export { createMiddlewareSource, type MiddlewareSource } from "./middleware/middleware-source.ts";
export type { UpstreamState } from "./middleware/upstreams.ts";
export type { UserValues } from "./middleware/user-values.ts";
export type { WhoAmIRules } from "./middleware/whoami.ts";
export { createValidator } from "./validator.ts";
export type { SessionRefusal, SessionRequest, Validator, Verdict } from "./verdict.ts";
