/**
 * How often a login may fail: so many times with one name from one address within a window that begins at the first
 * failure. Attempts under way count as failed until they are not, so that many at once are no way around.
 */

export interface LoginAttemptRules {
  /** `com.openexchange.ajax.login.maxRate`; 0 or less: no limit. */
  readonly maxFailures: number;
  /** `com.openexchange.ajax.login.maxRateTimeWindow` */
  readonly windowMs: number;
  /** Pairs of name and address that are remembered; the oldest makes room. Default 10,000. */
  readonly maxEntries?: number;
}

/** `release` says that the attempt did not fail; without that call it counts as failed. */
export type Attempt =
  { readonly ok: true; readonly release: () => void } | { readonly ok: false; readonly retryAfterMs: number };

export interface LoginAttempts {
  begin(login: string, address: string | undefined): Attempt;
}

interface Window {
  failures: number;
  readonly endsAtMs: number;
}

/** @param nowMs monotonic */
export function createLoginAttempts(rules: LoginAttemptRules, nowMs: () => number): LoginAttempts {
  const windows = new Map<string, Window>(); // all windows are of one length: the oldest entry ends first
  const { maxFailures, windowMs, maxEntries = 10_000 } = rules;

  const makeRoom = (): void => {
    for (const [key, { endsAtMs }] of windows) {
      if (endsAtMs > nowMs() && windows.size < maxEntries) return;
      windows.delete(key);
    }
  };
  const windowOf = (key: string): Window => {
    const running = windows.get(key);
    if (running !== undefined && running.endsAtMs > nowMs()) return running;
    windows.delete(key); // so that the new one goes to the end
    makeRoom();
    const begun = { failures: 0, endsAtMs: nowMs() + windowMs };
    windows.set(key, begun);
    return begun;
  };

  return {
    begin: (login, address) => {
      if (maxFailures <= 0) return { ok: true, release: () => undefined };
      const window = windowOf(keyOf(login, address));
      if (window.failures >= maxFailures) return { ok: false, retryAfterMs: window.endsAtMs - nowMs() };
      window.failures += 1;
      return { ok: true, release: () => void (window.failures -= 1) };
    },
  };
}

/** Bounded in length; longer names share an entry. */
const keyOf = (login: string, address: string | undefined): string =>
  `${address ?? ""} ${login.toLowerCase().slice(0, 256)}`;
