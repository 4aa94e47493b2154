/** How a session is told to its own client: the answer to a login, and to whoami. */

import { isMultifactorPending, type Session } from "../../auth/index.ts";

export interface SessionFields {
  readonly session: string;
  readonly user: string;
  readonly user_id: number;
  readonly context_id: number;
  readonly locale: string;
  /** Only there, and then true, while the second factor is still to be shown. */
  readonly requires_multifactor?: true;
}

export const sessionFields = (session: Session): SessionFields => ({
  session: session.id,
  user: session.userLogin,
  user_id: session.userId,
  context_id: session.contextId,
  locale: session.locale,
  ...(isMultifactorPending(session) ? { requires_multifactor: true } : {}),
});
