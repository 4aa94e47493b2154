/** What this node can say of settings and users to an administrator, joined from settings, users and refusals. */
import { sessionFingerprint } from "../auth/index.ts";
import type { LoadedSettings, PackageStatus, UserRef } from "../cascade/index.ts";
import type { Accounts } from "./accounts.ts";
import { entryOf, namesWith } from "./ops/admin/config-entry.ts";
import type { Inspector } from "./ops/admin/node-questions.ts";
import type { ConfigEntry } from "./ops/admin/config-entry.ts";
import type { KnownPerson, Person, Standing } from "./ops/admin/standing.ts";
import { createRefusalMemory } from "./ops/refusal-memory.ts";
import type { RefusalMemory } from "./ops/refusal-memory.ts";
import type { Sessions } from "./sessions.ts";
import { allSettings } from "./settings/index.ts";
import { websocketsEnabled } from "./settings/websockets.ts";
import { websocketPackage } from "./websocket-package.ts";

export interface InspectorDeps {
  readonly settings: LoadedSettings;
  readonly packageStatus: PackageStatus;
  readonly sessions: Pick<Sessions, "accounts" | "source">;
  readonly onFault: (what: string, cause: unknown) => void;
}

interface Unknown {
  readonly unknown: string;
}

/** Remembers refusals since it was made. */
export function createInspector(deps: InspectorDeps): Inspector & { readonly refusals: RefusalMemory } {
  const { settings, sessions } = deps;
  const byName = new Map(allSettings.map((setting) => [setting.name, setting]));
  const entry = (name: string, user: UserRef | undefined): ConfigEntry =>
    entryOf(name, user, { settings, declared: byName.get(name) });
  const identify = (person: Person): KnownPerson | Unknown => identifyIn(sessions.accounts, person);
  return {
    config: (prefix, person) => {
      const known = person === undefined ? undefined : identify(person);
      if (known !== undefined && "unknown" in known) return known;
      const user = known === undefined ? undefined : userOf(known);
      const names = namesWith(prefix, user, { settings, declared: byName.keys() });
      return {
        ...(known === undefined ? {} : { person: known }),
        entries: names.map((name) => entry(name, user)),
      };
    },
    standing: async (asked) => {
      const person = identify(asked);
      if ("unknown" in person) return person;
      const mayOpen = await mayOpenOf(person, deps); // first: a middleware's answer is where it comes from
      const users = await usersOf(person, sessions.accounts);
      return {
        person,
        package: { name: websocketPackage, ...deps.packageStatus },
        enabled: entry(websocketsEnabled.name, userOf(person)),
        ...(mayOpen === undefined ? {} : { mayOpen }),
        ...(users === undefined ? {} : { users }),
      };
    },
    refusals: createRefusalMemory(Date.now),
  };
}

const userOf = ({ context, user }: KnownPerson): UserRef => ({ contextId: context, userId: user });

/** The middleware's users are known by their ids only. */
function identifyIn(accounts: Accounts | undefined, { context, user }: Person): KnownPerson | Unknown {
  if (accounts === undefined) {
    if (isId(context) && isId(user)) return { context: Number(context), user: Number(user) };
    return { unknown: "users are the middleware's here: name context and user by their ids, as numbers" };
  }
  const found = accounts.directory.identify(context, user);
  if (found === undefined) return { unknown: "there is no context of that name" };
  const { contextId, userId, login } = found;
  if (userId === undefined) return { unknown: `nobody in context ${contextId} has that login` };
  return { context: contextId, user: userId, ...(login === undefined ? {} : { login }) };
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text);

/** Undefined: nobody could tell. */
const mayOpenOf = (person: KnownPerson, { sessions, onFault }: InspectorDeps): Promise<boolean | undefined> =>
  sessions.source.mayOpen(userOf(person)).catch((cause: unknown) => {
    onFault("could not ask whether a user may have sockets", cause);
    return undefined;
  });

async function usersOf(
  { context: contextId, user: userId }: KnownPerson,
  accounts: Accounts | undefined,
): Promise<Standing["users"]> {
  if (accounts === undefined) return undefined;
  const [context, user, sessions] = await Promise.all([
    accounts.directory.context(contextId),
    accounts.directory.user(contextId, userId),
    accounts.sessions.ofUser(contextId, userId),
  ]);
  const stateOf = (one: { readonly enabled: boolean } | undefined): "enabled" | "disabled" | "unknown" =>
    one === undefined ? "unknown" : one.enabled ? "enabled" : "disabled";
  return {
    context: stateOf(context),
    user: stateOf(user),
    guest: user?.guest === true,
    sessions: sessions.map(({ id }) => sessionFingerprint(id)),
  };
}
