/** What a node knows of one user's right to push: the facts that `explain` walks through, as nodes tell them each other. */
import { z } from "zod";
import { configEntry } from "./config-entry.ts";

/** Whom an administrator means. */
export const person = z.strictObject({
  /** The id of a context, or its name. */
  context: z.string().min(1).max(256),
  /** The id of a user, or the login. */
  user: z.string().min(1).max(256),
});
export type Person = Readonly<z.infer<typeof person>>;

export const knownPerson = z.object({ context: z.int(), user: z.int(), login: z.string().optional() });
export type KnownPerson = Readonly<z.infer<typeof knownPerson>>;

/** Nobody can be meant, and why. */
export const unknownPerson = z.object({ unknown: z.string() });

export const standing = z.object({
  person: knownPerson,
  package: z.object({ name: z.string(), enabled: z.boolean(), reason: z.string() }),
  /** `com.openexchange.websockets.enabled` for this user. */
  enabled: configEntry,
  /** What counts at a handshake; absent: nobody could tell just now. */
  mayOpen: z.boolean().optional(),
  /** Of the embedded users. Absent: they are the middleware's. */
  users: z
    .object({
      context: z.enum(["enabled", "disabled", "unknown"]),
      user: z.enum(["enabled", "disabled", "unknown"]),
      guest: z.boolean(),
      /** Fingerprints of the sessions that live. */
      sessions: z.array(z.string()).readonly(),
    })
    .optional(),
});
export type Standing = Readonly<z.infer<typeof standing>>;

export const refusalsAnswer = z.object({
  refusals: z
    .array(
      z.object({
        /** ISO 8601. */
        at: z.string(),
        reason: z.string(),
        node: z.string(),
      }),
    )
    .readonly(),
});
export type ToldRefusal = Readonly<z.infer<typeof refusalsAnswer>["refusals"][number]>;
