/** Where embedded sessions are kept: by this node for itself, or shared with the nodes of its cluster. From settings. */
import { createMemorySessionStore, createSeal, createSharedSessionStore, sharedSessionFields } from "../auth/index.ts";
import type { SessionStore, SessionStoreLimits } from "../auth/index.ts";
import type { Settings } from "../cascade/index.ts";
import type { LateMaps } from "./cluster/late-maps.ts";
import { hazelcastEnabled } from "./settings/cluster.ts";
import * as sessionSettings from "./settings/sessions.ts";
import { sessionKey, sessionOutageTime } from "./settings/shared-sessions.ts";

export interface SessionStoreDeps {
  readonly settings: Settings;
  /** Of the cluster, when it is joined. */
  readonly maps: LateMaps;
  readonly warn: (message: string) => void;
  readonly onFault: (what: string, cause: unknown) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

export interface RunningSessionStore extends SessionStore {
  start(): void;
  stop(): void;
}

export function createSessionStore({ settings, maps, warn, onFault, nowMs }: SessionStoreDeps): RunningSessionStore {
  const limits = (): SessionStoreLimits => sessionLimits(settings);
  const onStoreFault = (fault: unknown): void => onFault("the session store or a listener of it failed", fault);
  const common = { nowMs, limits, onFault: onStoreFault };
  if (!settings.read(hazelcastEnabled)) return createMemorySessionStore(common);
  if (keysOf(settings).length === 0) {
    const store = createMemorySessionStore(common);
    return {
      ...store,
      start: () => {
        warn(notShared);
        store.start();
      },
    };
  }
  return createSharedSessionStore({
    ...common,
    shared: { records: maps.map("sessions", sharedSessionFields), ends: maps.map("session-ends", []) },
    seal: createSeal(lastKeys(settings, warn)),
    nowEpochMs: Date.now,
    offlineMs: () => settings.read(sessionOutageTime),
  });
}

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
