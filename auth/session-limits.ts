/** How many sessions there may be: the same rule for every store. */

import type { Session } from "./session.ts";
import type { AddRefusal, SessionStoreLimits } from "./session-store.ts";

/**
 * The limit that one more session would exceed.
 * @param size live sessions in all
 * @param ofUser the live ones of the session's user
 */
export function exceededLimit(
  session: Session,
  size: number,
  ofUser: readonly Session[],
  limits: SessionStoreLimits,
): AddRefusal | undefined {
  const ofClient = ofUser.filter(({ client }) => client === session.client);
  if (size >= limits.maxSessions) return "limit-total";
  if (limits.maxSessionsPerUser > 0 && ofUser.length >= limits.maxSessionsPerUser) return "limit-user";
  if (limits.maxSessionsPerClient > 0 && ofClient.length >= limits.maxSessionsPerClient) return "limit-client";
  return undefined;
}
