/** What goes wrong between here and the middleware. None of it says anything about a user or a session. */

/** A fixed list: the label of a metric. */
export type Problem =
  | "unreachable" // no connection, or it broke
  | "timeout"
  | "status" // a status that no answer of ours has
  | "request" // it finds fault with the request, which a browser may have made as it likes
  | "rubbish" // no JSON, JSON of another form, or too much of it
  | "server-fault" // the middleware says itself that it failed
  | "credentials" // it refuses the REST credentials: an operator's fault
  | "left-out" // not asked: it failed a moment ago
  | "busy"; // not asked: too much is waiting

/** Nobody can tell just now. The message names the middleware's URL and what happened, never a session or secret. */
export class MiddlewareFault extends Error {
  readonly code = "OXB-0130";
  readonly problem: Problem;
  /** Since when the middleware owes this answer, on the monotonic clock: time in a queue of ours does not count. */
  readonly sinceMs: number | undefined;
  constructor(problem: Problem, message: string, sinceMs?: number) {
    super(message);
    this.name = "MiddlewareFault";
    this.problem = problem;
    this.sinceMs = sinceMs;
  }
}
