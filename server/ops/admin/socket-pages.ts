/**
 * Sockets in pages. The order is that of facts which never change while a socket is open, so whoever walks all pages
 * meets every socket that stays open meanwhile exactly once, whatever else comes and goes.
 */
import { z } from "zod";
import type { SocketFacts } from "../../realtime/open-sockets.ts";

/** A socket as views show it. */
export const socketEntry = z.object({
  context: z.int(),
  user: z.int(),
  /** Fingerprint. */
  session: z.string(),
  connection: z.string(),
  client: z.string(),
  address: z.string(),
  path: z.string(),
  protocol: z.union([z.literal(3), z.literal(4)]),
  node: z.string(),
  /** ISO 8601. */
  since: z.string(),
});
export type SocketEntry = Readonly<z.infer<typeof socketEntry>>;

export const entryOf = (facts: SocketFacts, node: string): SocketEntry => ({
  context: facts.contextId,
  user: facts.userId,
  session: facts.session,
  connection: facts.connection,
  client: facts.client,
  address: facts.address,
  path: facts.path,
  protocol: facts.protocol,
  node,
  since: new Date(facts.sinceMs).toISOString(),
});

/** Where a socket stands in the order; no two sockets stand at the same place. */
export const place = z.tuple([z.int(), z.int(), z.string(), z.string(), z.string()]).readonly();
export type Place = z.infer<typeof place>;

export const placeOf = (facts: SocketFacts, node: string): Place => [
  facts.contextId,
  facts.userId,
  facts.session,
  facts.connection,
  node,
];

const placeOfEntry = ({ context, user, session, connection, node }: SocketEntry): Place => [
  context,
  user,
  session,
  connection,
  node,
];

/** Negative: `a` comes first. Written out: it runs for every socket of a node, while pushes wait. */
export function comparePlaces(a: Place, b: Place): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] - b[1];
  return compareTexts(a[2], b[2]) || compareTexts(a[3], b[3]) || compareTexts(a[4], b[4]);
}

const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

interface Standing<T> {
  readonly place: Place;
  readonly item: T;
}

/** The first `limit` after a place, in order. Sorts a few at a time, so that a node with very many sockets goes on serving. */
export function firstAfter<T>(
  all: Iterable<T>,
  placeOfItem: (item: T) => Place,
  { after, limit }: { readonly after: Place | undefined; readonly limit: number },
): readonly T[] {
  let kept: Standing<T>[] = [];
  let worst: Place | undefined; // what comes after it cannot be among the first
  const cut = (): void => {
    kept = kept.sort((a, b) => comparePlaces(a.place, b.place)).slice(0, limit);
    if (kept.length === limit) worst = kept.at(-1)?.place;
  };
  for (const item of all) {
    const own = placeOfItem(item);
    if (after !== undefined && comparePlaces(own, after) <= 0) continue;
    if (worst !== undefined && comparePlaces(own, worst) >= 0) continue;
    kept.push({ place: own, item });
    if (kept.length >= 2 * limit) cut();
  }
  cut();
  return kept.map(({ item }) => item);
}

/** Joins what the nodes said to one page. Each was asked for one more than the page holds: that tells whether another follows. */
export function joinPages(
  parts: readonly (readonly SocketEntry[])[],
  limit: number,
): { readonly sockets: readonly SocketEntry[]; readonly next: Place | undefined } {
  const all = parts.flat().sort((a, b) => comparePlaces(placeOfEntry(a), placeOfEntry(b)));
  const sockets = all.slice(0, limit);
  const last = sockets.at(-1);
  return { sockets, next: all.length > limit && last !== undefined ? placeOfEntry(last) : undefined };
}

/** A place as one word for a URL. */
export const cursorOf = (at: Place): string => Buffer.from(JSON.stringify(at)).toString("base64url");

/** Undefined: it was not made by `cursorOf`. */
export function readCursor(cursor: string): Place | undefined {
  try {
    return place.safeParse(JSON.parse(Buffer.from(cursor, "base64url").toString())).data;
  } catch {
    return undefined;
  }
}
