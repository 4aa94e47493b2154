/**
 * Asks about the sessions of open sockets, each once in a period however many sockets it has, spread evenly over the
 * period however they came. Nothing tells from outside when a session ends at the middleware.
 */
import type { Session } from "../session.ts";
import type { SocketsEnd } from "../session-source.ts";

export interface LivenessDeps {
  /** Why the session's sockets must end; undefined: they stay. Rejects when nobody can tell, which ends nothing. */
  readonly ask: (session: Session) => Promise<SocketsEnd | undefined>;
  /** Asked anew each time, so that a reload applies. */
  readonly periodMs: () => number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onEnded: (session: Session, end: SocketsEnd) => void;
  readonly onFault: (fault: unknown) => void;
}

export interface Liveness {
  /** Returns the function that ends it. */
  follow(session: Session): () => void;
  start(): void;
  stop(): void;
}

interface Followed {
  readonly session: Session;
  sockets: number;
  askedAtMs: number;
  /** A question about it is under way. */
  isAsked: boolean;
}

/** Questions at once: they have a minute for all sessions, and must not keep handshakes waiting. */
export const maxPeeks = 8;
const tickMs = 100;

export function createLiveness(deps: LivenessDeps): Liveness {
  const followed = new Map<string, Followed>(); // the one asked about longest ago stands first
  let timer: NodeJS.Timeout | undefined;
  let tickedAtMs = 0;
  let allowed = 0;
  let asking = 0;

  const ask = async (one: Followed): Promise<void> => {
    asking++;
    one.isAsked = true;
    try {
      const end = await deps.ask(one.session);
      if (end === undefined || followed.get(one.session.id) !== one) return;
      followed.delete(one.session.id);
      deps.onEnded(one.session, end);
    } catch (fault) {
      deps.onFault(fault);
    } finally {
      one.isAsked = false;
      asking--;
    }
  };

  /** As many as come to `size` in a period, and those whose time is over whatever the rate. */
  const tick = (): void => {
    const [nowMs, periodMs] = [deps.nowMs(), deps.periodMs()];
    allowed = Math.min(maxPeeks, allowed + (followed.size * (nowMs - tickedAtMs)) / periodMs);
    tickedAtMs = nowMs;
    for (const one of followed.values()) {
      const isDue = nowMs - one.askedAtMs >= periodMs - 2 * tickMs;
      const isAllowed = allowed >= 1 && one.askedAtMs !== nowMs;
      if (asking >= maxPeeks || !(isDue || isAllowed)) return;
      allowed = Math.max(0, allowed - 1);
      one.askedAtMs = nowMs;
      followed.delete(one.session.id);
      followed.set(one.session.id, one);
      if (!one.isAsked) void ask(one);
    }
  };

  return {
    follow: (session) => {
      const one = followed.get(session.id) ?? { session, sockets: 0, askedAtMs: deps.nowMs(), isAsked: false };
      one.sockets++;
      followed.set(session.id, one);
      return () => {
        one.sockets--;
        if (one.sockets === 0 && followed.get(session.id) === one) followed.delete(session.id);
      };
    },
    start: () => {
      tickedAtMs = deps.nowMs();
      timer ??= setInterval(tick, tickMs);
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
