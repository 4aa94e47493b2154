/** What differs between a real process and a simulated one: time, chance, identity. */
import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { NODE_ID_BYTES } from "./frames.ts";

export interface Environment {
  readonly clock: Clock;
  readonly random: () => number;
  /** 16 hexadecimal digits, never twice the same. */
  newId(): string;
}

export const processEnvironment: Environment = {
  clock: systemClock,
  random: Math.random,
  newId: () => randomBytes(NODE_ID_BYTES).toString("hex"),
};
