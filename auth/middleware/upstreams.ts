/**
 * The middleware at one or several URLs, asked in turn. A URL that fails is left out for a while (a circuit breaker each),
 * so that neither it nor those who wait for it get more than one trying question at a time.
 * Each kind of question has its own: one that the middleware is stuck with says nothing about the others.
 */
import type { Answer } from "./answers.ts";
import { MiddlewareFault } from "./fault.ts";
import type { Problem } from "./fault.ts";

export interface Question {
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The middleware at one URL. */
export interface Upstream {
  /** Scheme, host and port: named in messages. */
  readonly origin: string;
  /** @throws {MiddlewareFault} unreachable, timeout, rubbish (too long) */
  get(question: Question): Promise<Answer>;
}

export interface UpstreamsDeps {
  readonly upstreams: readonly Upstream[];
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** What is known of one URL. */
export interface UpstreamState {
  readonly origin: string;
  readonly reachable: boolean;
  /** The last thing that went wrong, and how long ago; undefined: nothing did. */
  readonly lastProblem: { readonly says: string; readonly agoMs: number } | undefined;
}

export interface Upstreams {
  /**
   * Asks at one URL and, when that one fails, at one more. `judge` turns the answer into a value or throws a fault.
   * @param isDoubtful a value that is asked for once more, elsewhere if there is another URL; the second answer counts
   * @throws {MiddlewareFault}
   */
  ask<T>(question: Question, judge: (answer: Answer) => T, isDoubtful?: (value: T) => boolean): Promise<T>;
  state(): readonly UpstreamState[];
}

interface Breaker {
  readonly upstream: Upstream;
  failures: number;
  failedAtMs: number;
  /** Left out, but a question is under way that may bring it back. */
  isTried: boolean;
  lastProblem: string | undefined;
}

/** Failures in a row after which a URL is left out. */
const maxFailures = 3;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** URLs that one question is asked at: with more its asker would wait too long. */
const maxUrlsPerQuestion = 2;

/** Tell of the middleware as a whole, not of the URL that was asked. */
const notOfTheUrl: ReadonlySet<Problem> = new Set(["server-fault", "credentials", "request"]);

/** Another URL would answer the same. */
const isSameEverywhere: ReadonlySet<Problem> = new Set(["credentials", "request"]);

export function createUpstreams({ upstreams, nowMs }: UpstreamsDeps): Upstreams {
  const breakers = upstreams.map((upstream): Breaker => ({
    upstream,
    failures: 0,
    failedAtMs: 0,
    isTried: false,
    lastProblem: undefined,
  }));
  let turn = 0;
  let lastAnswerMs = nowMs();

  const pick = (asked: readonly Breaker[]): Breaker | undefined => {
    const left = breakers.filter((one) => !asked.includes(one));
    const isAnyIn = breakers.some(isIn);
    const due = left.find((one) => !isIn(one) && !one.isTried && nowMs() - one.failedAtMs >= pauseMs(one, isAnyIn));
    const working = left.filter(isIn);
    return due ?? working[turn++ % Math.max(1, working.length)];
  };
  const askAt = async <T>(one: Breaker, question: Question, judge: (answer: Answer) => T): Promise<T> => {
    const isTry = !isIn(one);
    if (isTry) one.isTried = true;
    const sinceMs = nowMs();
    try {
      const value = judge(await one.upstream.get(question));
      lastAnswerMs = nowMs();
      one.failures = 0;
      return value;
    } catch (cause) {
      const fault = faultAt(one.upstream, cause, sinceMs);
      one.lastProblem = fault.message;
      if (notOfTheUrl.has(fault.problem)) one.failures = 0;
      else one.failures++;
      one.failedAtMs = nowMs();
      throw fault;
    } finally {
      if (isTry) one.isTried = false;
    }
  };

  return {
    ask: async (question, judge, isDoubtful = () => false) => {
      const asked: Breaker[] = [];
      let first: MiddlewareFault | undefined;
      let doubted: Breaker | undefined;
      for (let one = pick(asked); one !== undefined && asked.length < maxUrlsPerQuestion; one = pick(asked)) {
        asked.push(one);
        try {
          const value = await askAt(one, question, judge);
          if (doubted !== undefined || !isDoubtful(value)) return value;
          doubted = one;
        } catch (cause) {
          if (!(cause instanceof MiddlewareFault) || isSameEverywhere.has(cause.problem)) throw cause;
          first ??= cause;
        }
      }
      if (doubted !== undefined && first === undefined) return askAt(doubted, question, judge);
      throw first ?? new MiddlewareFault("left-out", "the middleware failed a moment ago", lastAnswerMs);
    },
    state: () => breakers.map((one) => stateOf(one, nowMs())),
  };
}

const stateOf = ({ upstream, failures, failedAtMs, lastProblem }: Breaker, nowMs: number): UpstreamState => ({
  origin: upstream.origin,
  reachable: failures === 0,
  lastProblem: lastProblem === undefined ? undefined : { says: lastProblem, agoMs: nowMs - failedAtMs },
});

const isIn = ({ failures }: Breaker): boolean => failures < maxFailures;

/** Doubles with each failure; where no URL works, the next try is never far, as handshakes are waiting for it. */
const pauseMs = ({ failures }: Breaker, isAnyIn: boolean): number =>
  isAnyIn ? Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - maxFailures)) : firstPauseMs;

/** Names the URL; keeps nothing of the cause but its words, as parsers leave whole answers in their errors. */
function faultAt({ origin }: Upstream, cause: unknown, sinceMs: number): MiddlewareFault {
  if (cause instanceof MiddlewareFault)
    return new MiddlewareFault(cause.problem, `${origin}: ${cause.message}`, sinceMs);
  throw cause; // a mistake of ours, which no other URL cures
}
