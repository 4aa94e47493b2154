import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createOpenSockets } from "../../../../server/realtime/open-sockets.ts";
import type { OpenSocket, OpenSockets, SocketEnd } from "../../../../server/realtime/open-sockets.ts";
import { recordedSocket } from "../recorded-socket.ts";

const noLimit = (): number => 1_000;

const everybody = (sockets: OpenSockets): OpenSocket[] => [...sockets.all()];

test("a socket is found by its user and by its session, until it is removed", () => {
  const sockets = createOpenSockets(noLimit);
  const socket = recordedSocket();
  sockets.add(socket);
  expect(sockets.ofUser(1, 3)).toEqual([socket]);
  expect(sockets.ofSession("fingerprint-a")).toEqual([socket]);
  expect(everybody(sockets)).toEqual([socket]);
  expect(sockets.size).toBe(1);
  sockets.remove(socket);
  expect(sockets.ofUser(1, 3)).toEqual([]);
  expect(sockets.ofSession("fingerprint-a")).toEqual([]);
  expect(everybody(sockets)).toEqual([]);
  expect(sockets.size).toBe(0);
  expect(socket.ends).toEqual([]);
});

test.each([
  { name: "another user of the same context", contextId: 1, userId: 4 },
  { name: "the same user number of another context", contextId: 2, userId: 3 },
  { name: "numbers that read alike when joined", contextId: 11, userId: 3 },
])("$name is somebody else", ({ contextId, userId }) => {
  const sockets = createOpenSockets(noLimit);
  sockets.add(recordedSocket({ contextId: 1, userId: 13 }));
  sockets.add(recordedSocket());
  expect(sockets.ofUser(contextId, userId)).toEqual([]);
});

test("the same connection of the same session replaces the older socket", () => {
  const sockets = createOpenSockets(noLimit);
  const older = recordedSocket();
  const newer = recordedSocket();
  sockets.add(older);
  sockets.add(newer);
  expect(older.ends).toEqual(["replaced"]);
  expect(newer.ends).toEqual([]);
  expect(sockets.ofUser(1, 3)).toEqual([newer]);
});

test.each([
  { name: "the same connection id in another session", session: "fingerprint-b", connection: "connection-1" },
  { name: "another connection id in the same session", session: "fingerprint-a", connection: "connection-2" },
])("$name is another connection", ({ session, connection }) => {
  const sockets = createOpenSockets(noLimit);
  const [one, other] = [recordedSocket(), recordedSocket({ session, connection })];
  sockets.add(one);
  sockets.add(other);
  expect(sockets.ofUser(1, 3)).toEqual([one, other]);
  expect([...one.ends, ...other.ends]).toEqual([]);
});

test("the late close of a replaced socket does not remove its successor", () => {
  const sockets = createOpenSockets(noLimit);
  const [older, newer] = [recordedSocket(), recordedSocket()];
  sockets.add(older);
  sockets.add(newer);
  sockets.remove(older);
  expect(sockets.ofUser(1, 3)).toEqual([newer]);
  expect(sockets.ofSession("fingerprint-a")).toEqual([newer]);
});

test("at the limit the oldest of the user makes room", () => {
  const sockets = createOpenSockets(() => 2);
  const [first, second, third] = ["1", "2", "3"].map((connection) => recordedSocket({ connection }));
  for (const socket of [first, second, third]) if (socket !== undefined) sockets.add(socket);
  expect(first?.ends).toEqual(["room-needed"]);
  expect(sockets.ofUser(1, 3)).toEqual([second, third]);
});

test("a connection that comes back at the limit takes its own place and nobody else's", () => {
  const sockets = createOpenSockets(() => 2);
  const [other, older, newer] = ["x", "y", "y"].map((connection) => recordedSocket({ connection }));
  for (const socket of [other, older, newer]) if (socket !== undefined) sockets.add(socket);
  expect(older?.ends).toEqual(["replaced"]);
  expect(other?.ends).toEqual([]);
});

test("the limit of one user is not the limit of another, and no user takes another's place", () => {
  const sockets = createOpenSockets(({ userId }) => (userId === 3 ? 1 : 2));
  const antons = [recordedSocket({ connection: "1" }), recordedSocket({ connection: "2" })];
  const bertas = ["3", "4"].map((connection) => recordedSocket({ userId: 4, session: "b", connection }));
  for (const socket of [...antons, ...bertas]) sockets.add(socket);
  expect(sockets.ofUser(1, 3)).toEqual([antons[1]]);
  expect(sockets.ofUser(1, 4)).toEqual(bertas);
});

test("a limit that became lower applies with the next socket", () => {
  let limit = 4;
  const sockets = createOpenSockets(() => limit);
  const before = ["1", "2", "3", "4"].map((connection) => recordedSocket({ connection }));
  for (const socket of before) sockets.add(socket);
  limit = 2;
  const last = recordedSocket({ connection: "5" });
  sockets.add(last);
  expect(before.map(({ ends }) => ends)).toEqual([["room-needed"], ["room-needed"], ["room-needed"], []]);
  expect(sockets.ofUser(1, 3)).toEqual([before[3], last]);
});

test.each([0, -1])("a limit of %s still lets one socket in", (limit) => {
  const sockets = createOpenSockets(() => limit);
  const socket = recordedSocket();
  sockets.add(socket);
  expect(sockets.ofUser(1, 3)).toEqual([socket]);
  expect(socket.ends).toEqual([]);
});

test.each<SocketEnd>(["session-ended", "replaced", "room-needed", "stopping", "administrator", "slow"])(
  "the place of a socket that ends as %s is free at once",
  (end) => {
    const sockets = createOpenSockets(noLimit);
    const socket = recordedSocket();
    sockets.add(socket);
    sockets.end(socket, end);
    expect(socket.ends).toEqual([end]);
    expect(sockets.size).toBe(0);
  },
);

test("a list that is walked while its sockets end stays whole", () => {
  const sockets = createOpenSockets(noLimit);
  const all = ["1", "2", "3"].map((connection) => recordedSocket({ connection }));
  for (const socket of all) sockets.add(socket);
  for (const socket of sockets.ofSession("fingerprint-a")) sockets.end(socket, "session-ended");
  expect(all.map(({ ends }) => ends)).toEqual([["session-ended"], ["session-ended"], ["session-ended"]]);
  expect(sockets.size).toBe(0);
});

test("whatever comes and goes, both indexes say the same, no limit is passed and no connection is there twice", () => {
  const limit = 3;
  const step = fc.record({ user: fc.nat({ max: 1 }), connection: fc.nat({ max: 5 }), leave: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sockets = createOpenSockets(() => limit);
      for (const { user, connection, leave } of steps) {
        const [first] = sockets.ofUser(1, user);
        if (leave && first !== undefined) sockets.remove(first);
        else sockets.add(recordedSocket({ userId: user, session: `s${user}`, connection: `${connection}` }));
        expect(everybody(sockets)).toHaveLength(sockets.size);
        expect(sockets.ofUser(1, 0).length + sockets.ofUser(1, 1).length).toBe(sockets.size);
        for (const one of [0, 1]) {
          expect(sockets.ofSession(`s${one}`)).toEqual(sockets.ofUser(1, one));
          const connections = sockets.ofUser(1, one).map(({ facts }) => facts.connection);
          expect(connections.length).toBeLessThanOrEqual(limit);
          expect(new Set(connections).size).toBe(connections.length);
        }
      }
    }),
  );
});
