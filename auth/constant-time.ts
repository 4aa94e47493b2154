/** Comparing secrets without telling by the time taken how much of a guess was right. */

import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();

/** True when both texts are equal. Takes the same time wherever they differ; digests make up for unequal lengths. */
export const equalSecrets = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
