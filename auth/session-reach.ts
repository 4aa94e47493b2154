/** Whether the shared sessions can be asked just now: deadlines for every call, and what silence means. */

import { createBoundedWork, TooBusyError } from "./bounded-work.ts";
import { SessionsUnreachableError } from "./shared-sessions.ts";

export interface ReachOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** How long a call may take: a frozen member must not hold up a request longer. */
  readonly deadlineMs: number;
  /** How long after members came, went or came back what is missing may just not have been put back yet. */
  readonly settleMs: number;
}

export interface Reach {
  /**
   * Calls in its turn: so many run at once that the members are busy and a burst does not outlive its own deadline.
   * @throws {SessionsUnreachableError} when the call fails or does not answer in time, or too many others wait
   */
  ask<T>(call: () => Promise<T>): Promise<T>;
  connection(event: "up" | "down" | "members"): void;
  readonly isConnected: boolean;
  /** No connection, or no answer a moment ago: whoever can do without an answer should not wait for one. */
  readonly isSilent: boolean;
  /** Since when nothing has answered; undefined while it does. */
  readonly silentSinceMs: number | undefined;
  readonly isSettling: boolean;
}

/** After a call without an answer, those who need none do not ask for so long. */
const pauseMs = 1_000;
const mostAtOnce = 256;
/** As many as handshakes may wait by default. More would only wait longer than their deadline. */
const mostWaiting = 20_000;

export function createReach({ nowMs, deadlineMs, settleMs }: ReachOptions): Reach {
  let isConnected = false;
  let silentSinceMs: number | undefined = nowMs();
  let pausedUntilMs = 0;
  let settledAtMs = Infinity;
  const inTurn = createBoundedWork({ running: mostAtOnce, waiting: mostWaiting });

  const failed = (): void => {
    silentSinceMs ??= nowMs();
    pausedUntilMs = nowMs() + pauseMs;
  };
  const mayCall = (askedAtMs: number): void => {
    if (!isConnected) throw new SessionsUnreachableError("no member is connected");
    // waiting for a turn is no silence while others are answered; behind calls that were not, it is
    if (silentSinceMs !== undefined && nowMs() - askedAtMs >= deadlineMs)
      throw new SessionsUnreachableError("others wait for an answer already");
  };
  return {
    ask: (call) => {
      const askedAtMs = nowMs();
      const asked = inTurn(async () => {
        try {
          mayCall(askedAtMs);
          const answer = await within(deadlineMs, call());
          silentSinceMs = undefined;
          return answer;
        } catch (cause) {
          if (isConnected) failed(); // before the next in turn looks
          throw cause instanceof SessionsUnreachableError
            ? cause
            : new SessionsUnreachableError("it failed", { cause });
        }
      });
      return asked.catch((cause: unknown) => {
        throw cause instanceof TooBusyError
          ? new SessionsUnreachableError("too many wait for a turn", { cause })
          : cause;
      });
    },
    connection: (event) => {
      if (event !== "members") isConnected = event === "up";
      if (event === "up") pausedUntilMs = 0;
      if (event === "down") failed();
      else settledAtMs = nowMs() + settleMs;
    },
    get isConnected() {
      return isConnected;
    },
    get isSilent() {
      return !isConnected || nowMs() < pausedUntilMs;
    },
    get silentSinceMs() {
      return silentSinceMs;
    },
    get isSettling() {
      return nowMs() < settledAtMs;
    },
  };
}

/** The call goes on behind the deadline; what becomes of it then concerns nobody. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new SessionsUnreachableError(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
