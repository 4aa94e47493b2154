/**
 * The primary's sessions as a worker sees them: the same port, each call a question over IPC. A primary that does not
 * answer makes the sessions unreachable, so that nobody is refused for it: "nobody can tell just now", not "unknown".
 */
import { createListeners } from "../../auth/index.ts";
import type { Session, SessionEnd, SessionStore } from "../../auth/index.ts";
import { askingOf } from "./ask-primary.ts";
import type { Peer } from "./ipc.ts";
import { sessions } from "./protocol.ts";

/** @param onFault told what a listener threw; the other listeners are called all the same */
export function createRemoteSessionStore(primary: Peer, onFault: (fault: unknown) => void): SessionStore {
  const removals = createListeners<[Session, SessionEnd]>(onFault);
  primary.on(sessions.ended, ({ session, end }) => removals.tell(session, end));
  const ask = askingOf(primary);
  return {
    add: (session) => ask(sessions.add, session),
    peek: (id) => ask(sessions.peek, id),
    touch: (id) => ask(sessions.touch, id),
    update: (id, changes) => ask(sessions.update, { id, changes }),
    remove: (id, end) => ask(sessions.remove, { id, end }),
    ofUser: (contextId, userId) => ask(sessions.ofUser, { contextId, userId }),
    ofContext: (contextId) => ask(sessions.ofContext, contextId),
    onRemoved: (listener) => removals.add(listener),
  };
}

/** Lets one worker ask the primary's store. Ends of sessions are told by `tellEnds`, to all workers at once. */
export function serveSessions(worker: Peer, store: SessionStore): void {
  worker.answer(sessions.add, (session) => store.add(session));
  worker.answer(sessions.peek, (id) => store.peek(id));
  worker.answer(sessions.touch, (id) => store.touch(id));
  worker.answer(sessions.update, ({ id, changes }) => store.update(id, changes));
  worker.answer(sessions.remove, ({ id, end }) => store.remove(id, end));
  worker.answer(sessions.ofUser, ({ contextId, userId }) => store.ofUser(contextId, userId));
  worker.answer(sessions.ofContext, (contextId) => store.ofContext(contextId));
}

/** Tells workers each session that ends, whatever the cause. Returns the function that ends it. */
export const tellEnds = (store: Pick<SessionStore, "onRemoved">, workers: () => Iterable<Peer>): (() => void) =>
  store.onRemoved((session, end) => {
    for (const worker of workers()) worker.tell(sessions.ended, { session, end });
  });
