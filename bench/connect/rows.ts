/** The rows of the table, declared once. */

export interface Row {
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly must?: number;
  readonly aim?: number;
}

export const rows = {
  rate: { title: "10,000 connects at once over 500 sessions, validated", unit: "connects/s", better: "more" },
  bareRate: { title: "the same, bare Socket.IO without any validation", unit: "connects/s", better: "more" },
  ratio: { title: "the first ÷ the second", unit: "", better: "more", must: 0.7, aim: 1 },
  refused: { title: "of these refused", unit: "connects", better: "less", must: 0 },
  inFlight: { title: "most validations of one session in flight", unit: "requests", better: "less", must: 1 },
  frozenClosed: {
    title: "open sockets closed while the middleware is frozen for 30 s",
    unit: "sockets",
    better: "less",
    must: 0,
  },
  pushBefore: { title: "p99 of a push before", unit: "ms", better: "less" },
  pushFrozen: { title: "p99 of a push meanwhile", unit: "ms", better: "less" },
  pushRatio: { title: "the second ÷ the first", unit: "", better: "less", must: 2 },
  held: { title: "the longest wait of 500 handshakes meanwhile", unit: "ms", better: "less", must: 8_000 },
  notComeAgain: { title: "of these not answered 503 with Retry-After", unit: "handshakes", better: "less", must: 0 },
  slowestEnd: {
    title: "1,000 log-outs at one of three nodes: the slowest close",
    unit: "ms",
    better: "less",
    must: 2_000,
    aim: 500,
  },
  untold: { title: "of these closed without session:invalid first", unit: "sockets", better: "less", must: 0 },
} as const satisfies Record<string, Row>;

export type RowId = keyof typeof rows;

/** Figures of one measurement. */
export type Measured = Partial<Record<RowId, number>>;
