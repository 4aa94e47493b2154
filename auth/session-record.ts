/**
 * The form of a session and of its end in the maps that nodes share (docs/sessions.md, "Sessions in Hazelcast"). In the
 * clear stands only what members search by and what orders the writes; all else is sealed, and bound to it.
 * A change that the release before cannot read needs a new `recordVersion`.
 */

import { hash } from "node:crypto";
import type { Seal } from "./session-seal.ts";
import type { Session } from "./session.ts";
import type { SessionEnd } from "./session-store.ts";
import type { SharedFields } from "./shared-sessions.ts";

const recordVersion = 1;

/** A record as far as it is in the clear. */
export interface RecordState {
  /** Counts the changes of the session's fields: the higher one wins. */
  readonly revision: number;
  /** Last touch that was written, milliseconds since the epoch by the clock of the node that wrote it. */
  readonly touchedEpochMs: number;
}

/** The key of a session's entries. The id itself never leaves the process: its 128 random bits cannot be guessed back. */
export const sharedKey = (sessionId: string): string => hash("sha256", sessionId, "hex");

/** Values of the fields that records are searched by. */
export const searchValues = {
  context: (contextId: number): number => contextId,
  user: (contextId: number, userId: number): string => `${contextId}:${userId}`,
  auth: (authId: string): string => hash("sha256", authId, "hex"),
};

export function writeRecord(session: Session, { revision, touchedEpochMs }: RecordState, seal: Seal): SharedFields {
  const clear = {
    v: recordVersion,
    context: searchValues.context(session.contextId),
    user: searchValues.user(session.contextId, session.userId),
    auth: searchValues.auth(session.authId),
    revision,
  };
  const sealed = seal.seal(JSON.stringify(session), boundTo(sharedKey(session.id), clear));
  return { ...clear, touched: Math.round(touchedEpochMs), sealed };
}

/** Undefined: a record of another version, or none at all. */
export function readRecordState({ v, revision, touched }: SharedFields): RecordState | undefined {
  if (v !== recordVersion || typeof revision !== "number" || typeof touched !== "number") return undefined;
  return { revision, touchedEpochMs: touched };
}

/** Undefined: sealed with a key that this node does not have, or changed by somebody. */
export function openRecord(key: string, record: SharedFields, seal: Seal): Session | undefined {
  const { sealed } = record;
  const text = typeof sealed === "string" ? seal.open(sealed, boundTo(key, record)) : undefined;
  if (text === undefined) return undefined;
  const session: unknown = JSON.parse(text);
  return isSession(session) && sharedKey(session.id) === key ? session : undefined;
}

/** The touch is left out: it changes each minute, and a wrong one can only end the session earlier or later. */
const boundTo = (key: string, { v, context, user, auth, revision }: SharedFields): string =>
  JSON.stringify([key, v, context, user, auth, revision]);

type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** A field that sessions always have does not compile without its row. */
const fieldTypes: Readonly<Record<keyof Required<Session>, "string" | "number" | "boolean">> = {
  id: "string",
  secret: "string",
  altId: "string",
  authId: "string",
  contextId: "number",
  userId: "number",
  userLogin: "string",
  login: "string",
  locale: "string",
  client: "string",
  userAgent: "string",
  localIp: "string",
  hash: "string",
  staySignedIn: "boolean",
  guest: "boolean",
  multifactor: "boolean",
  multifactorAuthenticated: "boolean",
  createdAtMs: "number",
};

/** What was sealed was written by a node; another release may know other fields. */
function isSession(value: unknown): value is Session {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return Object.entries(fieldTypes).every(([name, type]) => typeof fields.get(name) === type);
}

const ends: Readonly<Record<SessionEnd, true>> = {
  logout: true,
  expired: true,
  removed: true,
  "user-disabled": true,
  "context-disabled": true,
  "password-changed": true,
};

export const writeEnd = (end: SessionEnd): SharedFields => ({ v: recordVersion, end });

/** An end of a newer release is an end all the same. */
export const readEnd = ({ end }: SharedFields): SessionEnd =>
  typeof end === "string" && isSessionEnd(end) ? end : "removed";

const isSessionEnd = (text: string): text is SessionEnd => Object.hasOwn(ends, text);
