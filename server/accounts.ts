/** Embedded users and sessions as a whole: directory, session store, validator and the routes on them. Joined from settings. */
import { checkSecret, createEmbeddedDirectory, createValidator, followDirectory } from "../auth/index.ts";
import type { EmbeddedDirectory, HashRules, SessionSource, SessionStore, User } from "../auth/index.ts";
import type { LoadedSettings, Settings } from "../cascade/index.ts";
import { createAccountRoutes } from "./account-routes.ts";
import type { AccountRoutes, AccountRoutesDeps } from "./account-routes.ts";
import type { ReadAside } from "./aside/read-aside.ts";
import { createIpCheck } from "./ip-check.ts";
import type { IpCheck } from "./ip-check.ts";
import type { Kept } from "./kept.ts";
import { createSessionStore } from "./session-store.ts";
import type { SessionStoreDeps } from "./session-store.ts";
import * as login from "./settings/login.ts";
import * as sessionSettings from "./settings/sessions.ts";
import { websocketsEnabled } from "./settings/websockets.ts";

export interface AccountsDeps
  extends Pick<AccountRoutesDeps, "packageStatus" | "clientOf" | "onRefused" | "nowMs">, SessionStoreDeps {
  readonly settings: LoadedSettings;
  /** How a reload reads the users; absent: in this thread. */
  readonly readAside?: Pick<ReadAside, "users"> | undefined;
  /** What another process keeps for this one. */
  readonly kept?: Kept | undefined;
}

export interface Accounts extends AccountRoutes {
  readonly directory: EmbeddedDirectory;
  readonly sessions: SessionStore;
  /** The sessions as the socket endpoint knows them. */
  readonly source: SessionSource;
  /** Read at the start; a reload reads it again. */
  readonly ipCheck: IpCheck;
  /** @throws {DirectoryFileError} */
  start(): Promise<void>;
  stop(): void;
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { settings, onFault } = deps;
  const directory = createDirectory(deps);
  const unuse = settings.useDirectory(directory.facts, ({ message }) => deps.warn(message));
  const sessions = createSessionStore(deps);
  const hashRules = hashRulesOf(settings);
  const ipCheck = createIpCheck(settings, settings.directories);
  const ipCheckFor = ipCheck.rulesFor;
  const mayOpen = (user: User): boolean =>
    settings.readFor(websocketsEnabled, { contextId: user.contextId, userId: user.id });
  const validate = createValidator({
    sessions,
    directory,
    hashRules,
    ipCheckFor,
    mayOpen,
    onFault: (fault) => onFault("a session could not be checked", fault),
  });
  const unfollow = followDirectory({
    directory,
    sessions,
    onFault: (fault) => onFault("could not end the sessions of changed users", fault),
  });
  return {
    ...createAccountRoutes({
      ...deps,
      directory,
      sessions,
      validate,
      hashRules,
      ipCheckFor,
      mayOpen,
      maxCountOf: (user) => directory.facts.describe(user)?.user.attributes.get("ajax.maxCount")?.text,
    }),
    directory,
    sessions,
    ipCheck,
    source: {
      validate,
      bearsSecret: (request, session) => checkSecret(session, request, hashRules) === undefined,
      isAlive: async ({ id }) => (await sessions.peek(id)) !== undefined,
      mayOpen: ({ contextId, userId }) => Promise.resolve(settings.readFor(websocketsEnabled, { contextId, userId })),
      follow: () => () => undefined, // the store tells by itself
      onEnded: (listener) => sessions.onRemoved(listener),
    },
    start: async () => {
      await directory.start();
      for (const says of await ipCheck.reload()) deps.warn(says);
      sessions.start();
    },
    stop: () => {
      unfollow();
      unuse();
      sessions.stop();
    },
  };
}

const createDirectory = ({ settings, readAside, onFault }: AccountsDeps): EmbeddedDirectory =>
  createEmbeddedDirectory({
    file: () => settings.read(login.directoryFile),
    readAside: readAside?.users,
    nowEpochMs: Date.now,
    onFault: (fault) => onFault("a listener of the directory failed", fault),
  });

const hashRulesOf = (settings: Settings): HashRules => ({
  source: settings.read(sessionSettings.cookieHash),
  salt: settings.read(sessionSettings.cookieHashSalt),
  fields: settings.read(sessionSettings.cookieHashFields),
});
