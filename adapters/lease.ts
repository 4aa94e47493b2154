/**
 * The value of a lease: a heartbeat that all nodes read. It also says how far its node has read its own inbox (flow
 * control for senders that hear nothing else) and what it has written to whom (so that a loss is found in silence too).
 * One small value per node and period: idle nodes cost the square of nothing.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Mark, Role } from "./frames.ts";
import { NODE_ID_BYTES, WIRE_VERSION } from "./frames.ts";

export interface Lease {
  readonly role: Role;
  /** Fingerprint of the Socket.IO parser in use there. */
  readonly parser: number;
  readonly beat: number;
  readonly inbox: Mark;
  /** By destination: the last message that a member has confirmed. */
  readonly written: ReadonlyMap<string, Mark>;
}

export function encodeLease(lease: Lease): Buffer {
  const writer = new ByteWriter();
  writer.u8(WIRE_VERSION);
  writer.u8(lease.role === "server" ? 0 : 1);
  writer.u32(lease.parser);
  writer.u32(lease.beat);
  writer.u32(lease.inbox.epoch);
  writer.u48(lease.inbox.number);
  writer.varint(lease.written.size);
  for (const [id, mark] of lease.written) {
    writer.raw(Buffer.from(id, "hex"));
    writer.u32(mark.epoch);
    writer.u48(mark.number);
  }
  return Buffer.from(writer.view());
}

/** Undefined for a lease of another version, which is no node of ours. @throws FrameError for one cut short. */
export function decodeLease(bytes: Buffer): Lease | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== WIRE_VERSION) return undefined;
  const role = reader.u8() === 0 ? "server" : "emitter";
  const parser = reader.u32();
  const beat = reader.u32();
  const inbox = { epoch: reader.u32(), number: reader.u48() };
  const written = new Map<string, Mark>();
  for (let left = reader.varint(); left > 0; left--) {
    const id = reader.raw(NODE_ID_BYTES).toString("hex");
    written.set(id, { epoch: reader.u32(), number: reader.u48() });
  }
  return { role, parser, beat, inbox, written };
}
