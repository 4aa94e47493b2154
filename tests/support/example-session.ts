/** A sound session, user and context for tests; each test changes only what it is about. */

import { randomBytes } from "node:crypto";
import type { Context, Session, User } from "../../auth/index.ts";

/** The User-Agent that the hash's published examples were made with. */
export const exampleUserAgent = "Mozilla/5.0 (X11; Linux x86_64) TestBrowser/1.0";

/** 32 lower-case hex characters, never the same twice. */
export const newHexId = (): string => randomBytes(16).toString("hex");

/** A session of user 3 in context 1 with ids of its own. Its hash is the one of the example User-Agent and client. */
export const exampleSession = (changes: Partial<Session> = {}): Session => ({
  id: newHexId(),
  secret: newHexId(),
  altId: newHexId(),
  authId: newHexId(),
  contextId: 1,
  userId: 3,
  userLogin: "anton",
  login: "anton@demo-context",
  locale: "en_US",
  client: "open-xchange-appsuite",
  userAgent: exampleUserAgent,
  localIp: "192.0.2.1",
  hash: "ewVgq30ckdZgPB629cI0bA",
  staySignedIn: false,
  guest: false,
  multifactor: false,
  multifactorAuthenticated: false,
  createdAtMs: 1_700_000_000_000,
  ...changes,
});

export const exampleUser = (changes: Partial<User> = {}): User => ({
  contextId: 1,
  id: 3,
  login: "anton",
  locale: "en_US",
  enabled: true,
  guest: false,
  multifactor: false,
  capabilities: ["webmail", "calendar"],
  ...changes,
});

export const exampleContext = (changes: Partial<Context> = {}): Context => ({
  id: 1,
  name: "demo-context",
  enabled: true,
  ...changes,
});
