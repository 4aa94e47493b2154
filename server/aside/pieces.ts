/**
 * What the reading thread hands over, in pieces: a thread that serves sockets must not take ten thousand users out of a
 * message at once. Both ends are here, so that they cannot differ.
 */
import { deserialize, serialize } from "node:v8";
import { setImmediate as otherWork } from "node:timers/promises";
import type { ListedContext, ListedUser, ReadDirectory } from "../../auth/directory-file.ts";
import type { FreshReading } from "../../cascade/config-files.ts";
import type { ContextSet } from "../../cascade/context-sets.ts";

export type Pieces = readonly Uint8Array[];

interface UsersPiece {
  /** Which context they are of. */
  readonly at: number;
  readonly part: readonly ListedUser[];
}

interface SetsPiece {
  /** The file that they are in. */
  readonly path: string;
  readonly part: readonly ContextSet[];
}

const usersPerPiece = 50;
const setsPerPiece = 25;

export function directoryToPieces(read: ReadDirectory): Pieces {
  if (!read.ok) return [serialize(read)];
  const { contexts } = read.directory;
  const head = { ...read, directory: { ...read.directory, contexts: contexts.map((one) => ({ ...one, users: [] })) } };
  const users = contexts.flatMap((context, at) =>
    chunks(context.users, usersPerPiece).map((part): UsersPiece => ({ at, part })),
  );
  return [head, ...users].map((piece) => serialize(piece));
}

export async function directoryFromPieces([head, ...rest]: Pieces): Promise<ReadDirectory> {
  const read = take(head) as ReadDirectory;
  if (!read.ok) return read;
  const contexts: (ListedContext & { readonly users: ListedUser[] })[] = read.directory.contexts.map((context) => ({
    ...context,
    users: [],
  }));
  for (const piece of rest) {
    const { at, part } = take(piece) as UsersPiece;
    contexts[at]?.users.push(...part);
    await otherWork();
  }
  return { ok: true, directory: { ...read.directory, contexts } };
}

export function configurationToPieces(reading: FreshReading): Pieces {
  const emptied = [...reading.contextSets].map(([path, content]) => [path, { ...content, sets: [] }] as const);
  const sets = [...reading.contextSets].flatMap(([path, content]) =>
    chunks(content.sets, setsPerPiece).map((part): SetsPiece => ({ path, part })),
  );
  return [{ ...reading, contextSets: new Map(emptied) }, ...sets].map((piece) => serialize(piece));
}

export async function configurationFromPieces([head, ...rest]: Pieces): Promise<FreshReading> {
  const reading = take(head) as FreshReading;
  const contextSets = new Map(
    [...reading.contextSets].map(([path, content]) => [path, { ...content, sets: new Array<ContextSet>() }]),
  );
  for (const piece of rest) {
    const { path, part } = take(piece) as SetsPiece;
    contextSets.get(path)?.sets.push(...part);
    await otherWork();
  }
  return { ...reading, contextSets };
}

const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

/** What it is the other end of this file has put in. */
const take = (piece: Uint8Array | undefined): unknown => deserialize(piece ?? new Uint8Array());
