/**
 * Handshakes that wait for the check of their session. A passing fault of whoever knows sessions is no refusal: a browser
 * whose first attempt is refused stays without pushes until it is loaded anew, so the handshake is held and asked for
 * again. Bounded in number and time.
 */
import type { EventEmitter } from "node:events";
import type { SessionRequest, Validator, Verdict } from "../../auth/index.ts";

export interface WaitingHandshakesDeps {
  readonly validate: Validator;
  /** How long a source may fail or be silent. */
  readonly holdMs: () => number;
  /** Handshakes whose check is under way. */
  readonly maxWaiting: () => number;
  /** False while this node takes no new sockets. */
  readonly isOpen: () => boolean;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export interface WaitingHandshakes {
  /**
   * The verdict of the validator; `source-unreachable` only after `holdMs`, when too many wait, when the node does not
   * take sockets any more, or when the client has gone, which `close` of its response tells.
   */
  validate(request: SessionRequest, res: EventEmitter): Promise<Verdict>;
  /** Refuses all who wait. */
  release(): void;
  readonly size: number;
}

const unreachable: Verdict = { ok: false, reason: "source-unreachable" };
const firstPauseMs = 250;
const longestPauseMs = 1_000;
/** With less time left than this nothing is asked any more. */
const leastLeftMs = 200;

/** One who waits. */
interface Waiter {
  readonly isGone: () => boolean;
  /** The answer, or "unreachable" as soon as it is. */
  readonly unlessGone: (answer: Promise<Verdict>) => Promise<Verdict>;
  readonly leave: () => void;
}

export function createWaitingHandshakes(deps: WaitingHandshakesDeps): WaitingHandshakes {
  const waiting = new Set<Waiter>();
  return {
    validate: async (request, res) => {
      if (waiting.size >= deps.maxWaiting()) return unreachable;
      const waiter = createWaiter();
      waiting.add(waiter);
      res.once("close", waiter.leave);
      try {
        return await insist(request, waiter, deps);
      } finally {
        waiting.delete(waiter);
        res.off("close", waiter.leave);
      }
    },
    release: () => {
      for (const waiter of waiting) waiter.leave();
    },
    get size() {
      return waiting.size;
    },
  };
}

function createWaiter(): Waiter {
  let settle: (verdict: Verdict) => void = () => undefined;
  let isGone = false;
  return {
    isGone: () => isGone,
    unlessGone: (answer) =>
      new Promise((resolve, reject) => {
        settle = resolve;
        if (isGone) resolve(unreachable);
        answer.then(resolve, reject);
      }),
    leave: () => {
      isGone = true;
      settle(unreachable);
    },
  };
}

/** Asks again and again, for as long as `holdMs` after the source began to owe the answer. */
async function insist(request: SessionRequest, waiter: Waiter, deps: WaitingHandshakesDeps): Promise<Verdict> {
  const { validate, nowMs, holdMs, isOpen } = deps;
  const arrivedAtMs = nowMs();
  let verdict = await waiter.unlessGone(validate(request)); // no deadline: the source has one for each answer
  let silentSinceMs = Infinity;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    if (verdict.ok || verdict.reason !== "source-unreachable") return verdict;
    const sinceMs = nowMs() - (verdict.silentForMs ?? Infinity);
    silentSinceMs = Math.min(silentSinceMs, Math.max(arrivedAtMs, sinceMs));
    const leftMs = silentSinceMs + holdMs() - nowMs();
    if (waiter.isGone() || !isOpen() || leftMs < leastLeftMs) return verdict;
    const [pause, deadline] = [alarm(Math.min(pauseMs, leftMs / 2)), alarm(leftMs)];
    await waiter.unlessGone(pause.rings);
    verdict = waiter.isGone()
      ? unreachable
      : await waiter.unlessGone(Promise.race([validate(request), deadline.rings]));
    pause.cancel();
    deadline.cancel();
  }
}

function alarm(ms: number): { readonly rings: Promise<Verdict>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const rings = new Promise<Verdict>((resolve) => (timer = setTimeout(() => resolve(unreachable), ms)));
  return { rings, cancel: () => clearTimeout(timer) };
}
