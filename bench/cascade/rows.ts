/** The rows of the table, declared once. */

export interface Row {
  readonly title: string;
  readonly unit: string;
  /** At most. */
  readonly must?: number;
}

export const rows = {
  map: { title: "a plain Map.get, 10,000 users in turn", unit: "ns" },
  set: { title: "a setting for one user, from 1,000 context sets", unit: "ns" },
  user: { title: "a setting for one user, from the user's own value", unit: "ns" },
  setRatio: { title: "the second ÷ the first", unit: "" },
  userRatio: { title: "the third ÷ the first", unit: "" },
  first: { title: "the first read for a user after a reload: all tags", unit: "µs" },
  connects: { title: "connects meanwhile", unit: "connects/s" },
  closed: {
    title: "sockets closed by five reloads of 10,000 users' values and 1,000 context sets",
    unit: "sockets",
    must: 0,
  },
  refused: { title: "connects refused meanwhile", unit: "connects", must: 0 },
  stallBefore: { title: "longest stall of the event loop before, under the same connects", unit: "ms" },
  stall: { title: "longest stall of the event loop in a reload", unit: "ms", must: 50 },
  reload: { title: "from the signal to the end of a reload", unit: "ms" },
} as const satisfies Record<string, Row>;

export type RowId = keyof typeof rows;

/** Figures of one measurement. */
export type Measured = Partial<Record<RowId, number>>;
