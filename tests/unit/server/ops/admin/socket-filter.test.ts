import { expect, test } from "@jest/globals";
import { filterAmong, fits, socketFilter } from "../../../../../server/ops/admin/socket-filter.ts";
import type { SocketFilter } from "../../../../../server/ops/admin/socket-filter.ts";
import { recordedSocket } from "../../recorded-socket.ts";

const node = "00000000000000aa";
const session = "0123456789abcdef";
const { facts } = recordedSocket({ contextId: 1, userId: 3, session, connection: "c1", path: "/socket.io/appsuite/" });

test.each<{ name: string; filter: SocketFilter; fitting: boolean }>([
  { name: "an empty filter means every socket", filter: {}, fitting: true },
  { name: "the own context fits", filter: { context: 1 }, fitting: true },
  { name: "another context does not", filter: { context: 2 }, fitting: false },
  { name: "the own user fits", filter: { context: 1, user: 3 }, fitting: true },
  { name: "the same user number of another context does not", filter: { context: 2, user: 3 }, fitting: false },
  { name: "another user does not", filter: { context: 1, user: 4 }, fitting: false },
  { name: "the own session fits", filter: { session }, fitting: true },
  { name: "another session does not", filter: { session: "0000000000000000" }, fitting: false },
  { name: "the own connection fits", filter: { connection: "c1" }, fitting: true },
  { name: "the beginning of a connection id does not", filter: { connection: "c" }, fitting: false },
  { name: "the own client fits", filter: { client: "open-xchange-appsuite" }, fitting: true },
  { name: "another client does not", filter: { client: "other" }, fitting: false },
  { name: "the own node fits", filter: { node }, fitting: true },
  { name: "another node does not", filter: { node: "00000000000000bb" }, fitting: false },
  { name: "the own path fits", filter: { path: "/socket.io/appsuite/" }, fitting: true },
  { name: "a slash at the end makes no difference", filter: { path: "/socket.io/appsuite" }, fitting: true },
  { name: "a path above does not fit", filter: { path: "/socket.io/" }, fitting: false },
  { name: "a path above with all below fits", filter: { path: "/socket.io/*" }, fitting: true },
  { name: "the own path with all below fits", filter: { path: "/socket.io/appsuite/*" }, fitting: true },
  { name: "the beginning of a name is no path above", filter: { path: "/socket.io/app/*" }, fitting: false },
  { name: "a star alone is every path", filter: { path: "*" }, fitting: true },
  { name: "all fields count", filter: { context: 1, user: 3, client: "other" }, fitting: false },
])("$name", ({ filter, fitting }) => {
  expect(fits(filter, facts, node)).toBe(fitting);
});

test.each([
  ["context", "0"],
  ["context", "-1"],
  ["context", "1.5"],
  ["context", "0x1"],
  ["context", ""],
  ["user", "2147483648"],
  ["session", "0123456789abcdef0123456789abcdef"],
  ["session", "0123456789ABCDEF"],
  ["connection", ""],
  ["client", "x".repeat(257)],
  ["path", "socket.io"],
  ["path", "/*"],
  ["path", "/a//b"],
  ["path", "/a/*/b"],
  ["node", "a b"],
])("%s=%s is refused, and the field is named", (name, value) => {
  const { error } = socketFilter.safeParse({ [name]: value });
  expect(error?.issues.map(({ path }) => path)).toContainEqual([name]);
});

test("the digits of a query are numbers, and numbers of another node stay what they are", () => {
  expect(socketFilter.parse({ context: "1", user: "3" })).toEqual({ context: 1, user: 3 });
  expect(socketFilter.parse({ context: 1, user: 3 })).toEqual({ context: 1, user: 3 });
});

test("a filter with a field that is not known is not understood, so that nothing is closed by mistake", () => {
  expect(socketFilter.safeParse({ context: 1, colour: "red" }).success).toBe(false);
});

test("only fields of the filter are taken from other values", () => {
  const values = { context: 1, limit: 7, cursor: "x" };
  expect(filterAmong(values)).toEqual({ context: 1 });
});
