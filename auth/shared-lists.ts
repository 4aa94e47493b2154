/** Searching and counting shared sessions: at the members and here; only here while nobody answers. */

import type { KnownSession } from "./known-sessions.ts";
import type { Ledger } from "./session-ledger.ts";
import { searchValues } from "./session-record.ts";
import type { SessionStoreLimits } from "./session-store.ts";
import { asUnreachable } from "./shared-look-up.ts";
import type { SharedParts } from "./shared-parts.ts";
import type { SharedFields } from "./shared-sessions.ts";

/** What to look for at the members, and the same among what is known here. */
export interface Where {
  readonly field: string;
  readonly value: string | number;
  readonly here: (known: Ledger["known"]) => Iterable<KnownSession>;
}

export const ofUser = (contextId: number, userId: number): Where => ({
  field: "user",
  value: searchValues.user(contextId, userId),
  here: (known) => known.ofUser(contextId, userId),
});
export const ofContext = (contextId: number): Where => ({
  field: "context",
  value: searchValues.context(contextId),
  here: (known) => [...known.all()].filter(({ session }) => session.contextId === contextId),
});
export const ofAuthId = (authId: string): Where => ({
  field: "auth",
  value: searchValues.auth(authId),
  here: (known) => known.byAuthId(authId),
});

/** Live sessions; those known here only, while nobody answers. */
export async function listSessions(
  { field, value, here }: Where,
  parts: SharedParts,
): Promise<readonly KnownSession[]> {
  const { ledger, life, reach, shared } = parts;
  const locals = (): readonly KnownSession[] => [...here(ledger.known)];
  const look = async (): Promise<void> => {
    const records = await reach.ask(() => shared.records.where(field, value));
    const keys = [...new Set([...records.keys(), ...locals().map(({ key }) => key)])];
    const ends = keys.length === 0 ? new Map<string, SharedFields>() : await reach.ask(() => shared.ends.getAll(keys));
    for (const key of keys) ledger.judge(key, records.get(key), ends.get(key));
  };
  if (!reach.isSilent) await look().catch(asUnreachable);
  return locals().filter((held) => !life.isOver(held));
}

/** All live sessions; those known here only, while nobody answers. */
export async function countSessions(
  { ledger, life, limits, reach, shared }: SharedParts & { readonly limits: () => SessionStoreLimits },
  compare: (keys: readonly string[]) => Promise<void>,
): Promise<number> {
  const known = (): readonly KnownSession[] => [...ledger.known.all()];
  const count = async (): Promise<number> =>
    (await reach.ask(() => shared.records.count())) + known().filter(({ written }) => written === undefined).length;
  const here = (): number => {
    const isOver = life.over();
    return known().filter((held) => !isOver(held)).length;
  };
  if (reach.isSilent) return here();
  try {
    const all = await count();
    if (all < limits().maxSessions) return all;
    const over = known().filter(life.over());
    await compare(over.map(({ key }) => key)); // they make room first
    return await count();
  } catch (fault) {
    asUnreachable(fault);
    return here();
  }
}
