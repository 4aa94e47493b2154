/**
 * Rooms as 32 bits, so that knowing a million remote rooms takes megabytes, not hundreds of them.
 * Two rooms with one hash cost a superfluous message now and then, never a lost one: receivers look at names.
 * Every node of a cluster must compute the same: a change is a change of the wire format.
 */

/** FNV-1a over UTF-16 units, started at `seed`. */
function fnv(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash;
}

/** FNV leaves the high bits poor for short names; this spreads them (the finish of MurmurHash3). */
function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Computed once per namespace. */
export const namespaceSeed = (namespace: string): number => fnv(0x811c9dc5, namespace);

/** Stands for "somebody is connected to this namespace". */
export const everyoneHash = (seed: number): number => mix(seed);

/** A room is hashed behind a separator, so that it never meets `everyoneHash` by construction. */
export const roomHash = (seed: number, room: string): number => mix(fnv(Math.imul(seed ^ 0x1f, 0x01000193), room));
