import { expect, test } from "@jest/globals";
import { createPeer } from "../../../../server/workers/ipc.ts";
import { sockets } from "../../../../server/workers/protocol.ts";
import type { BookedSocket } from "../../../../server/workers/protocol.ts";
import { createSiblings } from "../../../../server/workers/siblings.ts";
import { channelPair } from "./channel-pair.ts";

const facts = {
  ...{ contextId: 1, userId: 3, session: "f00d", connection: "c", client: "open-xchange-appsuite" },
  ...{ address: "192.0.2.1", path: "/socket.io", protocol: 4 as const, sinceMs: 0 },
};

test("a socket is entered in the primary's book with the limit that counts for its user", async () => {
  const { here, there } = channelPair();
  const onFault = (what: string, cause: unknown): never => {
    throw new Error(what, { cause });
  };
  const entered: BookedSocket[] = [];
  const primary = createPeer(there, onFault);
  primary.answer(sockets.opening, (socket) => void entered.push(socket));
  const limits: Readonly<Record<number, number>> = { 3: 2, 4: 30 };
  const siblings = createSiblings(createPeer(here, onFault), {
    maxSocketsOf: ({ userId }) => limits[userId] ?? 8,
    onFault,
  });
  for (const userId of [3, 4, 5]) await siblings.announce({ ...facts, userId }).known;
  expect(entered.map(({ userId, maxOfUser }) => [userId, maxOfUser])).toEqual([
    [3, 2],
    [4, 30],
    [5, 8],
  ]);
});
