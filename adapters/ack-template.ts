/**
 * Packets that want acknowledgements carry an id, and every node must use one of its own. So the frames travel with a
 * note where the digits are, and the receiver puts in its own: it still neither decodes nor encodes the rest.
 * Works for the texts of Socket.IO's own parser; for others there is no template and the arguments travel.
 */
import type { EncodedFrames } from "./socket-io.ts";

/** Where the digits of the id stand in the first frame. */
export interface AckPlace {
  readonly at: number;
  readonly digits: number;
}

/** @returns undefined when the frames are not of the known form. */
export function findAckId(frames: EncodedFrames, namespace: string, id: number): AckPlace | undefined {
  const [head] = frames;
  if (typeof head !== "string") return undefined;
  const prefix = frames.length === 1 ? "2" : `5${frames.length - 1}-`;
  const path = namespace === "/" ? "" : `${namespace},`;
  const digits = String(id);
  if (!head.startsWith(`${prefix}${path}${digits}[`)) return undefined;
  return { at: prefix.length + path.length, digits: digits.length };
}

export function putAckId(frames: EncodedFrames, place: AckPlace, id: number): EncodedFrames {
  const [head, ...rest] = frames;
  if (typeof head !== "string") return frames;
  return [`${head.slice(0, place.at)}${id}${head.slice(place.at + place.digits)}`, ...rest];
}
