import { expect, test } from "@jest/globals";
import { createSocketBook } from "../../../../server/workers/socket-book.ts";
import type { SocketBook } from "../../../../server/workers/socket-book.ts";

const facts = { contextId: 1, userId: 3, session: "f00d", connection: "c", maxOfUser: 8 };

interface Rig {
  readonly book: SocketBook;
  /** `WORKER/SOCKET END` in order. */
  readonly ended: readonly string[];
  readonly open: (worker: number, socket: number, changes?: Partial<typeof facts>) => void;
}

function rig(maxOfUser = facts.maxOfUser): Rig {
  const ended: string[] = [];
  const book = createSocketBook({
    end: (worker, socket, end) => void ended.push(`${worker}/${socket} ${end}`),
  });
  const open: Rig["open"] = (worker, socket, changes = {}) => {
    book.opening(worker, { ...facts, connection: `${worker}-${socket}`, socket, maxOfUser, ...changes });
    book.opened(worker, socket);
  };
  return { book, ended, open };
}

test("pushes go to the workers of a user from before a socket is open until its last one is closed", () => {
  const { book } = rig();
  expect(book.workersOf(1, 3)).toEqual([]);
  book.opening(7, { ...facts, socket: 1 });
  expect(book.workersOf(1, 3)).toEqual([7]);
  book.opened(7, 1);
  book.opening(7, { ...facts, socket: 2, connection: "d" });
  book.closed(7, 1);
  expect(book.workersOf(1, 3)).toEqual([7]);
  book.closed(7, 2);
  expect(book.workersOf(1, 3)).toEqual([]);
});

test("a user of the same number in another context is somebody else", () => {
  const { book, open } = rig();
  open(1, 1);
  open(2, 1, { contextId: 2 });
  expect([book.workersOf(1, 3), book.workersOf(2, 3), book.workersOf(1, 4)]).toEqual([[1], [2], []]);
});

test("the same connection of the same session replaces the one before, at whichever worker", () => {
  const { ended, open, book } = rig();
  open(1, 1, { connection: "same" });
  open(2, 1, { connection: "same" });
  open(3, 1, { connection: "same", session: "beef" });
  expect(ended).toEqual(["1/1 replaced"]);
  expect(book.workersOf(1, 3)).toEqual([2, 3]);
});

test("a socket that does not open replaces nothing and takes nobody's room", () => {
  const { ended, open, book } = rig(1);
  open(1, 1, { connection: "same" });
  book.opening(2, { ...facts, connection: "same", socket: 1 });
  book.closed(2, 1);
  book.opened(2, 1);
  expect(ended).toEqual([]);
  expect(book.workersOf(1, 3)).toEqual([1]);
});

test("the oldest of all workers make room at the limit, in the order in which they opened", () => {
  const { ended, open, book } = rig(2);
  book.opening(1, { ...facts, socket: 1, connection: "slow" });
  open(2, 1);
  book.opened(1, 1); // announced first, open second
  open(3, 1);
  open(3, 2);
  expect(ended).toEqual(["2/1 room-needed", "1/1 room-needed"]);
});

test("each user has a limit of their own, the one that their newest socket brought", () => {
  const { ended, open } = rig();
  open(1, 1, { maxOfUser: 1 });
  open(1, 2, { userId: 4, maxOfUser: 2 });
  open(2, 3, { userId: 4, maxOfUser: 2 });
  open(2, 4, { maxOfUser: 1 });
  open(1, 5, { userId: 4, maxOfUser: 1 });
  expect(ended).toEqual(["1/1 room-needed", "1/2 room-needed", "2/3 room-needed"]);
});

test("a worker that is lost leaves nothing behind", () => {
  const { ended, open, book } = rig(2);
  open(1, 1);
  open(1, 2);
  book.lost(1);
  open(2, 1);
  open(2, 2);
  expect(ended).toEqual([]);
  expect(book.workersOf(1, 3)).toEqual([2]);
  book.closed(1, 1);
  expect(book.workersOf(1, 3)).toEqual([2]);
});
