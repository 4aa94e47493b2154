/**
 * Ends the sockets of users for whom web sockets were switched off, as such a browser must not come back with its session.
 * Every open socket is looked at, since a change of tags or of a context set tells no user; in slices, since a node may
 * have very many and each first look at a user after a reload works out all that counts for that user.
 */
import { setImmediate as otherWork } from "node:timers/promises";
import type { OpenSocket, OpenSockets } from "./open-sockets.ts";

export interface EndDisabledDeps {
  readonly openSockets: Pick<OpenSockets, "all" | "end">;
  readonly mayOpen: (user: { readonly contextId: number; readonly userId: number }) => Promise<boolean>;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly onFault: (what: string, cause: unknown) => void;
}

/** Of the event loop, at a time. */
const sliceMs = 5;
/** With a middleware each look may be a question; these are asked at once. */
const mostAtOnce = 250;

/** @returns a function that looks at all sockets; called while it does, it looks once more. Resolves when none is left to look at; never rejects. */
export function createEndDisabled(deps: EndDisabledDeps): () => Promise<void> {
  let walking: Promise<void> | undefined;
  let isWanted = false;
  const walkAll = async (): Promise<void> => {
    try {
      while (isWanted) {
        isWanted = false;
        await walk(deps);
      }
    } finally {
      walking = undefined;
    }
  };
  return () => {
    isWanted = true;
    return (walking ??= walkAll());
  };
}

async function walk(deps: EndDisabledDeps): Promise<void> {
  let asked: Promise<void>[] = [];
  let startedMs = deps.nowMs();
  for (const socket of [...deps.openSockets.all()]) {
    asked.push(look(socket, deps));
    if (asked.length < mostAtOnce && deps.nowMs() - startedMs < sliceMs) continue;
    await Promise.all(asked);
    await otherWork();
    asked = [];
    startedMs = deps.nowMs();
  }
  await Promise.all(asked);
}

const look = (socket: OpenSocket, { openSockets, mayOpen, onFault }: EndDisabledDeps): Promise<void> =>
  mayOpen(socket.facts)
    .then((may) => (may ? undefined : openSockets.end(socket, "feature-disabled")))
    .catch((cause: unknown) => onFault("could not end the sockets of a user who may have none any more", cause));
