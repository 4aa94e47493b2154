/**
 * How often a login may fail: so many times with one name from one address within a window that begins at the first
 * failure. Attempts under way count as failed until they are not, so that many at once are no way around.
 */

import { createFixedWindow } from "./fixed-window.ts";

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
  /** A promise where the attempts are counted in another process. */
  begin(login: string, address: string | undefined): Attempt | Promise<Attempt>;
}

/** Counts in this process. */
export interface LocalLoginAttempts extends LoginAttempts {
  begin(login: string, address: string | undefined): Attempt;
}

/** @param nowMs monotonic */
export function createLoginAttempts(rules: LoginAttemptRules, nowMs: () => number): LocalLoginAttempts {
  const { maxFailures, windowMs, maxEntries } = rules;
  const window = createFixedWindow({ windowMs, ...(maxEntries === undefined ? {} : { maxKeys: maxEntries }) }, nowMs);
  return {
    begin: (login, address) => {
      if (maxFailures <= 0) return { ok: true, release: () => undefined };
      const taken = window.take(`${address ?? ""} ${login.toLowerCase()}`, maxFailures);
      return taken.ok ? { ok: true, release: taken.giveBack } : taken;
    },
  };
}
