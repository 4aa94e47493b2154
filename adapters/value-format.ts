/**
 * Values of the application (arguments, acknowledgements, handshakes and `data` of sockets) in bytes.
 * It gives what Socket.IO itself gives a client: JSON's rules (`toJSON` is honoured, `undefined` members vanish, what is
 * not finite is null), and every view becomes a `Buffer` of exactly its bytes.
 * Why not JSON: ten thousand sockets repeat the same texts, the same sets of keys and, next to each other, the same
 * members. Texts and sets of keys are numbered, and of an object only what differs from the last one with its keys is
 * written, which makes an answer to `fetchSockets` several times smaller and quicker on both sides.
 */

/** First byte of each value. Part of the wire format. */
export const Tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  integer: 4,
  double: 5,
  newText: 6,
  knownText: 7,
  list: 8,
  newShape: 9,
  knownShape: 10,
  bytes: 11,
  likeLast: 12,
} as const;

/**
 * Objects with more members are written in full each time: one that is like the last takes three bytes and is a copy of
 * all its members for the reader, so without a bound few bytes of a hostile node would be very many members here.
 */
export const WIDEST_LIKE_LAST = 128;

/** Deeper values are refused on both sides; circular ones are found that way. */
export const DEEPEST = 500;
