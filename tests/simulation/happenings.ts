/**
 * What happened, in one order, as somebody who sees everything at once would write it down. Made by the simulation as
 * well as by real processes.
 */

export interface Emit {
  readonly kind: "emit";
  readonly id: number;
  readonly node: string;
  readonly room: string;
  readonly except: string | undefined;
  /** While it is not `ready` the node cannot know who has come since: it owes only to those that it knew. */
  readonly onlyTo: readonly string[] | undefined;
}

export type Happening =
  | Emit
  /** The socket is in the room locally; `until` resolves the strict join. */
  | {
      readonly kind: "join";
      readonly socket: string;
      readonly node: string;
      readonly room: string;
      readonly join: number;
    }
  /** The promise of the join with that number has resolved. `strict` unless the cluster was down meanwhile. */
  | {
      readonly kind: "joined";
      readonly socket: string;
      readonly room: string;
      readonly join: number;
      readonly strict: boolean;
    }
  | { readonly kind: "leave"; readonly socket: string; readonly room: string }
  | { readonly kind: "arrive"; readonly socket: string; readonly node: string; readonly emit: number }
  /** A gap was reported at `node`. */
  | { readonly kind: "gap"; readonly node: string; readonly from: string; readonly lost: number }
  /** The process is gone; what it had not sent is gone with it. */
  | { readonly kind: "crash"; readonly node: string }
  /** Faults, and what nodes say about themselves and each other: for readers, not for the rules. */
  | { readonly kind: "note"; readonly node: string; readonly text: string };

/** With the time of the run, or of a clock that all processes share. */
export type Recorded = Happening & { readonly atMs: number };
export type History = readonly Recorded[];
