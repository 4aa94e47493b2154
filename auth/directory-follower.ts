/** Ends the sessions of those who lost their right to one: disabled, gone, or with a new password. */

import type { Directory, DirectoryChange } from "./directory.ts";
import type { Session } from "./session.ts";
import type { SessionEnd, SessionStore } from "./session-store.ts";

export interface DirectoryFollowerDeps {
  readonly directory: Pick<Directory, "onChange">;
  readonly sessions: Pick<SessionStore, "ofUser" | "ofContext" | "remove">;
  /** Told what the store failed with. The validator refuses disabled users all the same. */
  readonly onFault: (fault: unknown) => void;
}

/** Begins to follow the directory's changes. Returns the function that ends it. */
export function followDirectory({ directory, sessions, onFault }: DirectoryFollowerDeps): () => void {
  return directory.onChange((change) => void endSessions(change, sessions).catch(onFault));
}

async function endSessions(change: DirectoryChange, sessions: DirectoryFollowerDeps["sessions"]): Promise<void> {
  const end = async (found: Promise<readonly Session[]>, why: SessionEnd): Promise<void> => {
    await Promise.all((await found).map(({ id }) => sessions.remove(id, why))); // at once: there may be thousands
  };
  for (const id of change.disabledContexts) await end(sessions.ofContext(id), "context-disabled");
  for (const { contextId, userId } of change.disabledUsers)
    await end(sessions.ofUser(contextId, userId), "user-disabled");
  for (const { contextId, userId } of change.changedPasswords)
    await end(sessions.ofUser(contextId, userId), "password-changed");
}
