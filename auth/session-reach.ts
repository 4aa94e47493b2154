/** Whether the shared sessions can be asked just now: deadlines for every call, and what silence means. */

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
  /** @throws {SessionsUnreachableError} when the call fails or does not answer in time */
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

export function createReach({ nowMs, deadlineMs, settleMs }: ReachOptions): Reach {
  let isConnected = false;
  let silentSinceMs: number | undefined = nowMs();
  let pausedUntilMs = 0;
  let settledAtMs = Infinity;

  const failed = (): void => {
    silentSinceMs ??= nowMs();
    pausedUntilMs = nowMs() + pauseMs;
  };
  return {
    ask: async (call) => {
      if (!isConnected) throw new SessionsUnreachableError("no member is connected");
      try {
        const answer = await within(deadlineMs, call());
        silentSinceMs = undefined;
        return answer;
      } catch (cause) {
        failed();
        throw cause instanceof SessionsUnreachableError ? cause : new SessionsUnreachableError("it failed", { cause });
      }
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
