/** The body of the push API, checked field by field. */
import { z } from "zod";

/** Names that Socket.IO and its clients keep for themselves, and the one event that only the end of a session may send. */
const reserved = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
  "session:invalid",
]);
const id = z
  .int()
  .positive()
  .max(2 ** 31 - 1);
const shortText = z.string().min(1).max(256);

export const pushBody = z.object({
  context: id,
  user: id,
  event: shortText.refine((name) => !reserved.has(name), "is reserved"),
  payload: z.record(z.string(), z.unknown()),
  source: shortText.optional(),
  id: shortText.optional(),
});
export type PushBody = z.infer<typeof pushBody>;
