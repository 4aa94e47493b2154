/**
 * Values of single users in the middleware's cascade, asked over its configuration REST: one question at a time for each
 * value, answers kept for a moment, and through an outage the last one. Not here: what a text means, and which names
 * are worth a question.
 */
import { judgeProperties, judgeProperty } from "./answers.ts";
import { createCoalescer } from "./coalesce.ts";
import type { Upstreams } from "./upstreams.ts";

export interface UserKey {
  readonly contextId: number;
  readonly userId: number;
}

export interface UserValuesDeps {
  readonly ask: Upstreams["ask"];
  /** Value of the `Authorization` header; asked at each question, so that a reload of the credentials applies. */
  readonly authorization: () => string;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onShared: () => void;
  /** What sockets depend on: answers of these are kept for very many users, those of other names for a few. */
  readonly lasting: ReadonlySet<string>;
  /** A value was used beyond its time, as there is no newer one. */
  readonly onStale: (fault: unknown) => void;
}

export interface UserValues {
  /**
   * The text that the middleware has for this user, or undefined where none of its scopes defines the name.
   * @param maxAgeMs how old an answer may be, default 5,000
   * @throws {MiddlewareFault} nobody can tell, and the last answer is older than ten minutes or there is none
   */
  ask(name: string, user: UserKey, maxAgeMs?: number): Promise<string | undefined>;
  /** All that begin so, in the middleware's words; nothing of it is kept. @throws {MiddlewareFault} */
  askAll(prefix: string, user: UserKey): Promise<ReadonlyMap<string, string>>;
  /** The last answer, whatever its age: time alone changes no value. Asks nobody. */
  lookUp(name: string, user: UserKey): string | undefined;
}

const freshForMs = 5_000;
/** An outage of the middleware shorter than this changes nobody's mind. */
const usableForMs = 600_000;
/** Two names of 50,000 users. */
const maxAnswers = 100_000;
/** Of names that REST clients ask for. */
const maxOtherAnswers = 1_000;
/** Longer ones are not kept. */
const maxTextLength = 4_096;

export function createUserValues(deps: UserValuesDeps): UserValues {
  const { ask, authorization, nowMs, onShared, onStale } = deps;
  const [lasting, others] = [createAnswers(maxAnswers), createAnswers(maxOtherAnswers)];
  const answersOf = (name: string): Answers => (deps.lasting.has(name) ? lasting : others);
  const coalesce = createCoalescer<string | undefined>({ keepMs: () => 0, nowMs, onShared });
  const questionOf = (kind: "property" | "withPrefix", name: string, user: UserKey) => ({
    path: `/preliminary/configuration/v1/${kind}/${encodeURIComponent(name)}/${user.contextId}/${user.userId}`,
    headers: { accept: "application/json", authorization: authorization() },
  });

  const read = async (key: string, name: string, user: UserKey): Promise<string | undefined> => {
    const text = await ask(questionOf("property", name, user), (answer) => judgeProperty(answer, name));
    answersOf(name).put(key, { text, atMs: nowMs() });
    return text;
  };

  return {
    ask: async (name, user, maxAgeMs = freshForMs) => {
      const key = keyOf(name, user);
      const before = answersOf(name).get(key);
      const ageMs = before === undefined ? Infinity : nowMs() - before.atMs;
      if (before !== undefined && ageMs < maxAgeMs) {
        onShared();
        return before.text;
      }
      try {
        return await coalesce(key, () => read(key, name, user));
      } catch (fault) {
        if (before === undefined || ageMs >= usableForMs) throw fault;
        onStale(fault);
        return before.text;
      }
    },
    askAll: (prefix, user) => ask(questionOf("withPrefix", prefix, user), judgeProperties),
    lookUp: (name, user) => answersOf(name).get(keyOf(name, user))?.text,
  };
}

interface KnownAnswer {
  readonly text: string | undefined;
  readonly atMs: number;
}
type Answers = ReturnType<typeof createAnswers>;

/** So many; the one that was asked longest ago makes room. */
function createAnswers(most: number) {
  const known = new Map<string, KnownAnswer>();
  return {
    get: (key: string): KnownAnswer | undefined => known.get(key),
    put: (key: string, answer: KnownAnswer): void => {
      known.delete(key); // the oldest ones stand first
      if ((answer.text?.length ?? 0) <= maxTextLength) known.set(key, answer);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
  };
}

const keyOf = (name: string, { contextId, userId }: UserKey): string => `${contextId}/${userId}/${name}`;
