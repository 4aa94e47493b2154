import { hash } from "node:crypto";

/**
 * Stands for a session wherever its id must not appear: rooms, logs, the admin API.
 * 64 bits of a SHA-256; the id has 128 random bits, so it cannot be guessed back.
 */
export const sessionFingerprint = (sessionId: string): string => hash("sha256", sessionId, "hex").slice(0, 16);
