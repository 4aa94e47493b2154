/** What the nodes send each other, and the one clock that all processes of a machine share. */

export const EVENT = "m";

/** Nodes that hold the rooms; room `i` is at holder `i mod 4`, so that any number of messages is spread evenly. */
export const HOLDERS = 4;

/** Microseconds of the machine's monotonic clock. */
export const nowMicros = (): number => Number(process.hrtime.bigint() / 1_000n);

export const roomName = (index: number): string => `room-${index}`;

export const roomNames = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => roomName(from + index));

const payloads = new Map<number, string>();

export function payloadOf(bytes: number): string {
  const payload = payloads.get(bytes) ?? "x".repeat(bytes);
  payloads.set(bytes, payload);
  return payload;
}

const STAMP_DIGITS = 16;
/** Of the encoded packet: `2["m","`. */
const BEFORE_STAMP = 7;

export const stampedPayload = (bytes: number): string =>
  String(nowMicros()).padStart(STAMP_DIGITS, "0") + payloadOf(bytes - STAMP_DIGITS);

/** The stamp in the frames of a packet that `stampedPayload` has made. */
export function stampIn(frames: unknown): number {
  const text: unknown = Array.isArray(frames) ? frames[0] : undefined;
  return typeof text === "string" ? Number(text.slice(BEFORE_STAMP, BEFORE_STAMP + STAMP_DIGITS)) : NaN;
}

export function sleepUntil(dueMicros: number): Promise<void> {
  const leftMs = (dueMicros - nowMicros()) / 1e3;
  return new Promise((resolve) => {
    if (leftMs > 0) setTimeout(resolve, leftMs);
    else setImmediate(resolve);
  });
}
