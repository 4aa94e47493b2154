/** What a browser brings to a handshake. */
export interface Ticket {
  readonly session: string;
  readonly connection: string;
  readonly cookie: string;
}

/** What became of a burst of handshakes. */
export interface Burst {
  /** Answered by something else than a socket, by HTTP status; 0: the connection was lost. */
  readonly refused: Readonly<Record<string, number>>;
  readonly connected: number;
  /** From the first attempt to the last CONNECT, in ms. */
  readonly ms: number;
  /** The longest wait for a refusal, in ms. */
  readonly longestRefusalMs: number;
  /** Refusals without `Retry-After`. */
  readonly withoutRetryAfter: number;
}

/** The end of a session's socket. Times are of the machine's monotonic clock, in ms. */
export interface End {
  readonly session: string;
  readonly atMs: number;
  /** `session:invalid` came before the close. */
  readonly told: boolean;
}

/** Milliseconds of the machine's monotonic clock, which all processes share. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
