/** Finds the sessions in memory by id, by user and by authId. Knows neither limits nor life times: those are the store's. */

import type { Session } from "./session.ts";

export interface HeldSession {
  readonly session: Session;
  /** On the store's own clock. */
  touchedAtMs: number;
}

export interface SessionIndex<Held extends HeldSession = HeldSession> {
  insert(held: Held): void;
  /** False: it was not there. */
  delete(id: string): boolean;
  /** The one of this id, or none; so `byAuthId`. */
  byId(id: string): Iterable<Held>;
  ofUser(contextId: number, userId: number): Iterable<Held>;
  byAuthId(authId: string): Iterable<Held>;
  all(): Iterable<Held>;
  size(): number;
}

export function createSessionIndex<Held extends HeldSession = HeldSession>(): SessionIndex<Held> {
  const byId = new Map<string, Held>();
  const byUser = new Map<string, Map<string, Held>>();
  const byAuthId = new Map<string, Held>();
  return {
    insert: (held) => {
      const { id, authId } = held.session;
      const user = userKey(held.session);
      const ofUser = byUser.get(user) ?? new Map<string, Held>();
      byUser.set(user, ofUser.set(id, held));
      byId.set(id, held);
      byAuthId.set(authId, held);
    },
    delete: (id) => {
      const held = byId.get(id);
      if (held === undefined) return false;
      const user = userKey(held.session);
      const ofUser = byUser.get(user);
      ofUser?.delete(id);
      if (ofUser?.size === 0) byUser.delete(user); // no empty tables for users who are gone
      byId.delete(id);
      // two nodes may have taken the same authId at the same moment
      if (byAuthId.get(held.session.authId) === held) byAuthId.delete(held.session.authId);
      return true;
    },
    byId: (id) => atMostOne(byId.get(id)),
    byAuthId: (authId) => atMostOne(byAuthId.get(authId)),
    ofUser: (contextId, userId) => byUser.get(userKey({ contextId, userId }))?.values() ?? [],
    all: () => byId.values(),
    size: () => byId.size,
  };
}

const userKey = ({ contextId, userId }: Pick<Session, "contextId" | "userId">): string => `${contextId}:${userId}`;

const atMostOne = <Held>(held: Held | undefined): readonly Held[] => (held === undefined ? [] : [held]);
