/** What a test says to the process of `primary-main.ts`, besides what workers say to their primary. */
import { z } from "zod";
import type { SessionStoreLimits } from "../../../auth/index.ts";
import type { Notice, Question } from "../../../server/workers/ipc.ts";

export const openStore: Question<SessionStoreLimits, boolean> = {
  name: "test.open",
  argument: z.object({
    maxSessions: z.number(),
    maxSessionsPerUser: z.number(),
    maxSessionsPerClient: z.number(),
    shortLifeMs: z.number(),
    longLifeMs: z.number(),
  }),
  answer: z.boolean(),
};
export const passTime: Question<number, boolean> = { name: "test.pass", argument: z.number(), answer: z.boolean() };
/** Stands still for so many milliseconds. */
export const hang: Notice<number> = { name: "test.hang", argument: z.number() };
