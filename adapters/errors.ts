/** Errors that reach the application. Each has a stable `code`. */

/** Some servers gave no answer in time. What the others said is on the error. */
export class RequestTimeoutError extends Error {
  override readonly name = "RequestTimeoutError";
  readonly code = "HZA-TIMEOUT";
  /** Ids of the silent servers. */
  readonly missing: readonly string[];
  /** What arrived. */
  responses: unknown[];

  constructor(missing: readonly string[], responses: unknown[]) {
    // the form of the text that users of other adapters know
    super(`timeout reached: missing ${missing.length} responses`);
    this.missing = missing;
    this.responses = responses;
  }
}

/** An option or the configuration of the client makes no sense. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  readonly code = "HZA-OPTION";
}

/** Hazelcast was not reached in time, or the emitter is closed. Nothing was sent. */
export class NotConnectedError extends Error {
  override readonly name = "NotConnectedError";
  readonly code = "HZA-NOT-CONNECTED";
}
