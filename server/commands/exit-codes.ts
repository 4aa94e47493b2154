/** Exit codes of every command. */
export const exitCodes = {
  fine: 0,
  /** A problem was found; it has been told. */
  problem: 1,
  /** The call itself is wrong: an option, an argument. */
  wrongCall: 2,
  /** The node that the command is about does not answer. */
  notReachable: 3,
} as const;

/** What help and documentation say of them. */
export const exitCodeTexts: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.fine, "fine"],
  [exitCodes.problem, "a problem was found"],
  [exitCodes.wrongCall, "wrong call"],
  [exitCodes.notReachable, "the node is not reachable"],
];
