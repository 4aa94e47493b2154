/** How big an item may be, so that a ring full of them takes no more memory on a member than was allowed. */

/** Items are never packed beyond this, however much memory the inbox may take: bigger ones only add delay. */
const MOST_ITEM_BYTES = 65_536;
const LEAST_ITEM_BYTES = 1_024;

/** What a member does with a ring that nobody has configured. */
export const UNCONFIGURED_CAPACITY = 10_000;
/** Until the own ring has told. */
export const ASSUMED_CAPACITY = 1_024;

/** @param capacity items that a ring holds. */
export function itemBytes(inboxBytes: number, capacity: number): number {
  return Math.max(LEAST_ITEM_BYTES, Math.min(MOST_ITEM_BYTES, Math.floor(inboxBytes / capacity)));
}
