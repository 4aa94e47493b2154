/** Where embedded sessions are kept: by this node for itself, or shared with the nodes of its cluster. From settings. */
import { createMemorySessionStore, createSeal, createSharedSessionStore, sharedSessionFields } from "../auth/index.ts";
import type { SessionStore, SessionStoreLimits } from "../auth/index.ts";
import type { Settings } from "../cascade/index.ts";
import type { LateMaps } from "./cluster/late-maps.ts";
import type { Kept } from "./kept.ts";
import { hazelcastEnabled } from "./settings/cluster.ts";
import { sessionSource } from "./settings/middleware.ts";
import * as sessionSettings from "./settings/sessions.ts";
import { sessionKey, sessionOutageTime } from "./settings/shared-sessions.ts";

export interface SessionStoreDeps {
  readonly settings: Settings;
  /** Of the cluster, when it is joined. */
  readonly maps: LateMaps;
  /** What another process keeps for this one. */
  readonly kept?: Pick<Kept, "sessions"> | undefined;
  readonly warn: (message: string) => void;
  readonly onFault: (what: string, cause: unknown) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

export interface RunningSessionStore extends SessionStore {
  start(): void;
  stop(): void;
}

export function createSessionStore(deps: SessionStoreDeps): RunningSessionStore {
  const { settings, maps, kept, warn } = deps;
  if (!areSessionsShared(settings)) {
    return kept === undefined
      ? createOwnSessionStore(deps)
      : { ...kept.sessions, start: () => undefined, stop: () => undefined };
  }
  return createSharedSessionStore({
    ...commonOf(deps),
    shared: { records: maps.map("sessions", sharedSessionFields), ends: maps.map("session-ends", []) },
    seal: createSeal(lastKeys(settings, warn)),
    nowEpochMs: Date.now,
    offlineMs: () => settings.read(sessionOutageTime),
  });
}

/** The store of a node, or of all processes of a node, that shares its sessions with no other. */
export function createOwnSessionStore(deps: Omit<SessionStoreDeps, "maps" | "kept">): RunningSessionStore {
  const store = createMemorySessionStore(commonOf(deps));
  return {
    ...store,
    start: () => {
      const { settings } = deps;
      const isMeantForAll = settings.read(hazelcastEnabled) && settings.read(sessionSource) === "embedded";
      if (isMeantForAll && !areSessionsShared(settings)) deps.warn(notShared);
      store.start();
    },
  };
}

/** Whether the sessions of all nodes of the cluster are the same. */
export const areSessionsShared = (settings: Settings): boolean =>
  settings.read(hazelcastEnabled) && keysOf(settings).length > 0;

const commonOf = ({ settings, nowMs, onFault }: Omit<SessionStoreDeps, "maps" | "kept">) => ({
  nowMs,
  limits: (): SessionStoreLimits => sessionLimits(settings),
  onFault: (fault: unknown): void => onFault("the session store or a listener of it failed", fault),
});

const notShared =
  "SESSIONS ARE NOT SHARED: a session counts at the node of its log-in only. To share them set the same key, " +
  `at least 32 random characters, on every node: ${sessionKey.name}=... (for example from: openssl rand -base64 32)`;

const keysOf = (settings: Settings): readonly string[] =>
  settings
    .read(sessionKey)
    .split(/\s+/)
    .filter((key) => key !== "");

/** A key that a reload takes away altogether stays in force: the sessions that it seals are still there. */
function lastKeys(settings: Settings, warn: (message: string) => void): () => readonly string[] {
  let last = keysOf(settings);
  settings.onChange((names) => {
    if (names.has(sessionKey.name) && keysOf(settings).length === 0)
      warn(`${sessionKey.name} is empty now: the last keys stay in force until a restart`);
  });
  return () => {
    const keys = keysOf(settings);
    if (keys.length > 0) last = keys;
    return last;
  };
}

function sessionLimits(settings: Settings): SessionStoreLimits {
  const shortMs = settings.read(sessionSettings.sessionDefaultLifeTime);
  const longMs = Math.max(settings.read(sessionSettings.sessionLongLifeTime), shortMs);
  return {
    maxSessions: settings.read(sessionSettings.maxSession),
    maxSessionsPerUser: settings.read(sessionSettings.maxSessionPerUser),
    maxSessionsPerClient: settings.read(sessionSettings.maxSessionPerClient),
    // A session that its browser may resume rests, like one that stays signed in.
    shortLifeMs: settings.read(sessionSettings.sessionAutologin) ? longMs : shortMs,
    longLifeMs: longMs,
  };
}
