import type { Problem } from "./fault.ts";

/** What the middleware is asked for. */
export type QuestionKind = "whoami" | "configuration" | "peek";

/** Counts the questions; the server makes metrics of it. */
export interface Meter {
  /** A question goes out. The returned function is called when its answer is there, or has failed. */
  asked(kind: QuestionKind): (problem: Problem | "other" | undefined) => void;
  /** An answer served without a question of its own. */
  shared(kind: QuestionKind): void;
}
