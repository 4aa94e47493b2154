import { createHash } from "node:crypto";

/**
 * Stands for a session wherever its id must not appear: rooms, logs, the admin API.
 * 64 bits of a SHA-256; the id has 128 random bits, so it cannot be guessed back.
 */
export const sessionFingerprint = (sessionId: string): string =>
  createHash("sha256").update(sessionId).digest("hex").slice(0, 16);
