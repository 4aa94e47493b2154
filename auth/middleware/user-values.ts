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

export function createUserValues({ ask, authorization, nowMs, onShared, onStale }: UserValuesDeps): UserValues {
  const known = new Map<string, { readonly text: string | undefined; readonly atMs: number }>();
  const coalesce = createCoalescer<string | undefined>({ keepMs: () => 0, nowMs, onShared });
  const questionOf = (kind: "property" | "withPrefix", name: string, user: UserKey) => ({
    path: `/preliminary/configuration/v1/${kind}/${encodeURIComponent(name)}/${user.contextId}/${user.userId}`,
    headers: { accept: "application/json", authorization: authorization() },
  });

  const read = async (key: string, name: string, user: UserKey): Promise<string | undefined> => {
    const text = await ask(questionOf("property", name, user), (answer) => judgeProperty(answer, name));
    known.delete(key); // the oldest ones stand first
    known.set(key, { text, atMs: nowMs() });
    const [oldest] = known.keys();
    if (known.size > maxAnswers && oldest !== undefined) known.delete(oldest);
    return text;
  };

  return {
    ask: async (name, user, maxAgeMs = freshForMs) => {
      const key = keyOf(name, user);
      const before = known.get(key);
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
    lookUp: (name, user) => known.get(keyOf(name, user))?.text,
  };
}

const keyOf = (name: string, { contextId, userId }: UserKey): string => `${contextId}/${userId}/${name}`;
