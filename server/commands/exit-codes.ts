/** Exit codes of every command. */
export const exitCodes = {
  fine: 0,
  /** A problem was found; it has been told. */
  problem: 1,
  /** The call itself is wrong: an option, an argument. */
  wrongCall: 2,
} as const;
