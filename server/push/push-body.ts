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

/** Socket.IO's encoder recurses: some thousand levels would overflow its stack. */
const maxDepth = 32;

type Payload = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Payload =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Passed on as it came: a copy would lose keys such as `__proto__`. */
const payload = z
  .custom<Payload>(isObject, "must be an object")
  .refine((value) => !isDeeper(value, maxDepth), `must not be nested deeper than ${maxDepth}`);

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

export const pushBody = z.object({
  context: id,
  user: id,
  event: shortText.refine((name) => !reserved.has(name), "is reserved"),
  payload,
  source: shortText.optional(),
  id: shortText.optional(),
});
export type PushBody = z.infer<typeof pushBody>;
