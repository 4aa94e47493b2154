/** Items as they are on the wire, made by the code. Their bytes are pinned by `frames.test.ts` and docs/adapter.md. */
import { encodeBroadcast } from "../../../adapters/broadcast-message.ts";
import { ByteWriter } from "../../../adapters/bytes.ts";
import type { ItemHeader } from "../../../adapters/frames.ts";
import { beginMessage, endMessage, HEADER_BYTES, Kind, writeHeader } from "../../../adapters/frames.ts";
import { namespaceSeed, roomHash } from "../../../adapters/room-hash.ts";

export const header: ItemHeader = {
  ackWanted: true,
  role: "server",
  sender: "0123456789abcdef",
  epoch: 3,
  first: 70_000,
  span: 2,
  applied: { epoch: 1, number: 5_000_000_000 },
  inbox: { epoch: 2, number: 1_024 },
};

export function itemOf(...messages: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  writeHeader(head, header);
  return Buffer.concat([head, ...messages]);
}

export function broadcastMessage(): Buffer {
  const target = { namespace: "/", rooms: new Set(["news", "größe", "日"]), except: new Set(["me"]), ack: undefined };
  const flags = { volatile: true, compress: false };
  return Buffer.from(
    encodeBroadcast(new ByteWriter(), { ...target, flags }, { frames: ['2["é",1]', Buffer.from([7])] }),
  );
}

export function interestMessage(): Buffer {
  const writer = new ByteWriter();
  beginMessage(writer, Kind.interest);
  writer.varint(1);
  writer.u32(roomHash(namespaceSeed("/chat"), "news"));
  writer.varint(0);
  return Buffer.from(endMessage(writer));
}
