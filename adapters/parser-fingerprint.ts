/**
 * Tells Socket.IO parsers apart by what they make of one packet. Nodes with the same fingerprint may pass encoded
 * frames on to each other's clients; others get the arguments.
 */
import { bytesOf } from "./value-writer.ts";
import type { SocketServer } from "./socket-io.ts";

const FNV_PRIME = 0x01000193;

export function parserFingerprint({ encoder }: SocketServer): number {
  const frames = encoder.encode({
    type: 2,
    nsp: "/probe",
    data: ["probe", { text: "é", bytes: Buffer.from([1, 2]) }, 1.5],
  });
  let hash = 0x811c9dc5;
  for (const frame of frames) {
    const bytes = typeof frame === "string" ? Buffer.from(frame) : (bytesOf(frame) ?? Buffer.alloc(0));
    for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
    hash = Math.imul(hash ^ 0x1ff, FNV_PRIME);
  }
  return hash >>> 0;
}
