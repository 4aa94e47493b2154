import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeBroadcast } from "../../../adapters/broadcast-message.ts";
import { ByteReader, FrameError } from "../../../adapters/bytes.ts";
import type { FanOut } from "../../../adapters/fan-out.ts";
import { eachMessage, HEADER_BYTES, Kind, readHeader, readNamespace } from "../../../adapters/frames.ts";
import { decodeLease, encodeLease } from "../../../adapters/lease.ts";
import { readSocketTable } from "../../../adapters/socket-table.ts";
import { readValue } from "../../../adapters/value-reader.ts";
import { broadcastMessage, header, interestMessage, itemOf } from "./golden-items.ts";

/** Changing one of these changes the wire format: see the versioning rule in docs/adapter.md first. */
const golden = {
  header: "01010123456789abcdef0000000300000001117000000002000000010001" + "2a05f20000000002000000000400",
  broadcast:
    "01010000002c00000503086e6577730a6772f6df6503e56501046d65" + "02010000000a34325b22c3a9222c315d000000000107",
  interest: "09000000000601326e860800",
  lease: "01010000004d0000000500000001" + "00000000000401" + "fedcba987654321000000001000000000009",
};

test("the header of an item has its golden bytes", () => {
  expect(itemOf().toString("hex")).toBe(golden.header);
  expect(readHeader(itemOf())).toEqual(header);
});

test("a broadcast has its golden bytes", () => {
  expect(broadcastMessage().toString("hex")).toBe(golden.broadcast);
});

test("an announcement has its golden bytes, and with them the hash of a room", () => {
  expect(interestMessage().toString("hex")).toBe(golden.interest);
});

test("the specification shows the same golden bytes", async () => {
  const text = await readFile(new URL("../../../docs/adapter.md", import.meta.url), "utf8");
  const shown = text.replace(/[^0-9a-f]/g, "");
  for (const bytes of Object.values(golden)) expect(shown).toContain(bytes);
});

test("a broadcast is read as it was written", () => {
  eachMessage(new ByteReader(broadcastMessage()), (kind, flags, body) => {
    expect([kind, flags]).toEqual([Kind.broadcast, 1]);
    expect([readNamespace(body), body.varint()]).toEqual(["/", 0]);
    const broadcast = decodeBroadcast(body, 0);
    expect(broadcast).toMatchObject({
      rooms: new Set(["news", "größe", "日"]),
      except: new Set(["me"]),
      flags: { volatile: true, compress: false },
      timeoutMs: 0,
      place: undefined,
    });
    const { fanOut } = broadcast.payload() as { fanOut: FanOut };
    expect(fanOut).toEqual({ frames: ['2["é",1]', Buffer.from([7])], body: undefined });
  });
});

test("a lease has its golden bytes, is read as it was written, one of another version is none, one cut short is an error", () => {
  const written = new Map([["fedcba9876543210", { epoch: 1, number: 9 }]]);
  const lease = { role: "emitter", parser: 77, beat: 5, inbox: { epoch: 1, number: 4 }, written } as const;
  const bytes = encodeLease(lease);
  expect(bytes.toString("hex")).toBe(golden.lease);
  expect(decodeLease(bytes)).toEqual(lease);
  expect(decodeLease(Buffer.concat([Buffer.from([9]), bytes.subarray(1)]))).toBeUndefined();
  for (let end = 1; end < bytes.length; end++) expect(() => decodeLease(bytes.subarray(0, end))).toThrow(FrameError);
});

/** Every decoder there is, over bytes that mean nothing. */
function readAll(bytes: Buffer): void {
  const decoders: (() => unknown)[] = [
    () => readHeader(bytes),
    () => decodeLease(bytes),
    () => readValue(new ByteReader(bytes)),
    () => readSocketTable(new ByteReader(bytes)),
    () => decodeBroadcast(new ByteReader(bytes), 1).payload(),
    () => {
      eachMessage(new ByteReader(bytes, Math.min(bytes.length, HEADER_BYTES)), (_kind, _flags, body) => {
        readNamespace(body);
        decodeBroadcast(body, body.varint()).payload();
      });
    },
  ];
  for (const decode of decoders) {
    try {
      decode();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
  }
}

test("bytes that mean nothing are refused by FrameError and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readAll(Buffer.from(bytes))),
    { numRuns: 3_000 },
  );
});

test("a real item with a bit turned or its end cut off is read or refused, and asks for no memory that it does not have", () => {
  const item = itemOf(broadcastMessage(), interestMessage());
  const damage = fc.tuple(fc.nat(item.length - 1), fc.nat(255), fc.nat(item.length));
  fc.assert(
    fc.property(damage, ([at, value, end]) => {
      const bytes = Buffer.from(item.subarray(0, end));
      if (at < end) bytes[at] = value;
      const before = process.memoryUsage().arrayBuffers;
      readAll(bytes);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    }),
    { numRuns: 2_000 },
  );
});
