import { expect, test } from "@jest/globals";
import { setImmediate as turn } from "node:timers/promises";
import { createEndDisabled } from "../../../../server/realtime/end-disabled.ts";
import { createOpenSockets } from "../../../../server/realtime/open-sockets.ts";
import type { OpenSocket, SocketEnd } from "../../../../server/realtime/open-sockets.ts";

const ended: (readonly [user: number, end: SocketEnd])[] = [];

const socketOf = (userId: number): OpenSocket => ({
  facts: {
    contextId: 1,
    userId,
    session: `session${userId}`,
    connection: "c",
    client: "open-xchange-appsuite",
    address: "192.0.2.7",
    path: "/socket.io/",
    protocol: 4,
    sinceMs: 0,
  },
  transport: "websocket",
  close: (end) => void ended.push([userId, end]),
  queuedBytes: () => 0,
  stuckMs: () => 0,
  write: () => undefined,
  confirm: undefined,
});

/** Sockets of the users 1 to `count`. */
function openSockets(count: number) {
  ended.length = 0;
  const sockets = createOpenSockets(() => 8);
  for (let user = 1; user <= count; user++) sockets.add(socketOf(user));
  return sockets;
}

const faults: unknown[] = [];
const onFault = (_what: string, cause: unknown): void => void faults.push(cause);

test("the sockets of those who may not have any end, the others stay", async () => {
  const sockets = openSockets(4);
  const mayOpen = ({ userId }: { userId: number }): Promise<boolean> => Promise.resolve(userId % 2 === 0);
  await createEndDisabled({ openSockets: sockets, mayOpen, nowMs: () => performance.now(), onFault })();
  expect(ended).toEqual([
    [1, "feature-disabled"],
    [3, "feature-disabled"],
  ]);
  expect(sockets.size).toBe(2);
});

test("the event loop turns between slices of five milliseconds", async () => {
  const sockets = openSockets(100);
  let clockMs = 0;
  let turns = 0;
  const walk = { isOver: false };
  const mostAtOnce: number[] = [];
  let since = 0;
  const mayOpen = (): Promise<boolean> => {
    clockMs += 1; // what a look costs
    since += 1;
    return Promise.resolve(true);
  };
  const all = createEndDisabled({ openSockets: sockets, mayOpen, nowMs: () => clockMs, onFault })().then(
    () => (walk.isOver = true),
  );
  while (!walk.isOver) {
    mostAtOnce.push(since);
    since = 0;
    await turn();
    turns += 1;
  }
  await all;
  expect(Math.max(...mostAtOnce)).toBeLessThanOrEqual(5);
  expect(turns).toBeGreaterThanOrEqual(20);
});

test("a change during the look is looked at once more", async () => {
  const sockets = openSockets(300);
  let isOff = false;
  const endDisabled = createEndDisabled({
    openSockets: sockets,
    mayOpen: () => Promise.resolve(!isOff),
    nowMs: () => 0,
    onFault,
  });
  const first = endDisabled();
  isOff = true; // some were already found to be allowed
  const second = endDisabled();
  await Promise.all([first, second]);
  expect(sockets.size).toBe(0);
});

test("a look that fails is told and ends no socket", async () => {
  const sockets = openSockets(2);
  faults.length = 0;
  const mayOpen = ({ userId }: { userId: number }): Promise<boolean> =>
    userId === 1 ? Promise.reject(new Error("nobody answers")) : Promise.resolve(false);
  await createEndDisabled({ openSockets: sockets, mayOpen, nowMs: () => 0, onFault })();
  expect(faults).toEqual([new Error("nobody answers")]);
  expect(ended).toEqual([[2, "feature-disabled"]]);
});
