/** Whether the user may have sockets, as the middleware's cascade says: asked over its configuration REST. */
import { judgeProperty } from "./answers.ts";
import { createCoalescer } from "./coalesce.ts";
import type { Upstreams } from "./upstreams.ts";

export interface UserKey {
  readonly contextId: number;
  readonly userId: number;
}

export interface EnabledFlagDeps {
  readonly ask: Upstreams["ask"];
  /** Name of the property. */
  readonly property: string;
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  /** What counts where no scope of the middleware defines the property. */
  readonly local: (user: UserKey) => boolean;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onShared: () => void;
  /** A value was used beyond its time, as there is no newer one. */
  readonly onStale: (fault: unknown) => void;
}

const freshForMs = 5_000;
/** An outage of the middleware shorter than this changes nobody's mind. */
const usableForMs = 600_000;
const maxUsers = 50_000;

/**
 * Any text but `true`, in any case, is off: as the middleware reads it. Rejects with the fault where nothing is known.
 * @returns takes the user, and how old an answer may be (milliseconds, default 5,000)
 */
export function createEnabledFlag(deps: EnabledFlagDeps): (user: UserKey, maxAgeMs?: number) => Promise<boolean> {
  const { property, nowMs } = deps;
  const known = new Map<string, { readonly enabled: boolean; readonly atMs: number }>();
  const coalesce = createCoalescer<boolean>({ keepMs: () => 0, nowMs, onShared: deps.onShared });

  const read = async (key: string, user: UserKey): Promise<boolean> => {
    const path = `/preliminary/configuration/v1/property/${property}/${user.contextId}/${user.userId}`;
    const headers = { accept: "application/json", authorization: deps.authorization };
    const text = await deps.ask({ path, headers }, (answer) => judgeProperty(answer, property));
    const enabled = text === undefined ? deps.local(user) : text.trim().toLowerCase() === "true";
    known.delete(key); // the oldest ones stand first
    known.set(key, { enabled, atMs: nowMs() });
    const [oldest] = known.keys();
    if (known.size > maxUsers && oldest !== undefined) known.delete(oldest);
    return enabled;
  };

  return async (user, maxAgeMs = freshForMs) => {
    const key = `${user.contextId}/${user.userId}`;
    const before = known.get(key);
    const ageMs = before === undefined ? Infinity : nowMs() - before.atMs;
    if (before !== undefined && ageMs < maxAgeMs) {
      deps.onShared();
      return before.enabled;
    }
    try {
      return await coalesce(key, () => read(key, user));
    } catch (fault) {
      if (before === undefined || ageMs >= usableForMs) throw fault;
      deps.onStale(fault);
      return before.enabled;
    }
  };
}
