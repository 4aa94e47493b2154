/** Does a request prove that its session is its own? The id stands in URLs and logs; the secret only in a cookie. */

import { equalSecrets } from "./constant-time.ts";
import { expectedHashes, type HashRules } from "./cookie-hash.ts";
import { cookieNames } from "./cookies.ts";
import type { Session } from "./session.ts";
import type { SessionRefusal, SessionRequest } from "./verdict.ts";

type Asked = Pick<SessionRequest, "cookies" | "headers" | "purpose">;

/** The hash in the name of the cookie that proves this session, so that it can be written anew; undefined: none does. */
export const provenHash = (session: Session, request: Asked, rules: HashRules): string | undefined =>
  expectedHashes(session, request, rules).find((hash) => {
    const value = request.cookies[cookieNames.secret(hash)];
    return value !== undefined && equalSecrets(value, session.secret);
  });

/** Values of the secret cookies that are present under a name expected for this session. */
const presented = (session: Session, request: Asked, rules: HashRules): readonly string[] =>
  expectedHashes(session, request, rules)
    .map((hash) => request.cookies[cookieNames.secret(hash)])
    .filter((value) => value !== undefined);

/** `secret-missing` when no secret cookie is there under an expected name; undefined when one is. */
export const missingSecret = (session: Session, request: Asked, rules: HashRules): SessionRefusal | undefined =>
  presented(session, request, rules).length === 0 ? "secret-missing" : undefined;

/** `secret-mismatch` when no secret cookie that is there holds the session's secret; undefined when one does. */
export const wrongSecret = (session: Session, request: Asked, rules: HashRules): SessionRefusal | undefined =>
  presented(session, request, rules).some((value) => equalSecrets(value, session.secret))
    ? undefined
    : "secret-mismatch";

/** Both checks, in the order of a regular request. */
export const checkSecret = (session: Session, request: Asked, rules: HashRules): SessionRefusal | undefined =>
  missingSecret(session, request, rules) ?? wrongSecret(session, request, rules);
